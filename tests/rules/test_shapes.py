"""Every usual shape in runs of every size: no error and no warning.

Numbers of epochs and of steps an epoch are taken to meet: 100 epochs of 100 steps, 90 of 391. Rules
that guess the unit of a length from its size have to stand this.
"""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from lrplan.finding import Severity
from lrplan.specfile.load import load
from lrplan.text_position import InputText
from tests.rules.shapes import shapes
from tests.support.rule_runs import about

EPOCHS = (2, 3, 5, 10, 12, 30, 70, 90, 100, 300)
STEPS = (1, 2, 8, 16, 30, 98, 100, 391, 1000)
WITH_CURVE = 400
"""So many steps are simulated; of longer runs the spec alone is looked at."""

_ALL = [
    (epochs, steps, interval)
    for epochs, steps, interval in product(EPOCHS, STEPS, ("epoch", "step"))
    if (interval == "epoch" or steps > 1) and epochs * steps > 3
]
# One run in five, in an order that has each size with both intervals; the rest takes too long.
RUNS = [
    pytest.param(*run, marks=[pytest.mark.slow] if index % 5 else [])
    for index, run in enumerate(_ALL)
]


def spec(epochs, steps, interval):
    """A spec with a schedule for each shape."""
    ticks = epochs if interval == "epoch" else epochs * steps
    lines = [f"training: {{epochs: {epochs}, steps_per_epoch: {steps}}}", "schedules:"]
    for name, shape in shapes(ticks).items():
        rate = 0.001 if "CyclicLR" in shape else 0.1
        optimizer = f"{{type: SGD, lr: {rate}, momentum: 0.9}}"
        ticking = shape.removesuffix("}") + f", interval: {interval}}}"
        lines += [f"  {name}:", f"    optimizer: {optimizer}", f"    scheduler: {ticking}"]
    return "\n".join(lines)


@pytest.mark.parametrize(("epochs", "steps", "interval"), RUNS)
def test_usual_shapes_are_silent(epochs, steps, interval):
    plans = load(InputText("spec.yaml", spec(epochs, steps, interval)), Path()).plans
    static = epochs * steps > WITH_CURVE
    reported = [each for plan in plans.values() for each in about(plan, static=static)]
    assert [str(each) for each in reported if each.severity is not Severity.INFO] == []
