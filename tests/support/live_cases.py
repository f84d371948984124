"""Live optimizers and schedulers of many kinds, and the plain loop that drives them."""

from __future__ import annotations

import functools
import math
import random

import numpy as np
import torch
from torch.optim import lr_scheduler, swa_utils

from lrplan.torch_objects.schedulers import WarmupCosine

STEPS = 14


class Bound:
    """A training module: its method is a schedule."""

    def __init__(self):
        self.model = torch.nn.Linear(2, 2)

    def factor(self, step):
        return 1 / (1 + step)


class Remembering:
    """A schedule with a state of its own."""

    def __init__(self):
        self.calls = 0

    def __call__(self, step):
        self.calls += 1
        return 1 / self.calls


class Foreign:
    """A scheduler of another package: a step, an optimizer, and nothing from torch."""

    def __init__(self, optimizer):
        self.groups, self.count = optimizer.param_groups, 0

    def step(self):
        self.count += 1
        for group in self.groups:
            group["lr"] *= 0.9 if self.count % 2 else 0.8


class Noisy(Foreign):
    def step(self):
        noise = random.random() + float(np.random.random()) + float(torch.rand(()))  # noqa: NPY002
        for group in self.groups:
            group["lr"] = 1 + noise


def sequential(optimizer):
    warmup = lr_scheduler.LinearLR(optimizer, start_factor=0.1, total_iters=4)
    cosine = lr_scheduler.CosineAnnealingLR(optimizer, T_max=10)
    return lr_scheduler.SequentialLR(optimizer, [warmup, cosine], milestones=[4])


def chained(optimizer):
    constant = lr_scheduler.ConstantLR(optimizer, factor=0.25, total_iters=3)
    decay = lr_scheduler.ExponentialLR(optimizer, gamma=0.9)
    return lr_scheduler.ChainedScheduler([constant, decay])


def counting(optimizer):
    count = 0

    def factor(_):
        nonlocal count
        count += 1
        return 1 / count

    return lr_scheduler.LambdaLR(optimizer, factor)


def looking_at_the_optimizer(optimizer):
    group = optimizer.param_groups[0]
    return lr_scheduler.MultiplicativeLR(optimizer, lambda _: 0.5 if group["lr"] > 0.1 else 1.5)


def patched(optimizer):
    scheduler = lr_scheduler.ExponentialLR(optimizer, 0.9)
    original = scheduler.step

    def step():
        original()
        for group in optimizer.param_groups:
            group["lr"] = max(group["lr"], 0.5)

    scheduler.step = step
    return scheduler


CASES = {
    "lambda": lambda o: lr_scheduler.LambdaLR(o, lambda e: math.cos(e / 10)),
    "method": lambda o: lr_scheduler.LambdaLR(o, Bound().factor),
    "partial": lambda o: lr_scheduler.LambdaLR(o, functools.partial(pow, 0.9)),
    "callable-with-state": lambda o: lr_scheduler.LambdaLR(o, Remembering()),
    "closure-with-state": counting,
    "closure-over-a-group": looking_at_the_optimizer,
    "patched-step": patched,
    "StepLR": lambda o: lr_scheduler.StepLR(o, 3),
    "MultiStepLR": lambda o: lr_scheduler.MultiStepLR(o, [3, 8]),
    "ConstantLR": lambda o: lr_scheduler.ConstantLR(o, total_iters=6),
    "LinearLR": lambda o: lr_scheduler.LinearLR(o, total_iters=7),
    "ExponentialLR": lambda o: lr_scheduler.ExponentialLR(o, 0.9),
    "PolynomialLR": lambda o: lr_scheduler.PolynomialLR(o, 10, 2.0),
    "CosineAnnealingLR": lambda o: lr_scheduler.CosineAnnealingLR(o, 10),
    "CosineAnnealingWarmRestarts": lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 3, 2),
    "CyclicLR": lambda o: lr_scheduler.CyclicLR(o, 0.1, 1.0, 4, mode="exp_range", gamma=0.9),
    "CyclicLR-scale": lambda o: lr_scheduler.CyclicLR(o, 0.1, 1.0, 4, scale_fn=lambda x: 0.5**x),
    "OneCycleLR": lambda o: lr_scheduler.OneCycleLR(o, 1.0, 40),
    "SWALR": lambda o: swa_utils.SWALR(o, swa_lr=0.05),
    "SequentialLR": sequential,
    "ChainedScheduler": chained,
    "own": lambda o: WarmupCosine(o, warmup_steps=4, total_steps=16),
    "foreign": Foreign,
}


def make(case, *, tensor=False, optimizer=torch.optim.SGD):
    rates = [torch.tensor(1.0), torch.tensor(0.25)] if tensor else [1.0, 0.25]
    groups = [{"params": [torch.nn.Parameter(torch.ones(2))], "lr": rate} for rate in rates]
    keys = {"momentum": 0.9} if optimizer is torch.optim.SGD else {}
    made = optimizer(groups, **keys)
    return made, CASES[case](made)


def driven(optimizer, schedulers, steps=STEPS):
    """The rates that each step of a plain loop is given, per group."""
    results = []
    for _ in range(steps):
        results.append([float(group["lr"]) for group in optimizer.param_groups])
        optimizer.step()
        for scheduler in schedulers:
            scheduler.step()
    return np.array(results).T.tolist()
