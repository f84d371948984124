"""``[[tool.lrplan.files]]``: facts, a family and ignored rules for files by pattern."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lrplan.cli import app
from lrplan.config import _matches
from tests.support.for_all import for_all

ARGUMENTS = "per_device_train_batch_size: 4\nlr_scheduler_type: constant\nwarmup_ratio: 0.1\n"


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    (tmp_path / ".git").mkdir()
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "a.yaml").write_text(ARGUMENTS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(app, [*arguments], catch_exceptions=False)


def settings(text):
    Path("pyproject.toml").write_text(f"[[tool.lrplan.files]]\n{text}\n")


def names(done):
    return [each["name"] for each in json.loads(done.stdout)]


FACTS = "files = 'configs/*.yaml'\nset = {dataset_size = 1000, world_size = 2, nc = 80}"


def test_facts_are_taken_where_a_file_reads_them():
    assert run("validate", "configs/a.yaml").exit_code == 2
    settings(FACTS)
    done = run("validate", "configs/a.yaml", "-f", "json")
    assert (done.exit_code, names(done)) == (1, ["misleading-config-key"])
    assert run("plot", "configs/a.yaml", "-o", "a.svg").exit_code == 0
    assert "dataset_size: 1000" in run("import", "configs/a.yaml").stdout
    assert '"lacks": []' in run("sources", "configs", "-f", "json").stdout


def test_the_command_line_comes_first():
    settings(FACTS)
    text = run("import", "configs/a.yaml", "--set", "dataset_size=77").stdout
    assert "dataset_size: 77 " in text
    assert run("import", "configs/a.yaml", "--set", "nc=77").exit_code == 2


def test_rules_are_ignored_for_these_files_only():
    settings(f"{FACTS}\nignore = ['misleading-config-key']")
    done = run("validate", "configs/a.yaml")
    assert done.exit_code == 0
    assert "configs/a.yaml: [[tool.lrplan.files]] left out 1 finding" in done.stderr
    Path("b.yaml").write_text(ARGUMENTS)
    done = run("validate", "b.yaml", "--set", "max_steps=9", "-f", "json")
    assert names(done) == ["misleading-config-key"]


def test_the_family_is_taken():
    settings(f"{FACTS}\nas = 'axolotl'")
    done = run("validate", "configs/a.yaml", "-f", "json")
    assert "axolotl needs `learning_rate`" in done.stdout


WRONG = [
    ("unknown key", ("files = 'a'\ntrust = true", "has no setting `trust`")),
    ("no table", ("files = 'a'\nset = 3", "`set` must be a table")),
    ("a list", ("files = 'a'\nset = {a = [1]}", "numbers, texts and booleans")),
    ("no pattern", ("as = 'trl'", "must be texts")),
    ("unknown rule", ("files = 'configs/*'\nignore = ['x-y']", "there is no rule `x-y`")),
]


def test_wrong_settings_are_told():
    for name, (text, part) in WRONG:
        settings(text)
        done = run("validate", "configs/a.yaml")
        assert (done.exit_code, part in done.output) == (2, True), name


PATTERNS = [
    ("name", ("a.yaml", "a.yaml", True)),
    ("folder", ("x/a.yaml", "a.yaml", False)),
    ("star", ("x/a.yaml", "x/*.yaml", True)),
    ("star is one part", ("x/y/a.yaml", "x/*.yaml", False)),
    ("any depth", ("x/y/a.yaml", "**/*.yaml", True)),
    ("no depth", ("a.yaml", "**/*.yaml", True)),
    ("below", ("x/y/a.yaml", "x/**", True)),
]


@for_all(PATTERNS)
def test_patterns_go_part_by_part(path, pattern, expected):
    """``**`` is any depth."""
    assert _matches(tuple(path.split("/")), tuple(pattern.split("/"))) is expected
