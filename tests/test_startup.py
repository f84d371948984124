"""Commands that neither simulate nor draw do not load torch or matplotlib."""

import json
import subprocess
import sys

import pytest

from tests.timeouts import HANG

DRIVER = """
import contextlib, io, json, os, sys
import lrplan.__main__  # whose main() may end the process at once
from lrplan.cli import main
reports = []
for number, words in enumerate(json.loads(sys.argv.pop())):
    os.makedirs(str(number), exist_ok=True)
    os.chdir(str(number))
    sys.argv[:] = ["lrplan", *words]
    with contextlib.redirect_stderr(io.StringIO()) as messages:
        try:
            status = main()
        except SystemExit as stop:
            status = stop.code
    os.chdir("..")
    deferred = {name for name in sys.modules if type(sys.modules[name]).__name__ == "_Deferred"}
    loaded = sorted({name.partition(".")[0] for name in sys.modules} - deferred)
    reports.append([int(status or 0), loaded, messages.getvalue()])
print(json.dumps(reports), file=open("report.json", "w"))
"""

HEAVY = {"torch", "matplotlib", "scipy", "pandas", "transformers", "lightning"}

BROKEN = "schedules:\n  a:\n    optimizer: {type: SDG, lr: 0.1}\n    scheduler: {type: StepLR}\n"

SOUND = (
    "training: {epochs: 2, steps_per_epoch: 2}\n"
    "schedules:\n  a:\n    optimizer: {type: SGD, lr: 0.1}\n"
)


def start(folder, *commands):
    """Run commands one after another in a process of their own, each in a folder of its own.

    Returns:
        Of each command its exit status, the packages that are loaded by then, and its messages.
    """
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", DRIVER, json.dumps(commands)],
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=HANG,
    )
    report = folder / "report.json"
    assert report.exists(), done.stderr
    return [(status, set(names), told) for status, names, told in json.loads(report.read_text())]


def wrong(commands, reports, *, status, not_loaded):
    """Of each command that ended in another way, or loaded a package: what it did, and said."""
    assert len(reports) == len(commands) > 0
    return {
        " ".join(words): (ended, sorted(loaded & not_loaded), told)
        for words, (ended, loaded, told) in zip(commands, reports, strict=True)
        if ended != status or loaded & not_loaded
    }


LIGHT = [
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
    ["init", "--template", "gan"],
    ["init", "--list"],
    ["cache", "dir"],
    ["cache", "info"],
    ["cache", "clear"],
    *(["--show-completion", shell] for shell in ("bash", "zsh", "fish")),
]


def test_a_light_command_loads_nothing_heavy(tmp_path, monkeypatch):
    # Else Typer looks for a shell among the processes that started this one: there may be none.
    monkeypatch.setenv("_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION", "1")
    reports = start(tmp_path, *LIGHT)
    assert "typer" in reports[0][1]
    assert wrong(LIGHT, reports, status=0, not_loaded=HEAVY) == {}


def test_a_broken_spec_is_told_before_anything_heavy_loads(tmp_path):
    spec = tmp_path / "spec.yaml"
    spec.write_text(BROKEN)
    words = [["validate"], ["plot"], ["table"], ["export", "-f", "json"], ["compare"], ["lock"]]
    commands = [[*each, str(spec)] for each in words]
    reports = start(tmp_path, *commands)
    assert wrong(commands, reports, status=2, not_loaded=HEAVY) == {}
    # `validate` reports on standard output.
    assert ["SGD" in told for _, _, told in reports] == [False, *[True] * 5]


@pytest.mark.parametrize("words", ["lrplan val", "lrplan explain LRP3", "lrplan plot Cos"])
def test_completion_loads_nothing_heavy(words, tmp_path, monkeypatch):
    monkeypatch.setenv("_LRPLAN_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(words.count(" ")))
    assert wrong([[]], start(tmp_path, []), status=0, not_loaded=HEAVY) == {}


def test_a_known_curve_needs_no_torch(tmp_path, monkeypatch):
    monkeypatch.setenv("LRPLAN_NO_CACHE", "")
    monkeypatch.setenv("LRPLAN_CACHE_DIR", str(tmp_path / "cache"))
    spec = tmp_path / "spec.yaml"
    spec.write_text(SOUND)
    validate = ["validate", str(spec)]
    ((status, loaded, messages),) = start(tmp_path, validate)
    assert status == 0, messages
    assert "torch" in loaded
    # The findings are known, not only the curve.
    assert (
        wrong([validate], start(tmp_path, validate), status=0, not_loaded={*HEAVY, "numpy", "yaml"})
        == {}
    )
    others = [["table"], ["plot", "--term"], ["export", "--format", "csv"]]
    others += [["lock", "--output", "-"]]
    commands = [[each[0], str(spec), *each[1:]] for each in others]
    assert wrong(commands, start(tmp_path, *commands), status=0, not_loaded=HEAVY) == {}
    plot = ["plot", str(spec)]
    assert wrong([plot], start(tmp_path, plot), status=0, not_loaded=HEAVY - {"matplotlib"}) == {}


def test_numpy_waits_until_a_number_is_needed(tmp_path):
    spec = tmp_path / "spec.yaml"
    spec.write_text(BROKEN)
    sound = [["explain", "LRP301"], ["rules"]]
    assert wrong(sound, start(tmp_path, *sound), status=0, not_loaded={"numpy"}) == {}
    broken = [["plot", str(spec)], ["validate", str(spec)]]
    assert wrong(broken, start(tmp_path, *broken), status=2, not_loaded={"numpy"}) == {}


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
    spec = tmp_path / "spec.yaml"
    spec.write_text(SOUND)
    commands = [["rules"], ["table", str(spec)]]
    assert set(wrong(commands, start(tmp_path, *commands), status=0, not_loaded=HEAVY)) == {
        f"table {spec}"
    }
