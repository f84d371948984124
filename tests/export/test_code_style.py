"""Generated modules are as formatters, linters and type checkers want them."""

import os
import re
import subprocess
import sys

import pytest

from lrplan.errors import UsageError
from lrplan.export.code import to_lightning, to_pytorch, to_transformers
from lrplan.export.code.header import header
from lrplan.simulate.engine_choice import simulate
from tests.export.plans import ACCELERATE
from tests.export.running import PLANS, needs_ruff, traced
from tests.support.specs import plan_of, spec

BY_UNPARSE = re.compile(r"^    return (.* \*\* .*|\()$", re.MULTILINE)
"""An expression with a power or on several lines, spaced as ``ast.unparse`` and not ruff has it."""
EXPORTERS = (to_pytorch, to_lightning, to_transformers)


def sources():
    """Every module that can be written, by a file name."""
    for name, plan in PLANS.items():
        for export in EXPORTERS:
            try:
                yield f"{export.__name__}_{name.replace('-', '_')}.py", export(plan, traced(name))
            except UsageError:
                continue
    for name, plan in ACCELERATE.items():
        yield f"accelerate_{name}.py", to_pytorch(plan, simulate(plan))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("generated")
    for name, source in sources():
        (folder / name).write_text(source, encoding="utf-8")
    return folder


def run(*command, folder):
    environment = {**os.environ, "NO_COLOR": "1"}
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_there_is_something_to_look_at(folder):
    assert len(list(folder.iterdir())) > 300


@needs_ruff
def test_formatted_as_ruff_would_but_for_expressions(folder):
    paths = [path for path in folder.iterdir() if not BY_UNPARSE.search(path.read_text("utf-8"))]
    assert len(paths) > 250
    names = sorted(path.name for path in paths)
    done = run("ruff", "format", "--isolated", "--diff", *names, folder=folder)
    assert done.returncode == 0, done.stdout[:4000] + done.stderr[-400:]


@needs_ruff
def test_nothing_for_a_linter(folder):
    done = run("ruff", "check", "--isolated", "--select", "E,F,I,UP,B", ".", folder=folder)
    assert done.returncode == 0, done.stdout[-4000:]


@pytest.mark.slow  # mypy reads torch, which takes it half a minute
def test_types_are_right(folder):
    options = ("--ignore-missing-imports", "--check-untyped-defs", "--no-incremental")
    done = run("mypy", *options, *(path.name for path in folder.iterdir()), folder=folder)
    assert done.returncode == 0, done.stdout[-4000:]


@pytest.mark.parametrize("export", EXPORTERS, ids=lambda export: export.__name__)
def test_the_same_every_time(export):
    name = "warmup-cosine"
    assert export(PLANS[name], traced(name)) == export(PLANS[name], traced(name))


@pytest.mark.parametrize("name", ["finetune", "weight-decay-cosine", "warm-3-plateau"])
def test_only_torch_and_the_standard_library_are_imported(name):
    lines = to_pytorch(PLANS[name], traced(name)).splitlines()
    modules = {
        line.split()[1].partition(".")[0] for line in lines if line.startswith(("import ", "from "))
    }
    assert modules - sys.stdlib_module_names == {"torch"}


def test_groups_with_equal_curves_share_a_line_at_the_top():
    groups = {"a": {"lr": 0.1}, "b": {"lr": 0.1}, "c": {"lr": 0.2}}
    plan = plan_of(
        spec({"type": "StepLR", "step_size": 2}, optimizer={"type": "SGD", "groups": groups})
    )
    names = [line[2:].partition(" lr ")[0] for line in header(plan, simulate(plan))]
    assert [name for name in names if name in {"a", "b", "c", "a = b"}] == ["a = b", "c"]
