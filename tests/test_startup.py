"""Commands that neither simulate nor draw do not load torch or matplotlib."""

import json
import subprocess
import sys

import pytest

from tests.timeouts import HANG

DRIVER = """
import json, sys
import lrplan.__main__  # whose main() may end the process at once
from lrplan.cli import main
try:
    status = main()
except SystemExit as stop:
    status = stop.code
deferred = {name for name, module in sys.modules.items() if type(module).__name__ == "_Deferred"}
loaded = sorted({name.partition(".")[0] for name in sys.modules} - deferred)
print(json.dumps([int(status or 0), loaded]), file=open("report.json", "w"))
"""

HEAVY = {"torch", "matplotlib", "scipy", "pandas", "transformers", "lightning"}

BROKEN = "schedules:\n  a:\n    optimizer: {type: SDG, lr: 0.1}\n    scheduler: {type: StepLR}\n"

SOUND = (
    "training: {epochs: 2, steps_per_epoch: 2}\n"
    "schedules:\n  a:\n    optimizer: {type: SGD, lr: 0.1}\n"
)


def start(folder, *arguments):
    """Run the command in a process of its own: its exit status, the packages it loaded, stderr."""
    code = f"import sys; sys.argv[1:] = {list(arguments)!r}; sys.argv[0] = 'lrplan'\n{DRIVER}"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=HANG,
    )
    report = folder / "report.json"
    assert report.exists(), done.stderr
    status, loaded = json.loads(report.read_text())
    return status, set(loaded), done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["plot", "--help"],
        ["table", "--help"],
        ["export", "--help"],
        ["schedulers"],
        ["schedulers", "StepLR"],
        ["recipes"],
        ["recipes", "llm", "--format", "json"],
        ["schema"],
        ["rules"],
        ["explain", "LRP301"],
        ["init"],
        ["init", "--recipe", "llama1"],
        ["cache", "dir"],
        ["cache", "info"],
        ["cache", "clear"],
    ],
    ids=" ".join,
)
def test_a_light_command_loads_nothing_heavy(tmp_path, arguments):
    status, loaded, messages = start(tmp_path, *arguments)
    assert status == 0, messages
    assert "typer" in loaded
    assert loaded & HEAVY == set()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_for_completion_loads_nothing_heavy(tmp_path, monkeypatch, shell):
    # Else Typer looks for a shell among the processes that started this one: there may be none.
    monkeypatch.setenv("_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION", "1")
    status, loaded, messages = start(tmp_path, "--show-completion", shell)
    assert status == 0, messages
    assert loaded & HEAVY == set()


@pytest.mark.parametrize(
    "command",
    [["plot"], ["table"], ["export", "--format", "json"], ["validate"], ["compare"], ["lock"]],
    ids=" ".join,
)
def test_a_broken_spec_is_told_before_anything_heavy_loads(tmp_path, command):
    (tmp_path / "spec.yaml").write_text(BROKEN)
    status, loaded, messages = start(tmp_path, *command, "spec.yaml")
    assert status == 2
    assert loaded & HEAVY == set()
    if command != ["validate"]:  # which reports on standard output
        assert "SGD" in messages


def test_completion_loads_nothing_heavy(tmp_path, monkeypatch):
    monkeypatch.setenv("_LRPLAN_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", "lrplan val")
    monkeypatch.setenv("COMP_CWORD", "1")
    status, loaded, messages = start(tmp_path)
    assert status == 0, messages
    assert loaded & HEAVY == set()


@pytest.mark.parametrize(
    ("command", "needs"),
    [
        (["validate"], set()),
        (["table"], set()),
        (["export", "--format", "csv"], set()),
        (["lock", "--output", "-"], set()),
        (["plot"], {"matplotlib"}),
    ],
    ids=str,
)
def test_a_known_curve_needs_no_torch(tmp_path, monkeypatch, command, needs):
    monkeypatch.setenv("LRPLAN_NO_CACHE", "")
    monkeypatch.setenv("LRPLAN_CACHE_DIR", str(tmp_path / "cache"))
    (tmp_path / "spec.yaml").write_text(SOUND)
    status, loaded, messages = start(tmp_path, *command, "spec.yaml")
    assert status == 0, messages
    assert "torch" in loaded
    status, loaded, messages = start(tmp_path, *command, "spec.yaml")
    assert status == 0, messages
    assert loaded & HEAVY == needs
    if command == ["validate"]:  # the findings are known, not only the curve
        assert not loaded & {"numpy", "yaml"}


@pytest.mark.parametrize(
    "words", ["explain LRP301", "rules", "plot spec.yaml", "validate spec.yaml"]
)
def test_numpy_waits_until_a_number_is_needed(tmp_path, words):
    (tmp_path / "spec.yaml").write_text(BROKEN)
    _, loaded, messages = start(tmp_path, *words.split())
    assert "numpy" not in loaded, messages


def test_a_deferred_package_is_the_package(tmp_path):
    code = """
import sys
from lrplan.cli.deferred_import import defer
defer("numpy"); defer("no_such_package")
import numpy as np
assert "numpy._core" not in sys.modules and "no_such_package" not in sys.modules
from numpy import linalg
import numpy.fft
assert np is sys.modules["numpy"] and np.float64(2) == 2 and np.fft is numpy.fft
assert type(np) is type(sys) and np.__path__ and np.__file__ and np.__package__ == "numpy"
defer("numpy")
assert np is sys.modules["numpy"]
try:
    np.nothing_of_that_name
except AttributeError as error:
    assert "numpy" in str(error)
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path)


def test_the_check_sees_what_a_run_loads(tmp_path):
    (tmp_path / "spec.yaml").write_text(SOUND)
    status, loaded, messages = start(tmp_path, "table", "spec.yaml")
    assert status == 0, messages
    assert "torch" in loaded
