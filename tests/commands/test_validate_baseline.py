"""A project with many findings can begin today: ``--baseline``, ``--exclude``, ``--exit-zero``."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lrplan.cli import app

OLD = """\
from torch.optim.lr_scheduler import StepLR
a = StepLR(optimizer, 10, verbose=True)
"""
NEW = "b = StepLR(optimizer, 20, verbose=True)\n"
SPEC = """\
training: {epochs: 100, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: CosineAnnealingLR, T_max: 80}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(name, text):
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def run(*arguments):
    return CliRunner().invoke(app, ["validate", *arguments, "--select", "LRP803,LRP301"])


def lines(*arguments):
    return [each["line"] for each in json.loads(run(*arguments, "-f", "json").stdout)]


@pytest.mark.parametrize(("name", "text"), [("train.py", OLD), ("spec.yaml", SPEC)])
def test_what_was_there_is_left_out(name, text):
    write(name, text)
    assert run(name).exit_code == 1
    assert run(name, "--baseline", "known.json", "--write-baseline").exit_code == 0
    assert run(name, "--baseline", "known.json").exit_code == 0
    assert lines(name, "--baseline", "known.json") == []


def test_what_is_new_is_reported_although_lines_have_moved():
    write("train.py", OLD)
    run("train.py", "--baseline", "known.json", "--write-baseline")
    write("train.py", "# a line above\n" + OLD + NEW)
    assert lines("train.py", "--baseline", "known.json") == [4]
    assert run("train.py", "--baseline", "known.json").exit_code == 1


def test_a_second_one_like_a_known_one_is_new():
    write("train.py", OLD)
    run("train.py", "--baseline", "known.json", "--write-baseline")
    write("train.py", OLD + OLD.splitlines()[1] + "\n")
    assert len(lines("train.py", "--baseline", "known.json")) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "there is no such file; --write-baseline makes one"),
        ("[]", "is no baseline of lrplan"),
        ("{", "is no baseline of lrplan"),
        ('{"lrplan-baseline": 1}', "is no baseline of lrplan"),
        ('{"lrplan-baseline": 2, "findings": []}', "of another version"),
        ('{"lrplan-baseline": 1, "findings": [{"file": 1}]}', "is no baseline of lrplan"),
    ],
)
def test_what_is_no_baseline_is_refused(text, message):
    write("train.py", OLD)
    if text is not None:
        write("known.json", text)
    result = run("train.py", "--baseline", "known.json")
    assert result.exit_code == 2
    assert message in result.stderr


def test_a_baseline_does_not_replace_what_is_checked():
    write("train.py", OLD)
    result = run("train.py", "--baseline", "train.py", "--write-baseline")
    assert result.exit_code == 2
    assert Path("train.py").read_text() == OLD


def test_writing_needs_a_file():
    write("train.py", OLD)
    assert "goes with --baseline FILE" in run("train.py", "--write-baseline").stderr


@pytest.mark.parametrize("pattern", ["old", "*/old/*", "legacy.py", "src/old/legacy.py"])
def test_files_of_a_folder_are_excluded(pattern):
    write("src/old/legacy.py", OLD)
    write("src/fine.py", "x = 1\n")
    assert run("src", "--as", "source").exit_code == 1
    assert run("src", "--as", "source", "--exclude", pattern).exit_code == 0


def test_a_file_that_is_named_is_judged_all_the_same():
    write("old/legacy.py", OLD)
    assert run("old/legacy.py", "--exclude", "old").exit_code == 1


def test_to_exclude_everything_is_an_error():
    write("src/train.py", OLD)
    result = run("src", "--as", "source", "--exclude", "*.py")
    assert result.exit_code == 2
    assert "--exclude leaves no file" in result.stderr


def test_findings_that_do_not_fail():
    write("train.py", OLD)
    result = run("train.py", "--exit-zero")
    assert result.exit_code == 0
    assert "verbose" in result.stdout
    write("broken.py", "x = (\n")
    assert run("broken.py", "--exit-zero").exit_code == 2
