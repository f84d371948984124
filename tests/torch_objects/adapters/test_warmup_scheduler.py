"""PyPI warmup-scheduler: what lrplan shows is what its own loop gives, defects included."""

import numpy as np
import pytest
from torch.optim import lr_scheduler

from lrplan.catalog import SCHEDULERS
from tests.torch_objects.adapters.traced import (
    ONE,
    THREE,
    applied,
    by_row,
    by_signature,
    rates_of,
    sgd,
    trace_of,
)

warmup_scheduler = pytest.importorskip("warmup_scheduler", reason="warmup-scheduler is missing")

NAME = "warmup_scheduler:GradualWarmupScheduler"
STEPS = 30
AFTER = {
    "cosine": ("CosineAnnealingLR", {"T_max": 15}),
    "steps": ("StepLR", {"step_size": 3}),
    "multistep": ("MultiStepLR", {"milestones": [4, 8]}),
    "exponential": ("ExponentialLR", {"gamma": 0.9}),
    "restarts": ("CosineAnnealingWarmRestarts", {"T_0": 6}),
    "polynomial": ("PolynomialLR", {"total_iters": 12}),
    "nothing": (None, {}),
}
METRIC = [1.0, 0.9, *[0.9] * 28]


def real(optimizer, multiplier, total_epoch, after=None, **arguments):
    inner = None if after is None else getattr(lr_scheduler, after)(optimizer, **arguments)
    return warmup_scheduler.GradualWarmupScheduler(optimizer, multiplier, total_epoch, inner)


def train(optimizer, tick):
    """Train, then tick, as with any scheduler of torch."""
    rows = []
    for step in range(STEPS):
        rows.append(rates_of(optimizer))
        optimizer.step()
        tick(step)
    return np.array(rows)


def mapping(multiplier, after=None, total_epoch=5, **arguments):
    inner = {} if after is None else {"after_scheduler": {"type": after, **arguments}}
    return {"type": NAME, "multiplier": multiplier, "total_epoch": total_epoch, **inner}


@pytest.mark.filterwarnings("ignore:To get the last learning rate")
@pytest.mark.parametrize("rates", [ONE, THREE], ids=["one-group", "three-groups"])
@pytest.mark.parametrize("multiplier", [1, 8], ids=["from-zero", "from-base"])
@pytest.mark.parametrize(("after", "arguments"), AFTER.values(), ids=AFTER)
@pytest.mark.parametrize("interval", ["step", "epoch"])
def test_it_gives_what_the_package_gives(after, arguments, multiplier, rates, interval):
    optimizer = sgd(rates)
    scheduler = real(optimizer, multiplier, 5, after, **arguments)
    reference = train(optimizer, lambda _: scheduler.step())
    wanted = {**mapping(multiplier, after, **arguments), "interval": interval}
    training = {"epochs": STEPS, "steps_per_epoch": 1 if interval == "step" else 2}
    lrs = applied(wanted, rates=rates, training=training)
    each = lrs if interval == "step" else lrs[::2]
    assert each.tolist() == reference.tolist()


@pytest.mark.filterwarnings("ignore:The epoch parameter")
@pytest.mark.parametrize("multiplier", [1, 8])
def test_a_plateau_gives_what_the_package_gives(multiplier):
    given = {"mode": "min", "patience": 2, "factor": 0.5}
    optimizer = sgd(THREE)
    scheduler = real(optimizer, multiplier, 5, "ReduceLROnPlateau", **given)
    reference = train(optimizer, lambda step: scheduler.step(metrics=METRIC[step]))
    trace = trace_of(
        mapping(multiplier, "ReduceLROnPlateau", **given),
        rates=THREE,
        training={"epochs": STEPS, "steps_per_epoch": 1},
        metric=METRIC,
    )
    assert [trace.lr[name].tolist() for name in trace.groups] == reference.T.tolist()


# Measured with warmup-scheduler 0.3 and torch 2.13.0 at a base rate of 1, to the digits given.
MEASURED = {
    "cosine": (mapping(1, "CosineAnnealingLR", T_max=15), 0.0, 1.0110, 6, 0.0437, 0.0109),
    "cosine-8": (mapping(8, "CosineAnnealingLR", T_max=15), 0.125, 1.0110, 6, 0.0437, 0.0109),
}


@pytest.mark.parametrize(
    ("scheduler", "first", "peak", "at", "last", "after"), MEASURED.values(), ids=MEASURED
)
def test_one_recipe_gives_the_measured_curve(scheduler, first, peak, at, last, after):
    base = 1 / scheduler["multiplier"]
    rates = applied(scheduler, rates=(base,), training={"steps": STEPS})[:, 0]
    assert rates.argmax() == at
    results = [rates[0], rates.max(), rates[19], rates[22]]
    assert results == pytest.approx([first, peak, last, after], abs=5e-5)


def test_the_peak_is_held_four_ticks_where_three_are_asked_for():
    rates = applied(mapping(1, "StepLR", step_size=3), training={"steps": STEPS})[:, 0]
    assert (rates.argmax(), np.count_nonzero(rates == 1.0)) == (5, 4)


def test_before_a_plateau_there_is_no_warmup():
    flat = trace_of(
        mapping(1, "ReduceLROnPlateau", patience=2),
        rates=(0.1,),
        training={"epochs": STEPS, "steps_per_epoch": 1},
        metric=METRIC,
    ).lr["g0"]
    assert flat[:8].tolist() == [0.1] * 8
    ahead = trace_of(
        mapping(8, "ReduceLROnPlateau", patience=2),
        rates=(0.1,),
        training={"epochs": STEPS, "steps_per_epoch": 1},
        metric=METRIC,
    ).lr["g0"]
    assert ahead[:5] == pytest.approx([0.24, 0.38, 0.52, 0.66, 0.8], abs=1e-12)


def test_arguments_are_those_of_the_class():
    arguments = by_signature(warmup_scheduler.GradualWarmupScheduler)
    assert list(by_row(SCHEDULERS[NAME]).items()) == list(arguments.items())


def test_our_own_class_is_another_one():
    own = {**mapping(1, "CosineAnnealingLR", T_max=15), "type": "GradualWarmupScheduler"}
    assert applied(own, training={"steps": STEPS})[:, 0].max() == 1.0
