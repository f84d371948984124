"""The end of the process once torch is loaded: at once, and with all work done."""

import subprocess
import sys

import pytest

from tests.timeouts import HANG

DRIVER = """
import atexit, sys
from lrplan.__main__ import main
atexit.register(print, "registered")
try:
    main()
finally:
    print("taken apart")
"""

SPEC = (
    "training: {{epochs: 2, steps_per_epoch: 2}}\n"
    "schedules:\n  a:\n    optimizer: {{type: SGD, lr: 0.1}}\n"
    "    scheduler: {{type: CosineAnnealingLR, T_max: {ticks}}}\n"
)


@pytest.mark.parametrize(("ticks", "status"), [(1, 1), pytest.param(2, 0, marks=pytest.mark.slow)])
def test_what_is_registered_is_done_and_the_status_told(tmp_path, ticks, status):
    (tmp_path / "spec.yaml").write_text(SPEC.format(ticks=ticks))
    done = subprocess.run(
        [sys.executable, "-c", DRIVER, "validate", "spec.yaml", "--no-cache", "-f", "concise"],
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
        timeout=HANG,
    )
    assert done.returncode == status
    assert done.stdout.endswith("registered\n")
    assert "taken apart" not in done.stdout
    assert done.stderr == ""


def test_a_light_command_ends_as_usual(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", DRIVER, "--version"],
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
        timeout=HANG,
    )
    assert done.returncode == 0
    assert done.stdout.endswith("taken apart\nregistered\n")
