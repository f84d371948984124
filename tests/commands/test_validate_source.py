"""``lrplan validate train.py``: the rules on training source, which is not run."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lrplan.cli import app
from tests.support.scripts import script

LATE = script(
    """
    scheduler = StepLR(
        optimizer, 30,
        verbose=True)
    for epoch in range(90):
        for x in loader:
            model(x).backward()
            optimizer.step()
        scheduler.step(epoch)
    """
)
FINE = LATE.replace(",\n    verbose=True", "").replace("step(epoch)", "step()")
NANOGPT = "max_iters = 600\nlr_decay_iters = 600\nblock_size = 64\nlearning_rate = 6e-4\n"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(name, text):
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def run(*arguments, text=None):
    return CliRunner().invoke(app, ["validate", *map(str, arguments)], input=text)


def found(*arguments, text=None):
    result = run(*arguments, "--format", "json", text=text)
    assert result.exit_code in (0, 1, 2), result.output
    return [(each["name"], each["line"], each["column"]) for each in json.loads(result.stdout)]


def test_findings_stand_at_the_lines_of_the_script():
    write("train.py", LATE)
    assert found("train.py") == [("verbose-argument-removed", 11, 5), ("step-with-epoch", 16, 5)]
    assert run("train.py").exit_code == 1
    assert "verbose=True)\n" in run("train.py").stdout


def test_a_right_script_has_no_findings():
    write("train.py", FINE)
    result = run("train.py")
    assert (result.exit_code, result.stdout) == (0, "no findings: train.py\n")


@pytest.mark.parametrize("form", ["concise", "github", "sarif", "junit"])
def test_every_format_has_them(form):
    write("train.py", LATE)
    result = run("train.py", "--format", form)
    assert result.exit_code == 1
    assert result.stdout.count("step-with-epoch") >= 1


def test_findings_are_the_same_from_the_cache():
    write("train.py", LATE)
    assert found("train.py") == found("train.py") == found("train.py", "--no-cache")


def test_select_ignore_and_torch():
    write("train.py", LATE)
    assert [each[0] for each in found("train.py", "--select", "LRP868")] == ["step-with-epoch"]
    ignored = found("train.py", "--ignore", "step-with-epoch,LRP803")
    assert ignored == []
    severities = json.loads(run("train.py", "--torch", "2.6", "-f", "json").stdout)
    assert [each["severity"] for each in severities] == ["info", "warning"]


@pytest.mark.parametrize(
    ("old", "new", "left"),
    [
        ("step(epoch)", "step(epoch)  # lrplan: ignore[step-with-epoch]", 1),
        ("step(epoch)", "step(epoch)  # lrplan: ignore[LRP868]", 1),
        ("verbose=True)", "verbose=True)  # lrplan: ignore[verbose-argument-removed]", 1),
    ],
)
def test_a_comment_silences_a_line(old, new, left):
    write("train.py", LATE.replace(old, new))
    assert len(found("train.py")) == left


def test_a_comment_that_silences_nothing_is_named():
    write("train.py", FINE.replace("step()", "step()  # lrplan: ignore[step-with-epoch]"))
    assert [each[0] for each in found("train.py")] == ["unused-ignore"] * 2


def test_a_script_that_cannot_be_parsed_is_an_error_with_its_line():
    write("train.py", "x = 1\nfor epoch in\n")
    result = run("train.py")
    assert result.exit_code == 2
    assert "train.py:2:13: error: this is not Python" in result.stdout


def test_a_config_that_is_python_is_a_config():
    write("config.py", NANOGPT)
    assert run("config.py").stdout.count("schedule of config.py") == 1
    assert found("config.py", "--as", "source") == []


def test_a_script_with_the_names_of_a_config_is_a_script():
    write("train.py", NANOGPT + LATE)
    assert len(found("train.py")) == 2


def test_standard_input():
    assert len(found("-", "--as", "source", text=LATE)) == 2


def test_a_fact_cannot_be_set():
    write("train.py", LATE)
    result = run("train.py", "--set", "epochs=3")
    assert result.exit_code == 2
    assert "train.py is a script" in result.stderr


def test_a_folder_is_searched_with_as_source():
    write("src/train.py", LATE)
    write("src/deep/fine.py", FINE)
    write("src/template.py", "{{ name }} = = 3")
    write("src/.hidden/train.py", LATE)
    result = run("src", "--as", "source")
    assert result.exit_code == 1
    assert "1 error, 1 warning in 2 files" in result.stdout
    assert "passed over 1 script that cannot be read as Python" in result.stderr
    assert run("src").exit_code == 2  # there is no spec in it
    assert run("src", "src/template.py", "--as", "source").exit_code == 2


def test_a_folder_without_scripts_is_named():
    Path("empty").mkdir()
    result = run("empty", "--as", "source")
    assert result.exit_code == 2
    assert "there is no spec and no script in empty" in result.stderr


def test_a_notebook(tmp_path):
    cells = [{"cell_type": "code", "source": LATE.splitlines(keepends=True)}]
    write("train.ipynb", json.dumps({"cells": cells}, indent=1))
    lines = Path("train.ipynb").read_text().splitlines()
    names = [(name, lines[line - 1].strip()) for name, line, _ in found("train.ipynb")]
    assert names == [
        ("verbose-argument-removed", '"    verbose=True)\\n",'),
        ("step-with-epoch", '"    scheduler.step(epoch)\\n"'),
    ]
