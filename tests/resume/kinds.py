"""Every scheduler of torch, built by hand and written in a spec."""

import math

from torch.optim import lr_scheduler as torchs

TOTAL = 20


def sequential(optimizer, **options):
    warmup = torchs.LinearLR(optimizer, start_factor=0.1, total_iters=3)
    cosine = torchs.CosineAnnealingLR(optimizer, T_max=17)
    return torchs.SequentialLR(optimizer, [warmup, cosine], milestones=[3], **options)


def chained(optimizer):
    warmup = torchs.LinearLR(optimizer, start_factor=0.1, total_iters=8)
    return torchs.ChainedScheduler([warmup, torchs.ExponentialLR(optimizer, gamma=0.9)])


def of(name, **arguments):
    return lambda optimizer, **more: getattr(torchs, name)(optimizer, **arguments, **more)


def plain(name, **arguments):
    """By hand, and in a spec."""
    return of(name, **arguments), {"type": name, **arguments}


_CYCLIC = {"base_lr": 0.01, "max_lr": 0.1, "step_size_up": 4}
_LINEAR = {"type": "LinearLR", "start_factor": 0.1}

KINDS = {
    "StepLR": plain("StepLR", step_size=3),
    "MultiStepLR": plain("MultiStepLR", milestones=[5, 10]),
    "ConstantLR": plain("ConstantLR", factor=0.5, total_iters=5),
    "LinearLR": plain("LinearLR", total_iters=8),
    "ExponentialLR": plain("ExponentialLR", gamma=0.9),
    "PolynomialLR": plain("PolynomialLR", total_iters=18, power=2),
    "CosineAnnealingLR": plain("CosineAnnealingLR", T_max=TOTAL, eta_min=1e-4),
    "CosineAnnealingWarmRestarts": plain("CosineAnnealingWarmRestarts", T_0=4, T_mult=2),
    "OneCycleLR": plain("OneCycleLR", max_lr=1.0, total_steps=TOTAL),
    "CyclicLR": plain("CyclicLR", **_CYCLIC),
    "LambdaLR": (
        lambda optimizer, **more: torchs.LambdaLR(
            optimizer, lambda x: 0.5 * (1 + math.cos(math.pi * float(x) / 20)), **more
        ),
        {"type": "LambdaLR", "lr_lambda": "0.5 * (1 + cos(pi * x / 20))"},
    ),
    "MultiplicativeLR": (
        lambda optimizer, **more: torchs.MultiplicativeLR(
            optimizer, lambda x: 1 - 0.01 * float(x), **more
        ),
        {"type": "MultiplicativeLR", "lr_lambda": "1 - 0.01 * x"},
    ),
    "SequentialLR": (
        sequential,
        {
            "type": "SequentialLR",
            "milestones": [3],
            "schedulers": [
                {**_LINEAR, "total_iters": 3},
                {"type": "CosineAnnealingLR", "T_max": 17},
            ],
        },
    ),
    "ChainedScheduler": (
        chained,
        {
            "type": "ChainedScheduler",
            "schedulers": [
                {**_LINEAR, "total_iters": 8},
                {"type": "ExponentialLR", "gamma": 0.9},
            ],
        },
    ),
    "ReduceLROnPlateau": plain("ReduceLROnPlateau", patience=2, factor=0.5),
}

ONE_TICK = {
    "LambdaLR",
    "CosineAnnealingWarmRestarts",
    "OneCycleLR",
    "CyclicLR",
}
"""Schedulers that compute a learning rate from the count: wrong only until the next tick."""

NO_LAST_EPOCH = {"ChainedScheduler", "ReduceLROnPlateau"}
