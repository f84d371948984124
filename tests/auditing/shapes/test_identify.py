"""Shapes that are found in the rows of a log: curves of torch and of published formulas."""

import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler as torch_lr

from lrplan import curves
from lrplan.auditing.shapes.identify import identify
from lrplan.auditing.shapes.samples import Samples
from lrplan.logs.precision import precision_of_texts

STEPS = 900
TICKS = np.arange(STEPS)
LOGS = [(1, "r"), (7, ".4e"), (10, ".3g")]
"""Every n-th row, and how its value is written."""


def torch_curve(make, lr=1e-3, steps=STEPS):
    """What torch's schedulers set, in a plain loop."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)
    scheduler = make(optimizer)
    applied = []
    for _ in range(steps):
        applied.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return np.array(applied)


def warmed(make, warmup=40, start=0.01):
    """A scheduler of torch behind a linear warm-up."""

    def both(optimizer):
        rise = torch_lr.LinearLR(optimizer, start, total_iters=warmup)
        return torch_lr.SequentialLR(optimizer, [rise, make(optimizer)], [warmup])

    return both


CURVES = {
    "constant": lambda: np.full(STEPS, 3e-4),
    "linear": lambda: torch_curve(lambda o: torch_lr.LinearLR(o, 1.0, 0.1, 700)),
    "cosine": lambda: torch_curve(warmed(lambda o: torch_lr.CosineAnnealingLR(o, 860, 1e-5))),
    "repeated-cosine": lambda: torch_curve(lambda o: torch_lr.CosineAnnealingLR(o, 600)),
    "polynomial": lambda: torch_curve(lambda o: torch_lr.PolynomialLR(o, 850, 1.5)),
    "exponential": lambda: torch_curve(warmed(lambda o: torch_lr.ExponentialLR(o, 0.9975))),
    "steps": lambda: torch_curve(warmed(lambda o: torch_lr.MultiStepLR(o, [300, 700], 0.1))),
    "one-cycle": lambda: torch_curve(lambda o: torch_lr.OneCycleLR(o, 1e-3, STEPS + 1)),
    "warm-restarts": lambda: torch_curve(
        lambda o: torch_lr.CosineAnnealingWarmRestarts(o, 130, 2, 1e-6)
    ),
    "inverse-sqrt": lambda: 1e-3 * curves.inverse_sqrt(TICKS, 100),
    "1-sqrt": lambda: 1e-3 * curves.warmup_stable_decay(TICKS, 50, 1000, 200),
}
"""By the kind of shape that is to be found."""
NUMBERS = {
    "linear": {"floor": 1e-4, "end": 700},
    "cosine": {"floor": 1e-5, "warmup": 40, "end": 900, "start": 1e-5},
    "repeated-cosine": {"end": 600},
    "polynomial": {"power": 1.5, "end": 850},
    "exponential": {"gamma": 0.9975, "warmup": 40},
    "steps": {"milestones": (340, 740), "gamma": 0.1},
    "one-cycle": {"start": 4e-5, "end": 900},
    "warm-restarts": {"end": 130, "mult": 2, "floor": 1e-6},
    "inverse-sqrt": {"scale": 100, "warmup": 100},
    "1-sqrt": {"warmup": 50, "begin": 800, "end": 1000},
}


def samples_of(curve, every=1, spelling="r"):
    texts = [repr(float(v)) if spelling == "r" else format(v, spelling) for v in curve[::every]]
    values = np.array([float(text) for text in texts])
    return Samples.of(TICKS[::every], values, precision_of_texts(texts).tolerance(values))


def numbers_of(shape, names):
    return {name: getattr(shape, name, getattr(shape.lengths, name, None)) for name in names}


SLOW = {"polynomial", "1-sqrt", "exponential", "inverse-sqrt", "one-cycle", "warm-restarts"}


@pytest.mark.parametrize(
    "kind",
    [pytest.param(kind, marks=pytest.mark.slow) if kind in SLOW else kind for kind in CURVES],
)
def test_the_shape_and_its_numbers_are_found(kind):
    curve, wrong = CURVES[kind](), []
    for every, spelling in LOGS:
        found = identify(samples_of(curve, every, spelling))
        if [shape.kind for shape in found] != [kind]:
            wrong.append((every, spelling, found))
        elif spelling == "r" and kind != "steps":
            numbers = numbers_of(found[0], NUMBERS.get(kind, {}))
            if numbers != NUMBERS.get(kind, {}):
                wrong.append((every, spelling, numbers))
    assert wrong == []


def test_a_curve_of_no_shape_is_none():
    curve = 1e-3 * (1 + 0.3 * np.sin(TICKS / 40)) * np.exp(-TICKS / 500)
    assert identify(samples_of(curve)) == []
    assert identify(samples_of(curve, 10, ".3g")) == []


def test_few_rows_are_no_shape():
    rows = np.arange(3)
    assert identify(Samples.of(rows, np.full(3, 0.1), np.zeros(3))) == []
