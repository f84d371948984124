"""A recording stands where curves do: tables, pictures, exports, comparisons, findings."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from lrplan.cli import app
from lrplan.recordings.column_codec import encode_table, pack_bytes
from lrplan.recordings.model import EventCode
from lrplan.recordings.writer import write_recording
from tests.support.recordings import recording

SPEC = """\
training: {steps: 3}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: StepLR, step_size: 2, gamma: 0.5}
"""
PROGRAM = """\
import torch
optimizer = torch.optim.SGD([torch.zeros(1)], lr=0.1)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2)
scheduler.step()
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_recording(tmp_path / "train.lrrec", recording())
    # What a file is called does not matter.
    (tmp_path / "train.json").write_bytes((tmp_path / "train.lrrec").read_bytes())
    (tmp_path / "spec.yaml").write_text(SPEC)
    return tmp_path


def run(*words):
    return CliRunner().invoke(app, list(words))


@pytest.mark.parametrize("path", ["train.lrrec", "train.json"])
def test_numbers_are_exported(path):
    done = run("export", path, "--format", "csv")
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines() == [
        "schedule,group,step,epoch,lr,momentum,weight_decay",
        "optimizer-0,all,0,,0.1,,0.0",
        "optimizer-0,all,1,,0.1,,0.0",
        "optimizer-0,all,2,,0.05,,0.0",
    ]
    (schedule,) = json.loads(run("export", path).stdout)["schedules"]
    assert (schedule["name"], schedule["steps"]) == ("optimizer-0", 3)
    assert schedule["groups"] == [
        {"name": "all", "lr": [0.1, 0.1, 0.05], "weight_decay": [0.0, 0.0, 0.0]}
    ]
    assert "### `optimizer-0`: SGD of train.py" in run("export", path, "-f", "markdown").stdout


def test_tables_and_pictures_show_it(folder):
    done = run("table", "train.lrrec", "optimizer-0")
    assert (done.exit_code, "drop x0.5" in done.stdout) == (0, True), done.output
    done = run("plot", "train.lrrec")
    assert done.exit_code == 0, done.output
    assert (folder / "train.png").read_bytes().startswith(b"\x89PNG")


def test_it_is_compared_with_a_spec_and_with_its_own_export(folder):
    done = run("compare", "spec.yaml", "train.lrrec:optimizer-0")
    assert "have the same lr" in done.stdout, done.output
    (folder / "out.csv").write_text(run("export", "train.lrrec", "-f", "csv").stdout)
    done = run("compare", "out.csv", "train.lrrec")
    assert (done.exit_code, "have the same lr" in done.stdout) == (0, True), done.output


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["table", "train.lrrec", "optimizer-1"], "did you mean `optimizer-0`?"),
        (["compare", "train.lrrec:other", "spec.yaml"], "has no optimizer `other`"),
        (["table", "train.lrrec", "--set", "epochs=3"], "has curves only"),
        (["plot", "train.lrrec", "--resume-at", "1"], "has curves only"),
        (["table", "train.lrrec", "--get-lr"], "has curves only"),
        (["export", "train.lrrec", "-f", "pytorch"], "needs a plan"),
        (["export", "train.lrrec", "-o", "train.lrrec"], "it is an input"),
        (["table", "damaged.lrrec"], "damaged or incomplete"),
        (["validate", "damaged.lrrec"], "damaged or incomplete"),
    ],
    ids=str,
)
def test_what_it_cannot_be_asked_is_refused(folder, words, message):
    (folder / "damaged.lrrec").write_bytes((folder / "train.lrrec").read_bytes()[:-3])
    done = run(*words)
    assert (done.exit_code, message in done.stderr) == (2, True), done.output


def test_findings_are_those_of_the_run_at_the_lines_of_the_program(folder):
    wrong = recording()
    wrong.events.chunks = [pack_bytes(np.array([0, 1, 2, 1, 2], "<u4").tobytes())]
    wrong.events.codes[1:] = [
        EventCode("scheduler_tick", "scheduler", location=2),
        EventCode("optimizer_step", "optimizer", location=1),
    ]
    wrong.events.values = []
    wrong.locations.append(("train.py", 4))
    wrong.optimizers[0].steps = 2
    wrong.optimizers[0].lr = [encode_table([np.array([0.1, 0.05])])]
    write_recording(folder / "train.lrrec", wrong)
    (folder / "train.py").write_text(PROGRAM)
    done = run("validate", "train.lrrec")
    assert done.exit_code == 1, done.output
    assert "train.py:4:1: " in done.stdout
    assert "4 | scheduler.step()" in done.stdout
    found = json.loads(run("validate", "train.lrrec", "-f", "json").stdout)
    names = ", ".join(each["name"] for each in found if each["line"] == 4)
    assert names
    silenced = PROGRAM.replace("scheduler.step()", f"scheduler.step()  # lrplan: ignore[{names}]")
    (folder / "train.py").write_text(silenced)
    left = json.loads(run("validate", "train.lrrec", "-f", "json").stdout)
    assert [each for each in left if each["line"] == 4] == []
