"""A module imports from lower levels only, and third-party names stay in their rooms."""

import sys
from pathlib import Path

import pytest

import lrplan
from tests.support.import_graph import cycle, imports, loaded_by

ROOT = Path(lrplan.__file__).parent

LEVELS = (
    (
        "_version",
        "text",
        "text_position",
        "finding",
        "errors",
        "limits",
        "workflow_commands",
        "output",
        "inputs",
        "destination",
        "request",
        "signals",
        "templates",
        "recipes",
    ),
    (
        "config",
        "clock",
        "curves",
        "trace",
        "catalog",
        "node",
        "metric",
        "plan",
        "events",
        "features",
        "decimate",
        "comparison",
        "resume",
    ),
    ("specfile",),
    ("torch_objects", "lint", "rules", "readers", "export", "render", "lock", "cache"),
    ("simulate",),
    ("commands", "api"),
    ("error_boundary", "cli", "__main__"),
)
"""Rooms by level, from L0 up: a module or folder of ``lrplan``."""

IN_ORDER = {0, 1, 6}
"""Levels whose rooms may see the rooms before them; elsewhere, rooms of one level are apart."""

SEES = {("rules", "lint"), ("lrplan.lint.registry", "rules")}
"""Pairs on one level, elsewhere: the first, a room or a module, may import the second.

The registry looks into the folder of the rules, which import what a rule is made of from ``lint``.
"""

THIRD_PARTY = {
    "cache": {"platformdirs"},
    "config": {"tomli"},
    "specfile": {"pydantic", "pydantic_core", "yaml"},
    "torch_objects": {"torch"},
    "render": {"matplotlib", "rich"},
    "simulate": {"torch"},
    "commands": {"rich"},
    "api": {"matplotlib"},
    "error_boundary": {"rich"},
    "cli": {"typer"},
}
"""Third-party names and the only rooms that import them, be it for annotations alone."""

ANYWHERE_FROM_L1 = {"numpy"}

STANDARD = sys.stdlib_module_names | {"tomllib"}
"""The standard library, with what came to it after the oldest Python that lrplan runs on."""

ADAPTERS = "lrplan.torch_objects.adapters."
"""Below this, a module imports the package that it adapts."""

FACADE_MAY_LOAD = {"lrplan._version"}
"""All that ``import lrplan`` runs: every other import runs it too. The rest it imports lazily."""

LEVEL_OF = {room: level for level, rooms in enumerate(LEVELS) for room in rooms}


def tree():
    """Every module of lrplan by name, with its imports."""
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        parts = ("lrplan", *path.relative_to(ROOT).with_suffix("").parts)
        is_package = parts[-1] == "__init__"
        name = ".".join(parts[:-1] if is_package else parts)
        found[name] = imports(name, path.read_text("utf-8"), is_package=is_package)
    return found


TREE = tree()


def room(name):
    """The room of a dotted name below lrplan; empty for the facade and what it defines itself."""
    first = name.split(".")[1:2]
    known = first and (first[0] in LEVEL_OF or f"lrplan.{first[0]}" in TREE)
    return first[0] if known else ""


def complaint(module, name):
    """What is wrong with ``module`` importing ``name``, or None."""
    here, level = room(module), LEVEL_OF.get(room(module), -1)
    top = name.split(".")[0]
    if here and level < 0:
        return f"room {here!r} is unknown: add it to LEVELS in tests/test_layers.py"
    if top == "lrplan":
        return _complaint_inside(module, level, name) if here else None
    if top in STANDARD or module.startswith(ADAPTERS):
        return None
    allowed = THIRD_PARTY.get(here, set()) | (ANYWHERE_FROM_L1 if level > 0 else set())
    return None if top in allowed else f"third-party {top!r} is not for room {here!r}"


def _complaint_inside(module, level, name):
    here, there = room(module), room(name)
    if here == there:
        return None
    if not there:
        return f"{name!r} is of the facade, which is for users: import where it is defined"
    if LEVEL_OF.get(there, -1) < 0:
        return f"room {there!r} is unknown: add it to LEVELS in tests/test_layers.py"
    if LEVEL_OF[there] < level:
        return None
    if SEES & {(here, there), (module, there)}:
        return None
    rooms = LEVELS[level]
    if LEVEL_OF[there] == level and level in IN_ORDER and rooms.index(there) < rooms.index(here):
        return None
    return f"L{level} {here!r} imports L{LEVEL_OF[there]} {there!r}"


@pytest.mark.parametrize("module", TREE)
def test_imports_keep_to_the_levels(module):
    complaints = [(each.line, complaint(module, each.name)) for each in TREE[module]]
    assert [f"line {line}: {text}" for line, text in complaints if text] == []
    assert complaint(module, "sys") is None


def test_no_import_cycle():
    assert cycle({name: loaded_by(name, found, TREE) for name, found in TREE.items()}) is None


def test_import_lrplan_runs_next_to_nothing():
    assert loaded_by("lrplan", TREE["lrplan"], TREE) <= FACADE_MAY_LOAD


@pytest.mark.parametrize(
    ("module", "text", "expected"),
    [
        ("lrplan.rules.x", "import torch", "third-party 'torch' is not for room 'rules'"),
        ("lrplan.rules.x", "def f():\n    from torch import optim", "third-party 'torch'"),
        ("lrplan.rules.x", "if TYPE_CHECKING:\n    import torch", "third-party 'torch'"),
        ("lrplan.rules.x", "importlib.import_module('torch.optim')", "third-party 'torch'"),
        (
            "lrplan.rules.x",
            "from lrplan.torch_objects import y",
            "L3 'rules' imports L3 'torch_objects'",
        ),
        ("lrplan.clock", "from lrplan import specfile", "L1 'clock' imports L2 'specfile'"),
        ("lrplan.clock", "from . import specfile", "L1 'clock' imports L2 'specfile'"),
        ("lrplan.specfile.y", "from ..torch_objects.z import a", "L2 'specfile' imports L3"),
        ("lrplan.clock", "from lrplan.trace import Trace", "L1 'clock' imports L1 'trace'"),
        ("lrplan.errors", "import numpy", "third-party 'numpy' is not for room 'errors'"),
        ("lrplan.export.x", "from lrplan import __version__", "is of the facade"),
        ("lrplan.attic", "import sys", "room 'attic' is unknown"),
    ],
)
def test_a_forbidden_import_is_found(module, text, expected, monkeypatch):
    monkeypatch.setitem(TREE, module, [])
    (found,) = imports(module, text)
    assert expected in complaint(module, found.name)


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("lrplan.trace", "import numpy.typing"),
        ("lrplan.trace", "from lrplan.clock import Clock"),
        ("lrplan.specfile.y", "from .z import a"),
        ("lrplan.torch_objects.adapters.other", "import other"),
        ("lrplan.cli", "def plot():\n    from lrplan.commands.plot import plot"),
    ],
)
def test_a_proper_import_passes(module, text):
    (found,) = imports(module, text)
    assert complaint(module, found.name) is None


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ({"a": "from lrplan import b", "b": "import lrplan.a"}, ["lrplan.a", "lrplan.b"]),
        ({"a": "import lrplan.p.b", "p": "import lrplan.a", "p.b": ""}, ["lrplan.a", "lrplan.p"]),
        ({"a": "from lrplan import b", "b": "def f():\n    import lrplan.a"}, None),
        ({"a": "if TYPE_CHECKING:\n    import lrplan.b", "b": "import lrplan.a"}, None),
        ({"p": "import lrplan.p.b", "p.b": "import lrplan.p.c", "p.c": ""}, None),
    ],
    ids=["direct", "through-a-parent", "broken-by-a-function", "types-only", "own-parent"],
)
def test_a_cycle_is_found(texts, expected):
    found = {f"lrplan.{name}": imports(f"lrplan.{name}", text) for name, text in texts.items()}
    round_trip = cycle({name: loaded_by(name, each, found) for name, each in found.items()})
    assert (round_trip and sorted(set(round_trip))) == expected
