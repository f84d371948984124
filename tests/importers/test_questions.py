"""What a config does not say is asked for with the whole line to type."""

import os
import shlex

import pytest
from typer.testing import CliRunner

from lrplan.cli import app
from lrplan.importers.fact import DATASET_SIZE, WORLD_SIZE
from lrplan.importers.questions import question_of

CONFIG = "per_device_train_batch_size: 4\nlr_scheduler_type: linear\n"


def test_without_a_command_line_the_options_are_told():
    message, fix = question_of([DATASET_SIZE, WORLD_SIZE], ())
    assert message == (
        "this config does not say `dataset_size` (samples in the training data) and"
        " `world_size` (devices that train together)"
    )
    assert fix == "add --set dataset_size=50000 --set world_size=1, with your own values"


def test_options_stand_before_what_two_dashes_end():
    _, fix = question_of([WORLD_SIZE], ("plot", "--", "-a.yaml"))
    assert "lrplan plot --set world_size=1 -- -a.yaml" in fix


@pytest.mark.skipif(os.name == "nt", reason="cmd.exe has quotes of its own")
@pytest.mark.parametrize("command", ["plot", "validate", "table", "import"])
def test_the_line_that_is_told_answers(tmp_path, monkeypatch, command):
    """Also where a shell would run a part of the name."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a $(rm -r x).yaml").write_text(CONFIG)
    runner = CliRunner()
    done = runner.invoke(app, [command, "a $(rm -r x).yaml", "--set", "num_train_epochs=2"])
    line = done.output.partition("type `")[2].partition("`, with")[0]
    program, *words = shlex.split(line)
    assert (program, words[:2]) == ("lrplan", [command, "a $(rm -r x).yaml"])
    assert runner.invoke(app, words).exit_code == 0


YOLO = "lr0: 0.01\nlrf: 0.01\nwarmup_epochs: 3.0\nepochs: 20\nbatch: 16\noptimizer: SGD\n"


def test_a_fact_that_the_curve_does_not_need_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "args.yaml").write_text(YOLO)
    command = ["import", "args.yaml", "--set", "nc=80"]
    asked = CliRunner().invoke(app, command)
    assert asked.exit_code == 0, "what is missing is told first"
    said = ["--set", "dataset_size=5000", "--set", "version=8.3.0"]
    done = CliRunner().invoke(app, [*command, *said])
    assert done.exit_code == 2
    assert "--set nc=80 changes nothing: the curve of this config does not need `nc`" in " ".join(
        done.stderr.split()
    )
