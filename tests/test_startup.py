"""What does not simulate or draw starts without the packages that do."""

import json
import subprocess
import sys

import pytest

DRIVER = """
import json, sys
from lrplan.__main__ import main
try:
    status = main()
except SystemExit as stop:
    status = stop.code
loaded = sorted({name.partition(".")[0] for name in sys.modules})
print(json.dumps([int(status or 0), loaded]), file=open("report.json", "w"))
"""

HEAVY = {"torch", "matplotlib", "scipy", "pandas", "transformers", "lightning"}

BROKEN = "schedules:\n  a:\n    optimizer: {type: SDG, lr: 0.1}\n    scheduler: {type: StepLR}\n"


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
        timeout=60,
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
        ["schema"],
        ["rules"],
        ["explain", "LRP301"],
        ["init"],
    ],
    ids=" ".join,
)
def test_a_light_command_loads_nothing_heavy(tmp_path, arguments):
    status, loaded, messages = start(tmp_path, *arguments)
    assert status == 0, messages
    assert "typer" in loaded
    assert loaded & HEAVY == set()


@pytest.mark.parametrize(
    "command", [["plot"], ["table"], ["export", "--format", "json"]], ids=" ".join
)
def test_a_broken_spec_is_told_before_anything_heavy_loads(tmp_path, command):
    (tmp_path / "spec.yaml").write_text(BROKEN)
    status, loaded, messages = start(tmp_path, *command, "spec.yaml")
    assert status == 2
    assert "SGD" in messages
    assert loaded & HEAVY == set()


def test_the_check_sees_what_a_run_loads(tmp_path):
    (tmp_path / "spec.yaml").write_text(
        "training: {epochs: 2, steps_per_epoch: 2}\n"
        "schedules:\n  a:\n    optimizer: {type: SGD, lr: 0.1}\n"
    )
    status, loaded, messages = start(tmp_path, "table", "spec.yaml")
    assert status == 0, messages
    assert "torch" in loaded
