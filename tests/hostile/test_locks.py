"""Lock files that something went wrong with: they are reported, and never taken for sound."""

from __future__ import annotations

import random
import tracemalloc

import pytest

from tests.hostile.attack import SOUND, UNSEEN, run

NAME = "spec.lrplan.lock"


@pytest.fixture
def locked(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "spec.yaml").write_text(SOUND)
    assert run("lock", "spec.yaml").exit_code == 0
    return tmp_path / NAME


def verdict(path, data):
    path.write_bytes(data)
    result = run("lock", "spec.yaml", "--check")
    assert not UNSEEN & set(result.output)
    return result.exit_code


def test_every_cut(locked):
    data = locked.read_bytes()
    end = len(data.rstrip())
    verdicts = {size: verdict(locked, data[:size]) for size in range(0, end, 7)}
    assert {size for size, status in verdicts.items() if status == 0} == set()


def flips(data, every, seed):
    chosen = random.Random(seed)
    for index in range(0, len(data), every):
        yield index, data[:index] + bytes([chosen.randrange(256)]) + data[index + 1 :]


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_every_byte_changed(locked, seed):
    data = locked.read_bytes()
    for _, changed in flips(data, 5 if seed == 0 else 1, seed):
        assert verdict(locked, changed) in (0, 1, 2)


HUGE = "9" * 30


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("steps: 6", "steps: 1000000000000000"),
        ("steps: 6", f"steps: {HUGE}"),
        ("steps: 6", "steps: 0"),
        ("steps: 6", "steps: -1"),
        ("steps: 6", "steps: 1e308"),
        ("steps_per_epoch: 3", f"steps_per_epoch: {HUGE}"),
        ("steps_per_epoch: 3", "steps_per_epoch: 0"),
        ("tolerance: 1e-09", "tolerance: .nan"),
        ("tolerance: 1e-09", "tolerance: 1e300"),
        ("tolerance: 1e-09", "tolerance: -1"),
        ("format: 2", "format: 3"),
        ("format: 2", "format: 1"),
        ("format: 2", "format: .inf"),
        ("schedules:", "schedules: 5\nx:"),
        ("  a:", "  ? [a]\n  :"),
        ("groups:", "groups: {}\n    more:"),
    ],
)
def test_absurd_entries(locked, old, new):
    text = locked.read_text()
    assert old in text
    locked.write_text(text.replace(old, new, 1))
    for arguments in (
        ("lock", "spec.yaml", "--check"),
        ("validate", "spec.yaml", "--locked"),
        ("compare", NAME, "spec.yaml"),
        ("lock", "spec.yaml", "a"),
    ):
        assert run(*arguments).exit_code != 0, arguments


def test_a_lock_of_an_endless_run_is_not_computed(locked):
    """20 million steps would be 160 MB for each group: only those of the run are made."""
    text = locked.read_text().replace("steps: 6\n", "steps: 20000000\n")
    locked.write_text(text)
    tracemalloc.start()
    try:
        assert run("lock", "spec.yaml", "--check").exit_code == 1
        assert tracemalloc.get_traced_memory()[1] < 80_000_000
    finally:
        tracemalloc.stop()
