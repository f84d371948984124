"""Schedulers of MMEngine by formulas: as its own, tick by tick, also where they overlap."""

import math

import pytest
import torch

from lrplan.torch_objects.formulas import mmengine as formulas
from tests.support.for_all import for_all

BASES = (0.3, 0.1)
CASES = [
    [("StepLR", {"step_size": 3})],
    [("StepLR", {"step_size": 2, "gamma": 0.5, "begin": 2, "end": 9})],
    [("MultiStepLR", {"milestones": [2, 5, 5], "gamma": 0.5, "begin": 1})],
    [("ConstantLR", {"factor": 0.5, "end": 4})],
    [("ExponentialLR", {"gamma": 0.9, "begin": 1})],
    [("CosineAnnealingLR", {"T_max": 5})],
    [("CosineAnnealingLR", {"begin": 1, "end": 17, "eta_min": 0.01})],
    [("CosineAnnealingLR", {"end": 16, "eta_min_ratio": 0.1})],
    [("LinearLR", {"start_factor": 0.1, "end": 6})],
    [("LinearLR", {"start_factor": 1.0, "end_factor": 0.2, "begin": 2, "end": 9})],
    [("PolyLR", {"power": 2.0, "eta_min": 0.01, "end": 17})],
    [("CosineRestartLR", {"periods": [6, 9], "restart_weights": [1, 0.5], "eta_min": 0})],
    [
        ("LinearLR", {"start_factor": 0.001, "end": 8}),
        ("CosineAnnealingLR", {"T_max": 20, "eta_min": 0.005}),
    ],
    [("LinearLR", {"end": 5}), ("MultiStepLR", {"milestones": [3, 9], "end": 12})],
]
REFUSED = [
    ("LinearLR", {"start_factor": 1.5}),
    ("LinearLR", {"end_factor": -1}),
    ("ConstantLR", {"factor": 2}),
    ("PolyLR", {"begin": 3, "end": 3}),
    ("CosineAnnealingLR", {"eta_min": 0.1, "eta_min_ratio": 0.1}),
    ("CosineRestartLR", {"periods": [1, 2], "eta_min": 0}),
]


def ticks(module, schedulers):
    groups = [{"params": [torch.nn.Parameter(torch.zeros(1))], "lr": base} for base in BASES]
    optimizer = torch.optim.SGD(groups)
    made = [getattr(module, name)(optimizer, **options) for name, options in schedulers]
    rows = []
    for _ in range(20):
        rows.append([group["lr"] for group in optimizer.param_groups])
        optimizer.step()
        for each in made:
            each.step()
    return rows


def test_they_are_those_of_the_package():
    package = pytest.importorskip("mmengine.optim.scheduler", reason="mmengine is missing")
    wrong = [case for case in CASES if ticks(package, case) != ticks(formulas, case)]
    assert not wrong


def test_a_warm_up_and_a_cosine_are_what_they_should_be():
    warmup = ("LinearLR", {"start_factor": 0.1, "end": 5})
    cosine = ("CosineAnnealingLR", {"T_max": 10, "begin": 5, "eta_min_ratio": 0.1})
    for tick, (first, _) in enumerate(ticks(formulas, [warmup, cosine])[:15]):
        share = 0.1 + 0.9 * tick / 4
        if tick >= 5:
            share = 0.1 + 0.45 * (1 + math.cos(math.pi * (tick - 5) / 10))
        assert abs(first - 0.3 * share) < 1e-15


@for_all((f"{name} {options}", (name, options)) for name, options in REFUSED)
def test_what_the_package_refuses_is_refused(name, options):
    with pytest.raises(ValueError, match=r"."):
        ticks(formulas, [(name, options)])


def test_a_run_goes_on_from_a_saved_state():
    groups = [torch.nn.Parameter(torch.zeros(1))]
    first, second = (
        formulas.ExponentialLR(torch.optim.SGD(groups, lr=1.0), gamma=0.5, begin=2)
        for _ in range(2)
    )
    for _ in range(3):
        first.step()
    second.load_state_dict(first.state_dict())
    second.step()
    assert (second.last_step, second.optimizer.param_groups[0]["lr"]) == (2, 0.5)
