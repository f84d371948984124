"""The help of every command: panels, examples, no types beside switches."""

import shlex

import pytest
import typer
from typer.testing import CliRunner

from lrplan.cli import app
from lrplan.cli.application import ALIASES, COMMANDS, application
from lrplan.cli.help_text import PANELS

GROUP = typer.main.get_command(app)


def help_of(*words):
    return CliRunner().invoke(app, [*words, "--help"], env={"COLUMNS": "80"}).stdout


def test_the_help_says_what_happens_before_during_and_after_a_run():
    text = help_of()
    places = [text.index(f"─ {panel} ─") for panel in ("Before the run", "During the run")]
    places += [text.index(f"─ {panel} ─") for panel in ("After the run", "Look up")]
    assert places == sorted(places)
    assert "check " not in text.replace("check.", "").partition("Before the run")[2][:200]
    assert all(f"│ {name} " in text for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_shows_examples_and_no_types_of_switches(name):
    text = help_of(name)
    assert "<bool>" not in text
    assert "<str>" not in text
    assert "BOOLEAN" not in text
    assert "--debug" in text
    command = GROUP.commands[name]
    title, *examples = command.epilog.removeprefix("\b\n").splitlines()
    assert title == ("Example:" if len(examples) == 1 else "Examples:")
    assert 1 <= len(examples) <= 3
    for example in examples:
        assert len(example) <= 78
        assert " ".join(example.split()) in " ".join(text.split())
        program, called, *words = shlex.split(example)
        assert (program, called) == ("lrplan", name)
        command.make_context(name, words)  # an option that is none would be an error


def test_the_group_of_the_cache_shows_examples():
    assert "lrplan cache info" in help_of("cache")
    assert "<bool>" not in help_of("cache", "info")


@pytest.mark.parametrize("name", ["plot", "table"])
def test_options_stand_in_panels(name):
    text = help_of(name)
    assert all(f"─ {panel} ─" in text for panel in {"Options", *PANELS.values()})


def test_an_alias_is_the_command(tmp_path):
    (alias,) = ALIASES
    spec = tmp_path / "spec.yaml"
    spec.write_text("training: {steps: 9}\nschedules: {a: {optimizer: {type: SGD, lr: -1}}}\n")
    results = [
        CliRunner().invoke(application(name), [name, str(spec), "--static"])
        for name in (alias, "validate")
    ]
    assert results[0].stdout == results[1].stdout != ""
    assert results[0].exit_code == results[1].exit_code != 0
    assert CliRunner().invoke(app, [alias, str(spec), "--static"]).stdout == results[0].stdout
