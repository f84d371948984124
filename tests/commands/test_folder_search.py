"""Folders that ``validate`` searches: specs, and configs of the families asked for."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lrplan.cli import app

SPEC = "training: {epochs: 9}\nschedules: {a: {optimizer: {type: SGD, lr: 0.1}}}\n"
DETECTRON = "SOLVER: {STEPS: '(60, 80)', MAX_ITER: 70, BASE_LR: 0.02, WARMUP_ITERS: 10}\n"
TIMM = "opt: sgd\nsched: cosine\nlr: 0.1\n"
FILES = {
    "pyproject.toml": "",
    "configs/spec.yaml": SPEC,
    "configs/deep/detectron.yaml": DETECTRON,
    "configs/timm.yml": TIMM,
    "configs/workflow.yaml": "on: push\njobs: {}\n",
    "configs/gpt.py": "max_iters = 40\nblock_size = 9\nwarmup_iters = 90\n",
    "configs/notes.md": "SOLVER: {}",
}


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    (tmp_path / ".git").mkdir()
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.chdir(tmp_path)


def run(*arguments):
    return CliRunner().invoke(app, ["validate", *arguments], catch_exceptions=False)


def judged(*arguments):
    """The files that findings are about, and the line that counts the others."""
    done = run(*arguments, "-f", "json", "--fail-on", "info")
    (note,) = [each for each in done.stderr.splitlines() if "passed over" in each] or [""]
    return sorted({Path(each["file"]).name for each in json.loads(done.stdout)}), note


def test_specs_alone_are_looked_for():
    assert judged("configs") == (["spec.yaml"], "passed over 3 files in folders: no spec")


@pytest.mark.parametrize(
    ("family", "file", "count"),
    [("detectron2", "detectron.yaml", 2), ("timm", "timm.yml", 2), ("nanogpt", "gpt.py", 3)],
)
def test_configs_of_a_family_are_looked_for_too(family, file, count):
    """A Python file is looked into where the family has such files."""
    files, note = judged("configs", "--as", family)
    assert files == sorted([file, "spec.yaml"])
    assert note == f"passed over {count} files in folders: no spec and no config of {family}"


def test_the_project_names_families():
    Path("pyproject.toml").write_text("[tool.lrplan]\nsources = ['detectron2', 'timm']\n")
    files, note = judged("configs")
    assert files == ["detectron.yaml", "spec.yaml", "timm.yml"]
    assert note == "passed over 1 file in folders: no spec and no config of detectron2 or timm"
    assert judged("configs", "--as", "timm")[0] == ["spec.yaml", "timm.yml"]


def test_the_settings_of_a_file_say_what_it_is():
    text = "[[tool.lrplan.files]]\nfiles = 'configs/workflow.yaml'\nas = 'timm'\n"
    Path("pyproject.toml").write_text(f"[tool.lrplan]\nsources = ['timm']\n{text}")
    assert judged("configs")[0] == ["spec.yaml", "timm.yml", "workflow.yaml"]


def test_a_file_that_is_named_is_judged_and_not_counted():
    assert judged("configs", "configs/workflow.yaml")[1] == (
        "passed over 2 files in folders: no spec"
    )
    assert "passed over" not in run("configs", "-q").stderr


WRONG = [
    (["configs/deep"], "no spec in configs/deep; `lrplan sources configs/deep` says what is there"),
    (["configs", "--as", "tim"], "--as 'tim': lrplan has no family of that name; did you mean"),
    (["configs/deep", "--as", "trl"], "there is no spec and no config of trl in configs/deep"),
]


@pytest.mark.parametrize(("arguments", "message"), WRONG)
def test_what_is_not_there_is_told(arguments, message):
    done = run(*arguments)
    assert (done.exit_code, message in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("value", "message"),
    [("['trll']", "`sources` 'trll': lrplan has no"), ("'trl'", "must be a list of families")],
)
def test_wrong_families_of_a_project_are_told(value, message):
    Path("pyproject.toml").write_text(f"[tool.lrplan]\nsources = {value}\n")
    done = run("configs")
    assert (done.exit_code, message in done.stderr) == (2, True)
