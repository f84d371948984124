"""Locks of format 1: read, compared as far as they go, and what they cannot decide is said."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.hostile.attack import run

HERE = Path(__file__).parent
SPIKE = "5 if t == 500 else -5 if t == 501 else 0"


@pytest.fixture
def spec(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("format-1.yaml", "format-1.lrplan.lock"):
        shutil.copy(HERE / name, tmp_path / name.replace("format-1", "spec"))
    return tmp_path / "spec.yaml"


def change(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def flat(text):
    return " ".join(text.split())


def test_the_same_digest_decides_every_step(spec):
    result = run("lock", "spec.yaml", "--check")
    assert (result.exit_code, result.stdout) == (0, "")
    assert flat(result.stderr) == "spec.yaml: 2 schedules are as locked"


def test_a_change_between_its_steps_is_no_match(spec):
    change(spec, '"1 - t / 2000"', f'"1 - t / 2000 + ({SPIKE})"')
    result = run("lock", "spec.yaml", "--check")
    assert result.exit_code == 1
    told = flat(result.stdout)
    assert "`spike` may not be what was locked: the schedule in the spec or its metrics" in told
    assert "these are the same." in told


def test_another_digest_alone_is_told_and_passes(spec):
    """As where another platform rounds a value at the edge of two digits of the digest."""
    change(spec.with_name("spec.lrplan.lock"), "510b2e9e4bf2eb5e", "0" * 16)
    locked = ("validate", "spec.yaml", "--locked", "--select", "locked-curve-changed")
    for arguments in (("lock", "spec.yaml", "--check"), locked):
        result = run(*arguments)
        assert result.exit_code == 0
        assert (
            "spec.yaml: the lock is of format 1, which has values at some steps only. There and on"
            " average `spike` is as locked; whether at every step it cannot tell. `lrplan lock"
            " spec.yaml` writes one that can." in flat(result.stderr)
        )


def test_where_it_begins_is_told_as_far_as_it_is_known(spec):
    change(spec, '"1 - t / 2000"', '"1 - t / 2000 if t < 340 else 0"')
    told = flat(run("lock", "spec.yaml", "--check").stdout)
    assert "first by more than the tolerance at one of steps 323 to 353" in told


def test_it_is_written_anew_as_a_whole(spec):
    refused = run("lock", "spec.yaml", "spike")
    assert refused.exit_code == 2
    assert "lock all of them with `lrplan lock spec.yaml`" in flat(refused.stderr)
    assert run("lock", "spec.yaml").exit_code == 0
    assert "format: 2" in spec.with_name("spec.lrplan.lock").read_text()
    assert run("lock", "spec.yaml", "spike").exit_code == 0
    assert run("lock", "spec.yaml", "--check").exit_code == 0


def test_it_is_an_operand_of_compare(spec):
    assert run("compare", "spec.lrplan.lock:plateau", "spec.yaml:plateau").exit_code == 0


def test_two_locks_of_format_1_are_compared_by_their_digests(spec):
    lock, other = (spec.with_name(f"{name}.lrplan.lock") for name in ("spec", "other"))
    text = lock.read_text()
    other.write_text(text)
    same = run("compare", lock, other)
    assert flat(same.stdout).count("the same lr, momentum and weight decay at every step") == 2
    # Another digest may come from rounding: nothing is said about the steps between.
    other.write_text(text.replace("63cbc661748f0919", "73cbc661748f0919"))
    unlike = run("compare", lock, other)
    assert unlike.exit_code == 0
    assert "A and B have the same lr at the 6 steps compared." in flat(unlike.stdout)
    assert "their digests are not the same, by rounding, another tol" in flat(unlike.stdout)
    by_epoch = run("compare", lock, other, "--align", "epoch")
    assert "their digests are not the same" not in flat(by_epoch.stdout)
