"""A module imports from lower levels only, and third-party names stay in their rooms."""

import re
import sys
from functools import cache
from pathlib import Path

import pytest

import lrplan
from tests.support.import_graph import cycle, imports, loaded_by, named_by

ROOT = Path(lrplan.__file__).parent

PAGE = Path(__file__).parents[1] / "docs" / "architecture.md"

ROW = re.compile(r"^\| L(\d) \| (.+?) \| ?(.*?) ?\|$", re.MULTILINE)
"""A row of the page's table of levels: level, rooms and third-party packages."""


def levels_of(page):
    """The rooms of each level, from L0 up, and the packages of each room, as a page has them.

    A room may see those that come after it in the table, where rooms of one level see each other at
    all, so each level is read from its end.
    """
    levels, packages = {}, {}
    for level, rooms, imported in ROW.findall(page):
        names = [name.rstrip("/") for name in re.findall(r"`([^`]+)`", rooms)]
        levels.setdefault(int(level), []).extend(names)
        packages |= {name: {each for each in imported.split(", ") if each} for name in names}
    return tuple(tuple(levels[level][::-1]) for level in sorted(levels)), packages


LEVELS, THIRD_PARTY = levels_of(PAGE.read_text("utf-8"))

IN_ORDER = {0, 1, 6}
"""Levels whose rooms may see the rooms after them in the table; elsewhere, they are apart."""

SEES = {("rules", "lint"), ("lrplan.lint.registry", "rules")}
"""Pairs on one level, elsewhere: the first, a room or a module, may import the second.

The registry looks into the folder of the rules, which import what a rule is made of from ``lint``.
"""

ANYWHERE_FROM_L1 = {"numpy"}

STANDARD = sys.stdlib_module_names | {"tomllib"}
"""The standard library, with what came to it after the oldest Python that lrplan runs on."""

ADAPTERS = "lrplan.torch_objects.adapters."
"""Below this, a module imports the package that it adapts."""

FACADE_MAY_LOAD = {"lrplan._version"}
"""The modules that ``import lrplan`` may load; it imports the others lazily."""

LEVEL_OF = {room: level for level, rooms in enumerate(LEVELS) for room in rooms}


@cache
def tree():
    """Every module of lrplan by name, with its imports."""
    results = {}
    for path in sorted(ROOT.rglob("*.py")):
        parts = ("lrplan", *path.relative_to(ROOT).with_suffix("").parts)
        is_package = parts[-1] == "__init__"
        name = ".".join(parts[:-1] if is_package else parts)
        results[name] = imports(name, path.read_text("utf-8"), is_package=is_package)
    return results


def room(name):
    """The room of a dotted name below lrplan; empty for the facade and what it defines itself."""
    first = name.split(".")[1:2]
    known = first and (first[0] in LEVEL_OF or f"lrplan.{first[0]}" in tree())
    return first[0] if known else ""


def complaint(module, name):
    """The reason why ``module`` may not import ``name``, or None."""
    here, level = room(module), LEVEL_OF.get(room(module), -1)
    top = name.split(".")[0]
    if here and level < 0:
        return f"room {here!r} is unknown: add it to the table in docs/architecture.md"
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
        return f"room {there!r} is unknown: add it to the table in docs/architecture.md"
    if LEVEL_OF[there] < level:
        return None
    if SEES & {(here, there), (module, there)}:
        return None
    rooms = LEVELS[level]
    if LEVEL_OF[there] == level and level in IN_ORDER and rooms.index(there) < rooms.index(here):
        return None
    return f"L{level} {here!r} imports L{LEVEL_OF[there]} {there!r}"


def test_imports_keep_to_the_levels():
    results = [
        f"{module}, line {each.line}: {text}"
        for module, imports_of_it in tree().items()
        for each in imports_of_it
        if (text := complaint(module, each.name))
    ]
    assert results == []
    assert [module for module in tree() if complaint(module, "sys")] == []


def test_the_table_has_every_room_once():
    listed = [name for rooms in LEVELS for name in rooms]
    # Folders that an older checkout has left hold compiled files alone, and are no rooms.
    folders = {
        path.name
        for path in ROOT.iterdir()
        if any(each.is_file() and each.suffix != ".pyc" for each in path.rglob("*"))
    }
    files = {path.stem for path in ROOT.glob("*.py")}
    assert sorted(listed) == sorted((files | folders) - {"__init__", "__pycache__"})


@pytest.mark.parametrize("edges", [loaded_by, named_by], ids=["at-load", "with-annotations"])
def test_no_import_cycle(edges):
    assert cycle({name: edges(name, found, tree()) for name, found in tree().items()}) is None


def test_import_lrplan_runs_next_to_nothing():
    assert loaded_by("lrplan", tree()["lrplan"], tree()) <= FACADE_MAY_LOAD


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
    monkeypatch.setitem(tree(), module, [])
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
    assert cycle_among(texts, loaded_by) == expected


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ({"a": "if TYPE_CHECKING:\n    import lrplan.b", "b": "import lrplan.a"}, True),
        ({"a": "from lrplan import b", "b": "def f():\n    import lrplan.a"}, True),
        ({"p": "import lrplan.p.b", "p.b": "import lrplan.p"}, False),
        ({"p": "import lrplan.p.b", "p.b": "from lrplan.p.c import x", "p.c": ""}, False),
    ],
    ids=["types", "function", "own-parent", "siblings"],
)
def test_a_cycle_through_annotations_is_found(texts, expected):
    assert bool(cycle_among(texts, named_by)) is expected


def cycle_among(texts, edges):
    """The modules of a cycle among modules of these texts, or None."""
    found = {f"lrplan.{name}": imports(f"lrplan.{name}", text) for name, text in texts.items()}
    round_trip = cycle({name: edges(name, each, found) for name, each in found.items()})
    return round_trip and sorted(set(round_trip))
