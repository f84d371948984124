"""Absurd values in every argument of every scheduler and optimizer, and in every training key."""

from __future__ import annotations

import math

import pytest
import yaml

from lrplan.catalog import OPTIMIZERS, SCHEDULERS
from lrplan.catalog.example import example
from lrplan.specfile.models import TrainingModel
from tests.hostile.attack import READERS, run, run_all, spec_of

FEW = [0, -1, 1e-320, -1e308, 1e308, 10**15, math.nan, True, "5ep", "", [], {"type": "StepLR"}]
"""The values that every argument gets in the default run."""

MORE = [
    *(None, 1, 2, 0.5, -0.5, 3.0, -3, 10**12, -(10**12), 10**30, math.inf, -math.inf, False),
    *("x", "step", "1e999", "-5ep", "0ep", "1e30ep", "1/0", "x**x", "5", "\x00", "é" * 100),
    *([0], [-1, 1], [[]], [None], [1, 1, 1], [3, 2, 1], [math.nan], ["5ep", 1], [[0, 0.1]]),
    *({}, {"all": 1}, {"nobody": 1}, [[5, 1], [2, 0]], [{"type": "StepLR", "step_size": 1}] * 3),
]
"""The further values of the slow run."""

STEP = {"type": "StepLR", "step_size": 1}


def tries(row, values):
    """Schedules that use ``row``, each with one argument replaced."""
    plain = yaml.safe_load(example(row))["schedules"]["example"]
    part = "scheduler" if row.name in SCHEDULERS else "optimizer"
    for argument in row.arguments:
        for index, value in enumerate(values):
            body = {**plain, part: {**plain[part], argument.name: value}}
            yield f"{argument.name} {index}", body


def tried(path, row, values, monkeypatch):
    """Check them all, in one spec; a breakdown names the schedule."""
    monkeypatch.setenv("LRPLAN_MAX_FINDINGS", "100000")
    monkeypatch.setenv("LRPLAN_MAX_SCHEDULES", "100000")
    schedules = dict(tries(row, values))
    path.write_text(spec_of(schedules))
    result = run("validate", path, "--format", "concise")
    assert result.exit_code in (0, 1, 2)
    return len(schedules)


def _is_foreign(row):
    return ":" in row.name or bool(getattr(row, "package", ""))


# Most of the time went to the 97 rows of other packages: they are tried with the slow tests.
ROWS = [
    pytest.param(row, id=name, marks=[pytest.mark.slow] if _is_foreign(row) else [])
    for name, row in {**SCHEDULERS, **OPTIMIZERS}.items()
]


@pytest.mark.parametrize("row", ROWS)
def test_every_argument_takes_or_refuses_what_it_is_given(row, tmp_path, monkeypatch):
    tried(tmp_path / "spec.yaml", row, FEW, monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("row", ROWS)
def test_every_argument_takes_or_refuses_much_more(row, tmp_path, monkeypatch):
    tried(tmp_path / "spec.yaml", row, MORE, monkeypatch)


KEYS = ("interval", "frequency", "monitor", "groups", "name", "type")


@pytest.mark.parametrize("key", KEYS)
def test_every_key_of_a_scheduler(key, tmp_path, monkeypatch):
    monkeypatch.setenv("LRPLAN_MAX_FINDINGS", "100000")
    schedules = {
        f"s{index}": {"optimizer": {"type": "SGD", "lr": 0.1}, "scheduler": {**STEP, key: value}}
        for index, value in enumerate([*FEW, *MORE])
    }
    path = tmp_path / "spec.yaml"
    path.write_text(spec_of(schedules))
    assert run("validate", path, "--format", "json").exit_code == 2


BASES = [
    {"epochs": 2, "steps_per_epoch": 3},
    {"steps": 7},
    {"epochs": 2, "dataset_size": 10, "batch_size": 3, "world_size": 2, "accumulate": 2},
    {"epochs": 2, "batches_per_epoch": 5, "accumulate": 3, "last_window": "carry"},
]
HUGE = [10**9, 10**12, 10**15, 10**308, "1e9ep", "1e18st", "99999999999tok", "100%", "1e-300ep"]


@pytest.mark.parametrize("key", TrainingModel.model_fields)
def test_every_key_of_training(key, tmp_path, monkeypatch):
    monkeypatch.setenv("LRPLAN_MAX_STEPS", "333333")
    monkeypatch.setenv("LRPLAN_MAX_BATCHES", "1000000")
    monkeypatch.setenv("LRPLAN_MAX_FINDINGS", "100000")
    schedules = {
        f"s{base}-{index}": {
            "training": {**BASES[base], key: value},
            "optimizer": {"type": "SGD", "lr": 0.1},
            "scheduler": STEP,
        }
        for base in range(len(BASES))
        for index, value in enumerate([*FEW, *MORE, *HUGE])
    }
    path = tmp_path / "spec.yaml"
    path.write_text(spec_of(schedules, ""))
    run("validate", path, "--format", "concise")


@pytest.mark.parametrize("lr", [0, 1e-320, 1e308, 5e-324, 1e-45])
@pytest.mark.parametrize("gamma", [0, 1e-320, -1, 1e200])
def test_curves_that_leave_the_range_of_floats(lr, gamma, tmp_path):
    path = tmp_path / "spec.yaml"
    scheduler = {"type": "ExponentialLR", "gamma": gamma}
    path.write_text(
        spec_of({"a": {"optimizer": {"type": "SGD", "lr": lr}, "scheduler": scheduler}})
    )
    run_all(path, READERS if lr in (0, 1e308) and gamma == -1 else READERS[3:5])
