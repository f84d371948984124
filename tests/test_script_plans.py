"""Training scripts in place of specs: every command that takes a spec draws what a script says."""

import json
import re

import pytest
import torch
from typer.testing import CliRunner

import lrplan
from lrplan.cli import app
from lrplan.errors import SpecError

SCRIPT = """\
import torch
from data import loader
from settings import EPOCHS

model = torch.nn.Linear(4, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=EPOCHS)
for epoch in range(EPOCHS):
    for x, y in loader:
        torch.nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()
        optimizer.zero_grad()
    scheduler.step()
"""
STEPS = ("--set", "steps_per_epoch=3")


@pytest.fixture
def script(tmp_path):
    (tmp_path / "settings.py").write_text("EPOCHS = 5\n")
    path = tmp_path / "train.py"
    path.write_text(SCRIPT)
    return path


def run(*arguments, text=None):
    return CliRunner().invoke(app, [str(each) for each in arguments], input=text)


def by_hand():
    """The rates of the script's own loop, with torch alone."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.1, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=5)
    rates = []
    for _ in range(5):
        for _ in range(3):
            rates.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
        scheduler.step()
    return rates


def test_the_curve_of_a_script_is_that_of_its_loop(script):
    plan = lrplan.load(script, settings={"steps_per_epoch": 3})["run"]
    assert plan.simulate().lr["all"].tolist() == by_hand()


@pytest.mark.parametrize("command", ["plot", "table", "export", "lock"])
def test_every_command_takes_a_script(command, script):
    result = run(command, script, *STEPS)
    assert result.exit_code == 0, result.stderr
    if command == "plot":
        assert script.with_suffix(".png").stat().st_size > 1_000
    elif command == "export":
        (schedule,) = json.loads(result.stdout)["schedules"]
        assert schedule["groups"][0]["lr"] == by_hand()
    assert script.read_text() == SCRIPT


def test_a_script_is_compared_with_the_spec_that_import_writes(script):
    spec = script.with_suffix(".yaml")
    assert run("import", script, *STEPS, "-o", spec).exit_code == 0
    result = run("compare", script, spec, *STEPS)
    assert result.exit_code == 0, result.stdout + result.stderr


def test_a_script_is_read_from_standard_input(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = SCRIPT.replace("from settings import EPOCHS", "EPOCHS = 5")
    result = run("export", "-", "--as", "source", *STEPS, text=text)
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["schedules"][0]["groups"][0]["lr"] == by_hand()


@pytest.mark.parametrize("command", ["plot", "table", "export", "lock"])
def test_what_a_script_does_not_say_is_asked_for(command, script):
    result = run(command, script)
    assert result.exit_code == 2
    assert f"{script}:8:1: error: the script does not say how many batches" in result.stderr
    assert "add --set steps_per_epoch=VALUE" in result.stderr
    assert sorted(script.parent.iterdir()) == [script.parent / "settings.py", script]


def test_a_value_at_a_path_is_asked_for_by_its_path(script):
    script.write_text(SCRIPT.replace("T_max=EPOCHS", "T_max=unknown()"))
    result = run("table", script, *STEPS)
    assert result.exit_code == 2
    (key,) = re.findall(r"add --set (\S+)=VALUE", result.stderr)
    assert key == "schedules.run.scheduler.T_max"
    assert run("table", script, *STEPS, "--set", f"{key}=5").exit_code == 0


def test_a_problem_in_another_file_names_it(script):
    made = "torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)"
    assert made in SCRIPT
    script.write_text(SCRIPT.replace(made, "make(model)").replace("EPOCHS\n", "EPOCHS, make\n", 1))
    (script.parent / "settings.py").write_text(
        "import torch\nEPOCHS = 5\n" + "\n" * 40 + "def make(model):\n"
        "    return torch.optim.SGD(model.parameters(), lr=-0.1)\n"
    )
    with pytest.raises(SpecError) as caught:
        lrplan.load(script, settings={"steps_per_epoch": 3})
    (finding,) = caught.value.findings
    assert (finding.file, finding.line) == (str(script), 1)
    assert "(settings.py:44)" in finding.message


def test_a_notebook_names_the_line_of_its_file(script):
    text = SCRIPT.replace("from settings import EPOCHS", "EPOCHS = 5")
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": ["# Notes"]},
        {"cell_type": "code", "metadata": {}, "source": text.splitlines(keepends=True)},
    ]
    path = script.with_suffix(".ipynb")
    book = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(book, indent=1))
    assert run("table", path, *STEPS).exit_code == 0
    result = run("table", path)
    (line,) = re.findall(r"train\.ipynb:(\d+):1: error", result.stderr)
    assert "for epoch in range(EPOCHS)" in path.read_text().splitlines()[int(line) - 1]


def test_a_script_of_the_trainer_is_read_as_its_arguments(tmp_path):
    path = tmp_path / "train.py"
    path.write_text(
        "from transformers import Trainer, TrainingArguments\n"
        "args = TrainingArguments('out', learning_rate=1e-3, max_steps=10)\n"
        "Trainer(model=None, args=args).train()\n"
    )
    rates = lrplan.load(path)["run"].simulate().lr["all"]
    assert rates == pytest.approx([1e-3 * (10 - step) / 10 for step in range(10)], rel=1e-12)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1\n", "steps no optimizer that it makes itself"),
        ("def f(:\n", "this is not Python"),
        (SCRIPT.replace("lr=0.1", "lr=-1.0"), "lr"),
    ],
)
def test_a_script_without_a_plan_is_refused(text, said, script):
    script.write_text(text)
    result = run("plot", script, *(STEPS if "torch" in text else ()))
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())
    assert not script.with_suffix(".png").exists()


def test_nothing_of_a_script_is_run(script):
    mark = script.parent / "mark"
    script.write_text(f"open({str(mark)!r}, 'w')\n{SCRIPT}")
    assert run("table", script, *STEPS).exit_code == 0
    assert not mark.exists()
