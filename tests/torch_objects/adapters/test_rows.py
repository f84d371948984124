"""Schedulers of other packages without those packages: rows, examples, and what is said."""

import importlib
import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lrplan.catalog import SCHEDULERS, THIRD_PARTY
from lrplan.catalog.example import example
from lrplan.cli import app
from lrplan.commands.catalog_listing import listing
from lrplan.specfile.load import load
from lrplan.text_position import InputText
from tests.support.catalog_rows import each_row

ROWS = [row for rows in THIRD_PARTY.values() for row in rows]
EXTRAS = sorted({row.extra for row in ROWS})
PYPROJECT = (Path(__file__).parents[3] / "pyproject.toml").read_text("utf-8")


@each_row(ROWS)
def test_a_row_says_where_its_scheduler_comes_from(row):
    package, _, name = row.name.partition(":")
    assert name
    assert SCHEDULERS[row.name] is row
    assert row in THIRD_PARTY[package]
    assert row.family == row.extra == package
    assert re.fullmatch(r"[\w-]+ \d+(\.\d+)+\S*", row.package)
    assert row.path.startswith(f"lrplan.torch_objects.adapters.{package}:")
    assert any(f'pip install "lrplan[{package}]"' in note for note in row.notes)


@each_row(ROWS)
def test_every_word_a_user_reads_is_there(row):
    written = [row.summary, row.after_end, *row.notes, *(each.doc for each in row.arguments)]
    assert row.source
    assert all(text.endswith((".", ")")) and "\n" not in text for text in written)
    assert len(row.summary) <= 100


@each_row(ROWS)
def test_its_adapter_is_there_and_asks_for_no_package_before_it_is_used(row):
    module, _, name = row.path.partition(":")
    assert callable(getattr(importlib.import_module(module), name))


@each_row(ROWS)
def test_its_example_can_be_read_without_its_package(row):
    plan = load(InputText("spec.yaml", example(row)), Path()).plans["example"]
    assert [each.type for each in plan.schedulers] == [row.name]


@pytest.mark.parametrize("extra", EXTRAS)
def test_its_extra_installs_something(extra):
    assert re.search(rf'^{extra} = \["\S+"(, "\S+")*\]$', PYPROJECT, re.MULTILINE)


@pytest.mark.parametrize("width", [60, 100])
def test_the_list_has_a_section_of_names(width):
    lines = listing(width).partition("Third-party (extras)\n")[2].partition("\n\n")[0]
    assert {row.name for row in ROWS} <= set(lines.split())
    assert all(f'pip install "lrplan[{extra}]"' in lines for extra in EXTRAS)
    assert all(len(line) <= width for line in lines.splitlines())


BLOCKED = """
import json, sys, warnings
from pathlib import Path
from lrplan.catalog import SCHEDULERS
from lrplan.catalog.example import example
from lrplan.errors import SpecError
from lrplan.simulate.engine_choice import simulate
from lrplan.text_position import InputText
from lrplan.specfile.load import load

rows = [row for row in SCHEDULERS.values() if row.extra]
sys.modules.update({row.extra: None for row in rows})
said = {}
for row in rows:
    plan = load(InputText("spec.yaml", example(row)), Path()).plans["example"]
    try:
        trace = simulate(plan)
    except SpecError as error:
        (found,) = error.findings
        said[row.name] = [found.name, found.message, found.path, found.line]
    else:
        said[row.name] = [*trace.formulas]
print(json.dumps(said))
"""


@cache
def said():
    """What comes of each example where no package is installed: a finding, or formulas."""
    command = [sys.executable, "-W", "error", "-c", BLOCKED]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@each_row([row for row in ROWS if not row.has_formula])
def test_a_missing_package_is_named_with_what_to_install_at_its_place(row):
    name, message, path, line = said()[row.name]
    needed = re.escape(row.package.partition(" ")[0])
    install = re.escape(f'pip install "lrplan[{row.extra}]"')
    assert name == "cannot-build"
    names = "|".join({row.name, *re.findall(rf"{row.family}:\w+", example(row))})
    assert re.fullmatch(rf"`({names})` needs {needed}: {install}", message)
    assert path.startswith("schedules.example.scheduler")  # of one inside, at its own place
    assert path.endswith(".type")
    assert line >= 6


@each_row([row for row in ROWS if row.has_formula])
def test_a_formula_runs_where_the_package_is_missing(row):
    assert said()[row.name] == [row.package]


def test_a_missing_package_makes_the_status_2(tmp_path, monkeypatch):
    spec = tmp_path / "spec.yaml"
    spec.write_text(example(SCHEDULERS["transformers:greedy"]), "utf-8")
    for name in ("transformers", "transformers.optimization"):
        monkeypatch.setitem(sys.modules, name, None)
    done = CliRunner().invoke(app, ["validate", str(spec)])
    assert done.exit_code == 2
    assert "spec.yaml:6:13: error" in done.output + done.stderr


def test_reading_the_rows_imports_none_of_the_packages():
    code = (
        "import sys; from lrplan.commands.catalog_listing import listing; listing(80);"
        f"print(sorted(set(sys.modules) & {set(EXTRAS)!r}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
