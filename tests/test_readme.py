"""The examples of the README are true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lrplan.cli import app
from lrplan.lint.registry import all_rules
from tests.support.releases import since

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
SPEC = README.partition("```yaml\n")[2].partition("```")[0]


@pytest.fixture
def spec(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path / "spec.yaml"


def shown(command):
    """The output that stands below ``command`` in the README."""
    return README.partition(f"$ {command} spec.yaml\nspec.yaml:")[2].partition("```")[0]


def run(*arguments):
    return CliRunner().invoke(app, list(arguments))


@since("2.9", "SequentialLR does not warn of itself, and no rule says so")
def test_the_first_spec_is_right(spec):
    spec.write_text(SPEC)
    assert run("validate", "spec.yaml", "--fail-on", "info").exit_code == 0
    assert run("table", "spec.yaml").exit_code == 0


@pytest.mark.parametrize(
    ("command", "right", "wrong"),
    [("plot", "type: AdamW", "type: AdmW"), ("validate", "T_max: 25ep", "T_max: 25")],
)
def test_the_mistakes_are_told_as_shown(spec, command, right, wrong):
    spec.write_text(SPEC.replace(right, wrong))
    result = run(command, "spec.yaml")
    assert shown(f"lrplan {command}")
    assert shown(f"lrplan {command}") in result.output


def test_every_command_is_listed():
    listed = set(re.findall(r"`lrplan ([a-z]+)", README.partition("## Commands")[2]))
    visible = [each for each in app.registered_commands if not each.hidden]
    commands = {each.name or each.callback.__name__ for each in visible}
    assert listed == commands | {each.name for each in app.registered_groups}


def test_the_number_of_rules_is_right():
    assert f"known pitfalls with {len(all_rules())} rules" in README
