"""Findings about the plan after a checkpoint: those that the plan before it does not have."""

import json
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from lrplan.cli import app

SPEC = """\
training: {steps: 400}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: LambdaLR, lr_lambda: "FORMULA"}
"""
LINE, POWER = "1 - step / 400", "(1 - step / 400) ** 0.9"
COSINE = "0.5 * (1 + cos(pi * step / 400))"
LONGER = ("--resume-training", "steps=600")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(name, formula, steps=400):
    text = SPEC.replace("FORMULA", formula).replace("400}", f"{steps}}}", 1)
    Path(f"{name}.yaml").write_text(text)


def validated(*arguments):
    done = CliRunner().invoke(app, ["validate", "old.yaml", "-f", "json", *arguments])
    found = json.loads(done.stdout)
    return [(each["file"], each["name"], each["message"]) for each in found if each["line"] > 1]


def told(formula, *arguments, at="300"):
    write("old", formula)
    return [
        (name, message)
        for _, name, message in validated("--resume-at", at, *arguments)
        if name != "lambda-not-saved"
    ]


def last_rates(formula, steps):
    """The rates of a plain loop, resumed at step 300 by last_epoch."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    optimizer.param_groups[0]["initial_lr"] = 0.1
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, formula, last_epoch=299)
    rates = []
    for _ in range(300, steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


def test_ticks_past_the_end_of_a_formula_are_told_with_their_cause(folder):
    effect = (
        "the factor is -0.0025 at step 401, and -0.4975 at 599: each step goes up the gradient; its"
        " 400 is the end of the decay, and the run has 600 steps"
    )
    negative = ("lambda-negative-or-complex-past-end", f"resumed with steps=600: {effect}")
    rates = last_rates(lambda step: 1 - step / 400, 600)
    assert rates[401 - 300] == pytest.approx(0.1 * -0.0025)
    assert rates[-1] == pytest.approx(0.1 * -0.4975)
    for parts in ("last_epoch", "optimizer,last_epoch", "optimizer,scheduler"):
        assert told(LINE, "--resume-from", parts, *LONGER) == [negative], parts
    assert told(LINE, "--resume-from", "last_epoch", *LONGER, at="400") == [negative]
    ((name, message),) = told(POWER, "--resume-from", "last_epoch", *LONGER)
    assert name == "lambda-negative-or-complex-past-end"
    assert message.startswith("resumed with steps=600: training stops after step 400")
    ((name, message),) = told(COSINE, *LONGER)
    assert name == "rise-after-minimum"
    assert "step 401 is the first" in message


def test_what_the_plan_before_it_has_as_well_is_told_once(folder):
    found = told("1 - step / 200", "--resume-at", "300", *LONGER)
    assert len(found) == 1
    assert not found[0][1].startswith("resumed with")


def test_nothing_is_told_of_a_plan_that_is_begun_anew_or_fits(folder):
    results = told(LINE, "--resume-from", "none", *LONGER)
    assert [name for name, _ in results] == ["resume-discontinuity"]
    assert told("max(0.1, 1 - step / 600)", *LONGER) == []


def test_a_process_that_cannot_be_built_says_what_is_wrong_with_its_plan(folder):
    write("old", "(1 - step / 600) ** 0.9", steps=600)
    write("new", POWER, steps=600)
    asked = ("--resume-at", "430", "--resume-from", "last_epoch", "--resume-with", "new.yaml")
    ((file, name, message),) = validated(*asked)
    assert (file, name) == ("new.yaml", "lambda-negative-or-complex-past-end")
    assert message.startswith("resumed with new.yaml: training stops after step 400")
    done = CliRunner().invoke(app, ["table", "old.yaml", *asked])
    assert done.exit_code == 2
    assert "has no real value at x = 401" in " ".join(done.stderr.split())


def test_the_other_file_silences_its_own_findings(folder):
    write("old", "1 - step / 600", steps=600)
    write("new", LINE, steps=600)
    asked = ("--resume-at", "300", "--resume-from", "last_epoch", "--resume-with", "new.yaml")
    assert [(file, name) for file, name, _ in validated(*asked)] == [
        ("new.yaml", "lambda-negative-or-complex-past-end")
    ]
    text = (folder / "new.yaml").read_text()
    for silenced in (f"{text}    ignore: [LRP306]\n", f"{text.rstrip()} # lrplan: ignore[LRP306]"):
        (folder / "new.yaml").write_text(silenced)
        assert validated(*asked) == []


def test_tables_tell_it_too(folder):
    write("old", LINE)
    done = CliRunner().invoke(app, ["table", "old.yaml", "--resume-at", "300", *LONGER])
    assert "error: resumed with steps=600: the factor is" in " ".join(done.stdout.split())
