"""Commands as people mistype them: what is wrong, the nearest right thing, and status 2."""

import sys

import pytest
from typer.testing import CliRunner

from lrplan.cli import app

SPEC = """\
training: {epochs: 2, steps_per_epoch: 3}
schedules:
  one: {optimizer: {type: SGD, lr: 0.1}, scheduler: {type: StepLR, step_size: 1}}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    (tmp_path / "schedules.yaml").write_text(SPEC)
    (tmp_path / "train.py").write_text("import torch\n")
    (tmp_path / "train.lrrec").write_text("")
    (tmp_path / "log.csv").write_text("step,lr\n0,0.1\n1,0.1\n")
    (tmp_path / "log.txt").write_text("hello\n")
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "b.yaml").write_text(SPEC)
    (tmp_path / "configs" / "a.json").write_text("{}")
    (tmp_path / "configs" / "notes.txt").write_text("")
    (tmp_path / "empty").mkdir()
    return tmp_path


def said(*arguments):
    result = CliRunner().invoke(app, list(arguments))
    assert "Traceback" not in result.output
    assert (result.exit_code, result.stdout) == (2, ""), result.output
    return " ".join(result.stderr.replace("│", " ").split())


WRONG = {
    "plot schedule.yaml": "schedule.yaml:1:1: error: there is no such file [unreadable-file]"
    " = did you mean `schedules.yaml`?",
    "plot schedules.yml": "= did you mean `schedules.yaml`?",
    "plot Schedules.YAML": "= did you mean `schedules.yaml`?",
    "plot schedules": "there is no file `schedules`; did you mean `schedules.yaml`?",
    "table ./schedule.yml": "= did you mean `./schedules.yaml`?",
    "lock configs/b.yml": "= did you mean `configs/b.yaml`?",
    "import log.cvs": "= did you mean `log.csv`?",
    "audit log.cvs": "log.cvs: there is no such file; did you mean `log.csv`?",
    "record trin.py": "there is no script trin.py; did you mean `train.py`?",
    "sources schedule.yaml": "there is no such file or folder; did you mean `schedules.yaml`?",
    "sources nothing": "error: nothing: there is no such file or folder",
    "plot configs": "this is a folder, not a regular file [unreadable-file] = it holds a.json,"
    " b.yaml; `lrplan sources configs` says what can be read in it",
    "plot empty": "= `lrplan sources empty` says what can be read in it",
    "plot schedules.yaml -o pictures/a.png": "the folder pictures does not exist",
    "plot schedules.yaml --field learning_rate": "field `learning_rate`; did you mean `lr`?",
    "plot schedules.yaml --field wd --term": "the field `wd`; did you mean `weight_decay`?",
    "table schedules.yaml --field momentm": "`momentm`; did you mean `momentum`?",
    "table log.csv --field wd": "no schedule has the field `wd`; there is lr",
    "table schedules.yaml --as tim": "no family of that name; did you mean `timm`?",
    "validate schedules.yaml --as sourc": "no family of that name; did you mean `source`?",
    "table schedules.yaml --config none.toml": "cannot read none.toml: there is no such file",
    "export schedules.yaml -o a.xlsx": "the suffix of a.xlsx tells no format: give --format with"
    " json, csv, pytorch, lightning, transformers or markdown",
    "export schedules.yaml -o a.py": "give --format with pytorch, lightning or transformers",
    "explain StepLR": "no rule `StepLR`; `lrplan schedulers StepLR` describes the scheduler",
    "schedulers lr-negative": "`lrplan explain lr-negative` is about the rule",
    "plot configs/notes.txt": "error: the spec is empty [yaml-syntax]",
    "plot log.txt": "not the string 'hello' [wrong-type] 1 | hello | ^^^^^ = `lrplan sources` lists"
    " what can be read, `lrplan init` writes a spec to start from",
    "table schedules.yaml --set schedules.one.optimizer.lrr=2": "= did you mean `lr`?",
    "audit schedules.yaml": "is a spec, and no log: lrplan audit LOG --plan schedules.yaml",
}


@pytest.mark.parametrize(("typed", "answer"), WRONG.items(), ids=WRONG)
def test_the_answer_names_the_nearest_right_thing(typed, answer, folder):
    before = sorted(folder.rglob("*"))
    assert answer in said(*typed.split())
    assert sorted(folder.rglob("*")) == before


def test_a_name_unlike_all_others_gets_no_suggestion():
    assert "did you mean" not in said("plot nowhere.yaml")
    assert "did you mean" not in said("table b.yaml")


def test_a_missing_folder_is_told_before_anything_is_simulated(monkeypatch):
    monkeypatch.setitem(sys.modules, "lrplan.simulate.engine_choice", None)  # fails to import
    assert "does not exist" in said("plot", "schedules.yaml", "--no-cache", "-o", "none/a.png")


@pytest.mark.parametrize(
    ("name", "begins"),
    [("a.csv", "schedule,group,step"), ("a.md", "### `one`"), ("a.json", "{"), ("a", "{")],
)
def test_the_suffix_of_an_export_is_its_format(name, begins, folder):
    assert CliRunner().invoke(app, ["export", "schedules.yaml", "-o", name]).exit_code == 0
    assert (folder / name).read_text().startswith(begins)


def test_a_format_that_is_named_is_written_whatever_the_suffix(folder):
    words = ["export", "schedules.yaml", "-f", "csv", "-o", "a.dat"]
    assert CliRunner().invoke(app, words).exit_code == 0
    assert (folder / "a.dat").read_text().startswith("schedule,group,step")
