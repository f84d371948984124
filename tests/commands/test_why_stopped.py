"""A run that stops midway is told with its cause, by every command, and once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from typer.testing import CliRunner

from lrplan.cli import app
from lrplan.lint.runner import why_stopped
from lrplan.simulate.engine_choice import simulate
from lrplan.trace import Failure
from tests.rules.single_rule import plan_of

CRASH = """\
training: {epochs: 90, steps_per_epoch: 50}
schedules:
  short:
    optimizer: {type: SGD, lr: 0.1, momentum: 0.9}
    scheduler: {type: OneCycleLR, max_lr: 0.1, total_steps: 90, interval: step}
"""
SAYS_SO_ITSELF = """\
training: {epochs: 3, steps_per_epoch: 50}
schedules:
  short:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: MultiplicativeLR, lr_lambda: "10 / (2 - epoch)"}
"""
COMMANDS = {
    "plot": ["plot", "spec.yaml", "-o", "out.png"],
    "table": ["table", "spec.yaml"],
    "export": ["export", "spec.yaml", "--format", "csv", "-o", "out.csv"],
}


def told(command, text, folder, monkeypatch):
    monkeypatch.chdir(folder)
    (folder / "spec.yaml").write_text(text, encoding="utf-8")
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 1
    return done.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_the_cause_is_told_with_where_it_stopped(command, tmp_path, monkeypatch):
    said = told(COMMANDS[command], CRASH, tmp_path, monkeypatch)
    assert said.count("error:") == 1
    assert "short stops after step 90 of 4500 steps: total_steps 90 looks like epochs" in said
    assert "[horizon-in-epochs-stepped-per-step]" in said
    assert "stops-midway" not in said
    assert "total_steps: 4500, or 90ep" in said


def test_an_ignored_cause_still_stops_the_run(tmp_path, monkeypatch):
    text = "ignore: [horizon-in-epochs-stepped-per-step]\n" + CRASH
    assert "short stops after step 90" in told(COMMANDS["table"], text, tmp_path, monkeypatch)


def test_a_cause_that_says_where_is_not_told_it_twice(tmp_path, monkeypatch):
    said = told(COMMANDS["table"], SAYS_SO_ITSELF, tmp_path, monkeypatch)
    assert said.count("error:") == 1
    assert "short: training stops after step 99: 10 / (2 - epoch)" in said


def test_a_cause_that_no_rule_knows_is_told_as_it_is():
    text = CRASH.replace("total_steps: 90", "total_steps: 4500").replace("short:", "run:")
    plan = plan_of(text)
    assert why_stopped(plan, simulate(plan)) == []
    broken = replace(simulate(plan), failure=Failure(7, "ValueError: no idea"))
    (found,) = why_stopped(plan, broken)
    assert found.name == "stops-midway"
    assert found.message == "run stops after step 7 of 4500 steps: ValueError: no idea"
