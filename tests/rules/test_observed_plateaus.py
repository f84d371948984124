"""Plateaus of observed runs, with the metrics that they were given."""

import math
from dataclasses import replace

import pytest

from lrplan.lint.run_check import check_observation
from tests.support.observations import loop, observation, scheduler, tick, ticks_with

MADE, IN_BATCH, AFTER_EPOCH = 2, 13, 14
FALLING = [1.0, 0.8, 0.7, 0.65, 0.62, 0.6]
RISING = [0.1, 0.4, 0.5, 0.6, 0.65, 0.7]
OVERFITTED = [1.0, 0.8, 0.7, 0.75, 0.8, 0.9]


def run(metrics, **arguments):
    own = scheduler("ReduceLROnPlateau", **{"patience": 2, **arguments})
    events = loop(epochs=len(metrics), order=("step",), per_epoch=(ticks_with(metrics),))
    return observation(own, events=events)


def found(observed):
    return [(each.name, each.line) for each in check_observation(observed)]


@pytest.mark.parametrize(
    ("metrics", "arguments", "expected"),
    [
        (FALLING, {}, []),
        (OVERFITTED, {}, []),
        (RISING, {}, [("plateau-wrong-mode", MADE)]),
        (RISING, {"mode": "max"}, []),
        (FALLING, {"mode": "max"}, [("plateau-wrong-mode", MADE)]),
        (RISING[:3], {}, []),  # too few to tell
        (RISING, {"UNKNOWN": frozenset({"mode"})}, []),
        ([0.7] * 6, {}, [("plateau-metric-constant", AFTER_EPOCH)]),
        ([0.7] * 2, {}, []),
        ([*FALLING, math.nan], {}, [("plateau-nan-metric", AFTER_EPOCH)]),
        ([math.inf, *FALLING], {}, [("plateau-nan-metric", AFTER_EPOCH)]),
    ],
)
def test_the_metric_of_a_plateau(metrics, arguments, expected):
    observed = run(metrics, **arguments)
    assert found(observed) == expected
    # Of source the numbers are not known.
    assert found(replace(observed, evidence="source")) == []


@pytest.mark.parametrize(
    ("evidence", "per", "patience", "expected"),
    [
        ("recording", "batch", 2, True),
        ("recording", "batch", 4, False),  # an epoch of batches
        ("source", "batch", 10, True),
        ("source", "batch", 1000, False),
        ("source", "epoch", 10, False),
    ],
)
def test_a_plateau_in_the_loop_over_batches(evidence, per, patience, expected):
    own = scheduler("ReduceLROnPlateau", patience=patience)
    ticks = {"order": ("step", "tick")}
    if per == "epoch":
        ticks = {"order": ("step",), "per_epoch": ("tick",)}
    observed = observation(own, events=loop(**ticks), evidence=evidence)
    assert found(observed) == ([("plateau-stepped-per-batch", IN_BATCH)] if expected else [])


@pytest.mark.parametrize(
    ("own", "value", "expected"),
    [
        (scheduler("ExponentialLR", gamma=0.999), 0.693, True),
        (scheduler("ExponentialLR", gamma=0.999), 3.0, False),
        (scheduler("ExponentialLR", gamma=0.999), math.nan, False),
        (scheduler("CosineAnnealingWarmRestarts", T_0=3), 0.5, False),
        (scheduler("CosineLRScheduler", module="timm.scheduler", t_initial=3), 0.5, False),
    ],
)
def test_a_metric_for_a_scheduler_that_reads_none(own, value, expected):
    events = loop(order=("step",), per_epoch=(tick(value=value, at=AFTER_EPOCH),))
    name = "plateau-metric-missing-or-passed-elsewhere"
    assert found(observation(own, events=events)) == ([(name, AFTER_EPOCH)] if expected else [])
