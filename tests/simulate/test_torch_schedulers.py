"""Every scheduler of torch, against torch stepped by a plain loop written out here."""

from __future__ import annotations

import inspect
import json
import math
import warnings

import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler, swa_utils

from tests.support.specs import trace

EPOCHS, STEPS_PER_EPOCH = 12, 5
TRAINING = f"epochs: {EPOCHS}, steps_per_epoch: {STEPS_PER_EPOCH}"
RATES = {"one group": [0.1], "three groups": [0.1, 0.02, 1.5]}
LOSSES = [1.0, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.8, 0.8, 0.8, 0.8, 0.8]


def sequential(optimizer):
    warmup = lr_scheduler.LinearLR(optimizer, start_factor=0.1, total_iters=4)
    steps = lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)
    inner = lr_scheduler.SequentialLR(optimizer, [warmup, steps], milestones=[4])
    cosine = lr_scheduler.CosineAnnealingLR(optimizer, T_max=6)
    return lr_scheduler.SequentialLR(optimizer, [inner, cosine], milestones=[9])


SEQUENTIAL = """
    {type: SequentialLR, milestones: [9], schedulers: [
      {type: SequentialLR, milestones: [4], schedulers: [
        {type: LinearLR, start_factor: 0.1, total_iters: 4},
        {type: StepLR, step_size: 2, gamma: 0.5}]},
      {type: CosineAnnealingLR, T_max: 6}]}
"""


def chained(optimizer):
    constant = lr_scheduler.ConstantLR(optimizer, factor=0.25, total_iters=3)
    decay = lr_scheduler.ExponentialLR(optimizer, gamma=0.9)
    return lr_scheduler.ChainedScheduler([constant, decay])


CHAINED = """
    {type: ChainedScheduler, schedulers: [
      {type: ConstantLR, factor: 0.25, total_iters: 3}, {type: ExponentialLR, gamma: 0.9}]}
"""

CASES = {
    "LambdaLR": (
        "{type: LambdaLR, lr_lambda: '0.5 * (1 + cos(pi * epoch / 60)) if x > 3 else x / 4'}",
        lambda o: lr_scheduler.LambdaLR(
            o, lambda e: 0.5 * (1 + math.cos(math.pi * e / 60)) if e > 3 else e / 4
        ),
    ),
    "MultiplicativeLR": (
        "{type: MultiplicativeLR, lr_lambda: '0.9 if step % 2 == 0 else 1'}",
        lambda o: lr_scheduler.MultiplicativeLR(o, lambda e: 0.9 if e % 2 == 0 else 1),
    ),
    "StepLR": (
        "{type: StepLR, step_size: 3, gamma: 0.3}",
        lambda o: lr_scheduler.StepLR(o, 3, gamma=0.3),
    ),
    "MultiStepLR": (
        "{type: MultiStepLR, milestones: [2, 5, 5, 9], gamma: 0.3}",
        lambda o: lr_scheduler.MultiStepLR(o, [2, 5, 5, 9], gamma=0.3),
    ),
    "ConstantLR": (
        "{type: ConstantLR, factor: 0.3, total_iters: 7}",
        lambda o: lr_scheduler.ConstantLR(o, 0.3, 7),
    ),
    "LinearLR": (
        "{type: LinearLR, start_factor: 0.1, end_factor: 0.7, total_iters: 9}",
        lambda o: lr_scheduler.LinearLR(o, 0.1, 0.7, 9),
    ),
    "ExponentialLR": (
        "{type: ExponentialLR, gamma: 0.93}",
        lambda o: lr_scheduler.ExponentialLR(o, 0.93),
    ),
    "SequentialLR": (SEQUENTIAL, sequential),
    "PolynomialLR": (
        "{type: PolynomialLR, total_iters: 10, power: 2.5}",
        lambda o: lr_scheduler.PolynomialLR(o, 10, 2.5),
    ),
    "CosineAnnealingLR": (
        "{type: CosineAnnealingLR, T_max: 8, eta_min: 1e-3}",
        lambda o: lr_scheduler.CosineAnnealingLR(o, 8, 1e-3),
    ),
    "ChainedScheduler": (CHAINED, chained),
    "ReduceLROnPlateau": (
        "{type: ReduceLROnPlateau, patience: 1, factor: 0.5, min_lr: 1e-3, threshold: 0.01}",
        lambda o: lr_scheduler.ReduceLROnPlateau(
            o, patience=1, factor=0.5, min_lr=1e-3, threshold=0.01
        ),
    ),
    "CyclicLR": (
        (
            "{type: CyclicLR, base_lr: 0.01, max_lr: 0.2, step_size_up: 4, step_size_down: 7,"
            " scale_fn: '1 / (2 ** (x - 1))'}"
        ),
        lambda o: lr_scheduler.CyclicLR(o, 0.01, 0.2, 4, 7, scale_fn=lambda x: 1 / (2 ** (x - 1))),
    ),
    "CosineAnnealingWarmRestarts": (
        "{type: CosineAnnealingWarmRestarts, T_0: 3, T_mult: 2, eta_min: 1e-3}",
        lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 3, 2, 1e-3),
    ),
    "OneCycleLR": (
        "{type: OneCycleLR, max_lr: 0.4, total_steps: 60, three_phase: true}",
        lambda o: lr_scheduler.OneCycleLR(o, 0.4, total_steps=60, three_phase=True),
    ),
    "SWALR": (
        "{type: SWALR, swa_lr: 0.05, anneal_epochs: 4, anneal_strategy: cos}",
        lambda o: swa_utils.SWALR(o, swa_lr=0.05, anneal_epochs=4, anneal_strategy="cos"),
    ),
}


def plain_loop(make, rates, interval):
    optimizer = torch.optim.SGD(
        [{"params": [torch.nn.Parameter(torch.zeros(1))], "lr": rate} for rate in rates],
        momentum=0.9,
        weight_decay=1e-4,
    )
    applied: list[list[tuple[float, float]]] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SequentialLR calls step(epoch) itself
        scheduler = make(optimizer)
        metrics = iter(LOSSES * STEPS_PER_EPOCH)
        fed = isinstance(scheduler, lr_scheduler.ReduceLROnPlateau)

        def tick():
            scheduler.step(next(metrics)) if fed else scheduler.step()

        for _ in range(EPOCHS):
            for _ in range(STEPS_PER_EPOCH):
                applied.append([(g["lr"], g["momentum"]) for g in optimizer.param_groups])
                optimizer.step()
                if interval == "step":
                    tick()
            if interval == "epoch":
                tick()
    return np.array(applied)


def schedule(scheduler, rates, interval):
    groups = {f"g{index}": {"lr": rate} for index, rate in enumerate(rates)}
    body = scheduler.strip().removesuffix("}") + f", interval: {interval}}}"
    losses = LOSSES * STEPS_PER_EPOCH
    return (
        "optimizer: {type: SGD, momentum: 0.9, weight_decay: 1e-4,"
        f" groups: {json.dumps(groups)}}}\n"
        f"scheduler: {' '.join(body.split())}\n"
        f"metrics: {{loss: {losses}}}"
    )


@pytest.mark.parametrize("interval", ["step", "epoch"])
@pytest.mark.parametrize("rates", RATES.values(), ids=RATES)
@pytest.mark.parametrize("name", CASES)
def test_the_curve_is_the_one_of_a_plain_loop(name, rates, interval):
    text, make = CASES[name]
    expected = plain_loop(make, rates, interval)
    got = trace(schedule(text, rates, interval), TRAINING)
    assert got.failure is None
    assert got.steps == EPOCHS * STEPS_PER_EPOCH
    for index in range(len(rates)):
        np.testing.assert_allclose(got.lr[f"g{index}"], expected[:, index, 0], rtol=1e-12, atol=0)
        np.testing.assert_allclose(
            got.momentum[f"g{index}"], expected[:, index, 1], rtol=1e-12, atol=0
        )
        assert (got.weight_decay[f"g{index}"] == 1e-4).all()


def test_every_concrete_scheduler_of_torch_is_tried():
    bases = {"LRScheduler", "_LRScheduler"}
    concrete = {
        name
        for name, value in vars(lr_scheduler).items()
        if inspect.isclass(value)
        and issubclass(value, (lr_scheduler.LRScheduler, lr_scheduler.ReduceLROnPlateau))
    } - bases
    assert concrete | {"SWALR"} == set(CASES)
