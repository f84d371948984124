"""``lrplan validate --diff`` and ``--fix`` change what the rules say, and nothing else."""

import json
import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lrplan.cli import app
from lrplan.commands.checking.fixes import rewrite
from lrplan.errors import OutputError
from tests.support.scripts import script

BROKEN = script(
    """
    scheduler = ExponentialLR(  # "é" before, and a comment that stays
        optimizer, gamma=0.9,
        verbose=True)
    for epoch in range(90):
        for x in loader:
            model(x).backward()
            optimizer.step()
        scheduler.step(epoch); print("ünï", scheduler.get_lr()[0])   # two mistakes
    """
)
SAFE = BROKEN.replace(",\n    verbose=True)", ")").replace("get_lr()[0]", "get_last_lr()[0]")
ALL = SAFE.replace("step(epoch)", "step()")
OLD_NAME = """\
from torch.optim.lr_scheduler import StepLR, _LRScheduler


class Own(_LRScheduler):
    def attach(self, other: _LRScheduler):
        return isinstance(other, _LRScheduler)
"""
SPEC = """\
training: {epochs: 30, steps_per_epoch: 10}   # kept
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: StepLR, step_size: 10, verbose: true}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments, text=None):
    return CliRunner().invoke(app, ["validate", *map(str, arguments)], input=text)


def fixed(text, *options, name="train.py"):
    path = Path(name)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    result = run(name, "--fix", *options)
    return result, path.read_bytes()


def test_safe_fixes_are_written_and_the_rest_is_reported():
    result, data = fixed(BROKEN)
    assert data.decode() == SAFE
    assert "2 fixes written to train.py" in result.stderr
    assert "step-with-epoch" in result.stdout
    assert result.exit_code == 1


def test_unsafe_fixes_are_written_when_they_are_asked_for():
    result, data = fixed(BROKEN, "--unsafe-fixes")
    assert data.decode() == ALL
    assert (result.exit_code, result.stdout) == (0, "no findings: train.py\n")
    compile(data, "train.py", "exec")


def test_a_second_time_changes_nothing():
    _, once = fixed(BROKEN, "--unsafe-fixes")
    result, twice = fixed(once, "--unsafe-fixes")
    assert twice == once
    assert "written" not in result.stderr


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encoding_and_line_ends_stay(ends, encoding):
    before, after = (text.replace("\n", ends).encode(encoding) for text in (BROKEN, ALL))
    assert fixed(before, "--unsafe-fixes")[1] == after


def test_a_name_is_changed_wherever_it_stands():
    _, data = fixed(OLD_NAME)
    assert data.decode() == OLD_NAME.replace("_LRScheduler", "LRScheduler")


@pytest.mark.parametrize(
    "text",
    [
        OLD_NAME + "__all__ = ['_LRScheduler']\n",
        OLD_NAME + "class LRScheduler:\n    pass\n",
        OLD_NAME.replace("_LRScheduler\n", "_LRScheduler, LRScheduler\n"),
        BROKEN.replace("gamma=0.9,", "gamma=0.9,  # here")
        .replace("step(epoch)", "step()")
        .replace("get_lr", "get_last_lr"),
    ],
    ids=["in-a-text", "taken", "imported-too", "comment-between"],
)
def test_what_is_not_mechanical_is_left_alone(text):
    assert fixed(text)[1].decode() == text


def test_the_mode_stays():
    path = Path("train.py")
    path.write_text(BROKEN)
    path.chmod(0o755)
    run("train.py", "--fix")
    assert stat.S_IMODE(path.stat().st_mode) == 0o755 or os.name == "nt"


@pytest.mark.skipif(shutil.which("git") is None, reason="git applies the diff")
def test_a_diff_is_shown_and_nothing_written():
    path = Path("train.py")
    path.write_text(BROKEN, "utf-8")
    result = run("train.py", "--diff", "--unsafe-fixes")
    assert path.read_text("utf-8") == BROKEN
    assert result.exit_code == 1
    assert "3 fixes would be written by --fix" in result.stderr
    done = subprocess.run(["git", "apply"], input=result.stdout.encode(), check=False)
    assert done.returncode == 0
    assert path.read_text("utf-8") == ALL
    assert run("train.py", "--diff").exit_code == 0


def test_only_what_is_selected_is_fixed():
    _, data = fixed(BROKEN, "--select", "LRP803")
    assert data.decode() == BROKEN.replace(",\n    verbose=True)", ")")


def test_a_spec_is_fixed_too():
    result, data = fixed(SPEC, name="spec.yaml")
    assert data.decode() == SPEC.replace(", verbose: true", "")
    assert result.exit_code == 0


CELLS = [
    "# é\n" + OLD_NAME,
    BROKEN.replace(",\n    verbose=True", ", verbose=True  "),
]


def notebook(**options):
    cells = [{"cell_type": "code", "source": each.splitlines(keepends=True)} for each in CELLS]
    cells.insert(1, {"cell_type": "markdown", "source": ['scheduler.get_lr() "é"']})
    return json.dumps({"cells": cells, "metadata": {"a": 1.50}}, **options)


@pytest.mark.parametrize("ascii_only", [True, False])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_notebook_is_fixed_in_its_strings(ascii_only, line_end):
    text = notebook(indent=1, ensure_ascii=ascii_only).replace("\n", line_end)
    expected = text.replace("scheduler.get_lr()[0])   ", "scheduler.get_last_lr()[0])   ")
    expected = expected.replace(", verbose=True", "").replace("_LRScheduler", "LRScheduler")
    result, data = fixed(text, name="a.ipynb")
    assert data.decode() == expected
    assert json.loads(data)["metadata"] == {"a": 1.5}
    assert fixed(data.decode(), name="a.ipynb")[1] == data
    assert result.exit_code == 1  # step(epoch) is left


def test_text_of_a_notebook_that_looks_like_its_code_stays():
    """A notebook may quote its code before it runs it, or print it."""
    book = json.loads(notebook())
    code = next(each for each in book["cells"] if each["cell_type"] == "code")
    quoted = {"cell_type": "markdown", "metadata": {}, "source": code["source"]}
    printed = {"output_type": "stream", "name": "stdout", "text": code["source"]}
    book["cells"] = [quoted, {**code, "outputs": [printed], "source": []}, code]
    text = json.dumps(book, indent=1)
    result, data = fixed(text, name="a.ipynb")
    assert "written to a.ipynb" in result.stderr
    after = json.loads(data)["cells"]
    assert after[:2] == book["cells"][:2]
    assert after[2] != code
    assert "_LRScheduler" not in "".join(after[2]["source"])


def test_a_notebook_on_one_line_and_a_fix_over_several_are_left():
    assert fixed(notebook(), name="a.ipynb")[1].decode() == notebook()
    cells = [{"cell_type": "code", "source": BROKEN.splitlines(keepends=True)}]
    text = json.dumps({"cells": cells}, indent=1)
    assert "verbose=True" in fixed(text, name="a.ipynb")[1].decode()


def test_programs_that_read_the_report_get_the_fixes():
    Path("train.py").write_text(BROKEN, "utf-8")
    (edit,) = json.loads(run("train.py", "--select", "LRP803", "-f", "json").stdout)[0]["edits"]
    assert edit == {"line": 10, "column": 25, "end_line": 11, "end_column": 17, "new": ""}
    (result,) = json.loads(run("train.py", "--select", "LRP803", "-f", "sarif").stdout)["runs"][0][
        "results"
    ]
    (part,) = result["fixes"][0]["artifactChanges"][0]["replacements"]
    assert part["deletedRegion"]["startColumn"] == 25


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_a_link_is_refused():
    Path("real.py").write_text(BROKEN, "utf-8")
    Path("train.py").symlink_to("real.py")
    result = run("train.py", "--fix")
    assert result.exit_code == 2
    assert "train.py is a link" in result.stderr
    assert Path("real.py").read_text("utf-8") == BROKEN


def test_a_file_that_has_changed_meanwhile_is_refused():
    path = Path("train.py")
    path.write_text("x = 2\n")
    with pytest.raises(OutputError, match="has changed since it was read"):
        rewrite("train.py", "x = 1\n", "x = 3\n")
    assert path.read_text() == "x = 2\n"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--fix", "--diff"], "give one of the two"),
        (["--unsafe-fixes"], "goes with --diff or --fix"),
    ],
)
def test_options_that_do_not_go_together(options, message):
    Path("train.py").write_text("x = 1\n")
    result = run("train.py", *options)
    assert result.exit_code == 2
    assert message in result.stderr


def test_standard_input_is_no_file_to_fix():
    result = run("-", "--as", "source", "--fix", text=BROKEN)
    assert result.exit_code == 2
    assert "- is not a file" in result.stderr
