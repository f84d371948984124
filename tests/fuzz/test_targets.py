"""The targets of ``make fuzz`` without atheris: what they start from is handled."""

from __future__ import annotations

import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest

from fuzz.__main__ import SETTINGS, TARGET_NAMES
from fuzz.seeds import KEPT, write_dictionary, write_seeds
from fuzz.targets import TARGETS
from lrplan.logs.formats import FORMATS, read_log

SOME = 12
"""Seeds of each target; every rule and every row of the catalogue gives one of its own."""


@pytest.fixture(autouse=True)
def _as_fuzzed(monkeypatch):
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)


def test_the_command_knows_every_target():
    assert tuple(TARGETS) == TARGET_NAMES
    assert sum(target.share for target in TARGETS.values()) == pytest.approx(1)
    assert {path.name for path in KEPT.iterdir()} <= TARGETS.keys()


@pytest.mark.parametrize("name", TARGETS)
def test_seeds_are_handled(name, tmp_path):
    write_seeds(name, tmp_path)
    made = sorted(tmp_path.glob("seed-*"))
    assert made
    kept = [path for path in tmp_path.iterdir() if path not in made]
    for path in (*kept, *islice(made, 0, None, len(made) // SOME + 1)):
        TARGETS[name].run(path.read_bytes())


def test_every_format_of_logs_has_a_seed_that_it_reads(tmp_path):
    write_seeds("log", tmp_path)
    seeds = sorted(tmp_path.glob("seed-*"))
    assert all(path.stat().st_size <= TARGETS["log"].longest for path in seeds)
    assert {read_log(path).format for path in seeds} == {*FORMATS}


def test_words_are_in_the_form_that_a_fuzzer_reads(tmp_path):
    write_dictionary(tmp_path / "words")
    lines = (tmp_path / "words").read_text().splitlines()
    assert all(line.startswith('"') and line.endswith('"') for line in lines)
    assert {'"CosineAnnealingLR"', '"T_max"', '"interval"', '"5ep"'} <= {*lines}


def test_one_input_is_run_again(tmp_path):
    path = tmp_path / "crash"
    path.write_text("5ep")
    done = asked("--replay", str(path), "duration")
    assert (done.returncode, done.stdout) == (0, f"{path} is handled\n")


def test_an_unknown_target_is_refused():
    done = asked("specs")
    assert done.returncode == 2
    assert "there is no target specs" in done.stderr


def asked(*arguments):
    command = [sys.executable, "-m", "fuzz", *arguments]
    root = Path(__file__).parents[2]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
