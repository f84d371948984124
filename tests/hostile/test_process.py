"""A whole process, told to stop at any moment, or started in surroundings that lack something."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from tests.hostile.attack import SOUND
from tests.timeouts import HANG

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")

LONG = """\
training: {epochs: 300, steps_per_epoch: 10000}
schedules:
  a:
    optimizer: {type: AdamW, lr: 0.1}
    scheduler: {type: CosineAnnealingLR, T_max: 300ep, interval: step}
  b:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: OneCycleLR, max_lr: 1, total_steps: 300ep, interval: step}
"""


LISTENING = """
import signal
for name in ("SIGINT", "SIGTERM", "SIGHUP"):
    signal.signal(getattr(signal, name), signal.SIG_DFL)
import lrplan.__main__ as program
install = program.install_signal_handlers
def announced():
    install()
    print("listening", flush=True)
program.install_signal_handlers = announced
program.main()
"""
"""Says when signals are attended to: before that, they reach Python and not lrplan.

Those that a parent ignores are ignored by its children too, and so by lrplan: nohup ignores SIGHUP,
a shell without job control SIGINT for what runs in its background.
"""


def start(folder, *arguments, code=(), **variables):
    environment = {**os.environ, **variables}
    return subprocess.Popen(
        [sys.executable, *(code or ("-m", "lrplan")), *arguments],
        cwd=folder,
        env={name: value for name, value in environment.items() if value is not None},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
    )


def interrupted(folder, arguments, delay, number=signal.SIGINT):
    """The output of a process that gets a signal ``delay`` seconds after it installed its
    handler."""
    process = start(folder, *arguments.split(), code=("-c", LISTENING))
    assert process.stdout.readline() == "listening\n"
    time.sleep(delay)
    process.send_signal(number)
    out, err = process.communicate(timeout=HANG)
    return process.returncode, out, err


def check(folder, arguments, delay, number=signal.SIGINT):
    before = sorted(folder.iterdir())
    status, _, err = interrupted(folder, arguments, delay, number)
    assert "Traceback" not in err, err
    assert "fault of lrplan" not in err, err
    assert status == 128 + number, (status, err)
    assert sorted(folder.iterdir()) == before


COMMANDS = (
    "validate long.yaml --engine step --no-cache",
    "plot long.yaml -o x.png --engine step --no-cache",
    "export long.yaml -f csv -o x.csv --engine step --no-cache",
    "compare long.yaml long.yaml --engine step --no-cache",
)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "long.yaml").write_text(LONG)
    (tmp_path / "sound.yaml").write_text(SOUND)
    return tmp_path


@pytest.mark.parametrize("delay", [0.25, 1.2])
def test_ctrl_c(folder, delay):
    check(folder, COMMANDS[0], delay)


def test_being_terminated(folder):
    check(folder, COMMANDS[2], 1.2, signal.SIGTERM)


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS, ids=lambda each: each.split()[0])
@pytest.mark.parametrize("delay", [round(0.15 + 0.11 * step, 2) for step in range(24)])
def test_ctrl_c_at_any_moment(folder, command, delay):
    check(folder, command, delay)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("delay", [0.2, 0.6, 1.0, 2.0, 4.0])
def test_being_terminated_at_any_moment(folder, delay, number):
    check(folder, COMMANDS[2], delay, number)


def finished(process):
    out, err = process.communicate(timeout=HANG)
    return process.returncode, out, err


NOWHERE = "/proc/nowhere/at/all"
SURROUNDINGS = {
    "no home": {"HOME": None, "XDG_CACHE_HOME": None, "XDG_CONFIG_HOME": None},
    "a home that is not there": {"HOME": NOWHERE, "MPLCONFIGDIR": None},
    "a closed matplotlib folder": {"MPLCONFIGDIR": NOWHERE},
    "an unknown backend": {"MPLBACKEND": "nonsense"},
    "a backend with windows": {"MPLBACKEND": "TkAgg", "DISPLAY": None},
    "a narrow terminal": {"COLUMNS": "20"},
    "no width at all": {"COLUMNS": "0"},
    "an odd width": {"COLUMNS": "x"},
    "ASCII only": {"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
    "Latin-1": {"LC_ALL": "C", "PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"},
    "forced colours": {"FORCE_COLOR": "1", "TERM": "xterm-256color"},
    "a dumb terminal": {"TERM": "dumb", "NO_COLOR": "1"},
    "a cache that cannot be": {"XDG_CACHE_HOME": NOWHERE, "LRPLAN_CACHE_DIR": NOWHERE},
    "no bytecode": {"PYTHONDONTWRITEBYTECODE": "1", "TMPDIR": NOWHERE},
}
SHORT = ("plot sound.yaml -o x.svg", "table sound.yaml", "validate sound.yaml")


@pytest.mark.slow
@pytest.mark.parametrize("command", SHORT, ids=lambda each: each.split()[0])
@pytest.mark.parametrize("variables", SURROUNDINGS.values(), ids=SURROUNDINGS)
def test_surroundings(folder, command, variables):
    status, _, err = finished(start(folder, *command.split(), **variables))
    assert "Traceback" not in err, err
    assert "Warning" not in err, err
    assert status == 0, err


@pytest.mark.slow
def test_forced_colour_draws_no_bar_into_a_file(folder):
    command = "validate long.yaml --engine step --no-cache"
    _, _, err = finished(start(folder, *command.split(), FORCE_COLOR="1", TERM="xterm"))
    assert "\x1b[?25l" not in err
    assert "\r" not in err


@pytest.mark.parametrize("package", ["matplotlib", "torch", "yaml"])
def test_a_package_that_is_missing(folder, package):
    lines = (
        f"import sys; sys.modules[{package!r}] = None",
        "from lrplan.__main__ import main",
        "sys.argv = ['lrplan', 'plot', 'sound.yaml']",
        "main()",
    )
    code = "; ".join(lines)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2, done.stderr
    assert package in done.stderr
    assert "Traceback" not in done.stderr
