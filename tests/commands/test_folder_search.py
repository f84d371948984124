"""Folders that ``validate`` searches: specs, and configs of the families asked for."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lrplan.cli import app

SPEC = "training: {epochs: 9}\nschedules: {a: {optimizer: {type: SGD, lr: 0.1}}}\n"
DETECTRON = "SOLVER: {STEPS: '(60, 80)', MAX_ITER: 70, BASE_LR: 0.02, WARMUP_ITERS: 10}\n"
SCRIPT = """\
import torch

optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.1)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2, verbose=True)
for epoch in range(9):
    optimizer.step()
    scheduler.step()
"""
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


UNREADABLE = ", and 1 script that cannot be read as Python: name one to see why"


@pytest.mark.parametrize(
    ("sources", "arguments", "files", "passed_over"),
    [
        (
            ["source", "timm"],
            [],
            ["spec.yaml", "timm.yml", "train.py"],
            "passed over 4 files in folders: no spec, no script and no config of timm",
        ),
        (
            ["source", "nanogpt"],
            [],
            ["gpt.py", "spec.yaml", "train.py"],
            "passed over 4 files in folders: no spec, no script and no config of nanogpt",
        ),
        (
            ["timm"],
            ["--as", "source"],
            ["spec.yaml", "train.py"],
            "passed over 5 files in folders: no spec and no script",
        ),
    ],
)
def test_scripts_are_looked_for_beside_families(sources, arguments, files, passed_over):
    """A config in Python is no script, and a spec is judged as one with ``--as source``."""
    Path("pyproject.toml").write_text(f"[tool.lrplan]\nsources = {sources}\n")
    Path("configs/train.py").write_text(SCRIPT)
    Path("configs/template.py").write_text("{{ name }} = = 3")
    assert judged("configs", *arguments) == (files, passed_over + UNREADABLE)


def test_a_script_that_is_named_beside_its_folder_must_be_readable():
    Path("configs/template.py").write_text("{{ name }} = = 3")
    assert "template.py" not in run("configs", "--as", "source").stdout
    named = run("configs", "configs/template.py", "--as", "source")
    assert "configs/template.py:1" in named.stdout
    assert "cannot be read as Python: name" not in named.stderr


WRONG = [
    (["configs/deep"], "no spec in configs/deep; `lrplan sources configs/deep` says what is there"),
    (["configs", "--as", "tim"], "--as 'tim': lrplan has no family of that name; did you mean"),
    (["configs", "--as", "sorce"], "did you mean `source`?"),
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
