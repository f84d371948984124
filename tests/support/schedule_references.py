"""Reference curves of every schedule of schedules.yaml, computed without lrplan.

Torch's schedulers are stepped by a plain loop, lrplan's own are written down as their definition.
"""

import math
from functools import partial

import torch
from torch.optim import lr_scheduler as lrs
from torch.optim.swa_utils import SWALR

from tests.support.reference_runs import (
    adam,
    formula,
    gradual,
    inverse_sqrt,
    recorded_losses,
    restarts,
    sgd,
    together,
    torch_run,
    warmup_cosine,
)


def finetune():
    backbone = formula(1e-3, warmup_cosine(100, 1000), 1000, group="backbone")
    return together(backbone, formula(1e-2, lambda _: 1.0, 1000, group="head"))()


def one_cycle(peak, total, optimizer):
    return torch_run(partial(lrs.OneCycleLR, max_lr=peak, total_steps=total), total, optimizer)


def warmup_then_cosine(o):
    ramp = lrs.LinearLR(o, start_factor=0.01, total_iters=100)
    return lrs.SequentialLR(o, [ramp, lrs.CosineAnnealingLR(o, T_max=500)], [100])


def warmup_cosine_cooldown(s):
    """By formula: SequentialLR with LinearLR, CosineAnnealingLR and ConstantLR."""
    if s < 100:
        return 0.01 + 0.99 * s / 100
    if s < 1000:
        return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * (s - 100) / 900))
    return 0.01


def between_points(s):
    if s < 50:
        return 0.01 + 0.39 * s / 50
    return 0.4 - 0.3 * (s - 50) / 250 if s < 300 else 0.1 - 0.096 * (s - 300) / 100


def ramp_and_decay(o):
    ramp = lrs.LinearLR(o, start_factor=0.1, total_iters=10)
    return lrs.ChainedScheduler([ramp, lrs.ExponentialLR(o, gamma=0.95)])


def warmup_and_plateau():
    """Two schedulers on one optimizer, each at its own pace, by hand."""
    optimizer = adam(1e-3)
    ramp = lrs.LinearLR(optimizer, start_factor=0.01, total_iters=60)
    plateau = lrs.ReduceLROnPlateau(optimizer, factor=0.3, patience=4)
    rows = []
    for epoch in range(30):
        for _ in range(20):
            rows.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            ramp.step()
        plateau.step(max(0.3, 1 / (1 + 0.3 * epoch)))
    return {("all", "lr"): rows}


def cases(epoch):
    if epoch < 40:
        return 0.5
    if epoch < 70:
        return 0.5**2
    return 0.5**3 if epoch < 90 else 0.5**4


def cyclic(steps, **options):
    make = partial(lrs.CyclicLR, base_lr=0.001, max_lr=0.1, step_size_up=50, **options)
    return torch_run(make, steps, partial(sgd, momentum=0.9))


def gan(lr):
    def factor(epoch):
        return 1 - max(0, epoch - 50) / 50

    make = partial(lrs.LambdaLR, lr_lambda=factor)
    optimizer = partial(adam, lr, torch.optim.Adam, betas=(0.5, 0.999))
    return torch_run(make, 1000, optimizer, every=10)


TABLE_LOSSES = [max(0.4, 1 / (1 + 0.2 * epoch)) for epoch in range(40)]
FIVE_EPOCH_LOSSES = [2.10, 1.40, 1.10, 0.95, 0.96, 0.95, 0.62, 0.60, 0.60, 0.61, 0.55, 0.54]
eight = partial(sgd, 0.2)
stair = partial(lrs.StepLR, step_size=10, gamma=0.3)
cuts = partial(lrs.MultiStepLR, milestones=[15, 25], gamma=0.3)
decay = partial(lrs.ExponentialLR, gamma=0.9)
stall = partial(lrs.ReduceLROnPlateau, factor=0.3, patience=5)
half_a_point = partial(
    lrs.ReduceLROnPlateau, mode="min", patience=10, threshold=0.5, threshold_mode="abs"
)

BUILT_IN = {
    "lambda-decay": torch_run(partial(lrs.LambdaLR, lr_lambda=lambda e: 0.95**e), 100),
    "lambda-function": torch_run(partial(lrs.LambdaLR, lr_lambda=cases), 120),
    "warmup-constant": together(
        formula(0.05, lambda s: s / 10 if s < 10 else 1.0, 100),
        formula(0.9, lambda _: 1.0, 100, field="momentum"),
        formula(1e-5, lambda _: 1.0, 100, field="weight_decay"),
    ),
    "step": torch_run(partial(lrs.StepLR, step_size=200, gamma=0.5), 500),
    "multistep": torch_run(partial(lrs.MultiStepLR, milestones=[200, 350], gamma=0.5), 500),
    "exponential": torch_run(partial(lrs.ExponentialLR, gamma=0.95), 100),
    "cosine": torch_run(partial(lrs.CosineAnnealingLR, T_max=100, eta_min=0.001), 100),
    "plateau": torch_run(partial(lrs.ReduceLROnPlateau, mode="min"), 100, losses=recorded_losses()),
    "plateau-threshold": torch_run(half_a_point, 100, losses=recorded_losses()),
    "cyclic-triangular": cyclic(450, step_size_down=100, mode="triangular"),
    "cyclic-triangular2": cyclic(400, step_size_down=None, mode="triangular2"),
    "cyclic-exp-range": cyclic(400, step_size_down=None, mode="exp_range", gamma=0.995),
    "warm-restarts": torch_run(
        partial(lrs.CosineAnnealingWarmRestarts, T_0=50, T_mult=2, eta_min=0.001), 350
    ),
}

MORE_OF_TORCH = {
    "multiplicative": torch_run(
        partial(lrs.MultiplicativeLR, lr_lambda=lambda e: 0.9 if e % 10 == 0 else 1), 100
    ),
    "constant": torch_run(partial(lrs.ConstantLR, factor=1 / 3, total_iters=10), 40),
    "linear": torch_run(partial(lrs.LinearLR, start_factor=0.1, total_iters=20), 40),
    "polynomial": torch_run(partial(lrs.PolynomialLR, total_iters=100, power=2), 100),
    "one-cycle": one_cycle(1e-2, 500, adam),
    "sequential": torch_run(warmup_then_cosine, 600),
    "chained": torch_run(ramp_and_decay, 60),
    "swa": torch_run(partial(SWALR, swa_lr=0.05, anneal_epochs=10, anneal_strategy="cos"), 40),
}

EIGHT = {
    "eight-lambda-decay": torch_run(partial(lrs.LambdaLR, lr_lambda=lambda e: 0.95**e), 30, eight),
    "eight-step": torch_run(partial(lrs.StepLR, step_size=10, gamma=0.1), 30, eight),
    "eight-multistep": torch_run(
        partial(lrs.MultiStepLR, milestones=[5, 10, 15, 20, 25], gamma=0.1), 30, eight
    ),
    "eight-exponential": torch_run(partial(lrs.ExponentialLR, gamma=0.8), 30, eight),
    "eight-cosine": torch_run(partial(lrs.CosineAnnealingLR, T_max=5, eta_min=0.05), 30, eight),
    "eight-cyclic": torch_run(
        partial(lrs.CyclicLR, base_lr=0.01, max_lr=0.2, step_size_up=10, step_size_down=5),
        30,
        eight,
    ),
    "eight-warm-restarts": torch_run(
        partial(lrs.CosineAnnealingWarmRestarts, T_0=5, T_mult=2, eta_min=0.01), 30, eight
    ),
    "eight-gradual-warmup": gradual(0.2, 1, 5, partial(lrs.StepLR, step_size=10, gamma=0.1), 30),
}

GROUPS = dict.fromkeys(("finetune", "finetune-list", "finetune-per-group"), finetune)

OWN = {
    "warmup-cosine": formula(1e-3, warmup_cosine(100, 1000), 1000),
    "inverse-sqrt-step": formula(4e-4, inverse_sqrt(400), 4000),
    "inverse-sqrt-epoch": formula(4e-4, inverse_sqrt(400), 4000, every=400),
    "warmup-linear": formula(
        1e-4, lambda s: s / 100 if s < 100 else 0.01 + 0.99 * (1000 - s) / 900, 1000
    ),
    "warmup-polynomial": formula(
        1e-4, lambda s: s / 100 if s < 100 else 0.1 + 0.9 * ((1000 - s) / 900) ** 2, 1000
    ),
    "warmup-stable-decay": formula(
        3e-4,
        lambda s: min(s / 100, 0.05 + 0.95 * (1 - math.sqrt(max(s - 1600, 0) / 400))),
        2000,
    ),
    "tri-stage": formula(
        3e-4,
        lambda s: (
            0.01 + 0.99 * s / 200 if s < 200 else math.exp(math.log(0.05) * max(s - 1000, 0) / 1000)
        ),
        2000,
    ),
    "rex": formula(0.1, lambda e: 0.001 + 0.999 * (z := 1 - e / 39) / (0.5 + 0.5 * z), 40),
    "levels": formula(
        1, lambda e: 0.02 if e < 5 else 0.1 if e < 20 else 0.01 if e < 30 else 0.001, 400, every=10
    ),
    "points": formula(1, between_points, 400),
    "warm-up-restarts-150": restarts(150, 1, 0.1, 10, 0.5, 600),
    "warm-up-restarts-50": restarts(50, 2, 0.1, 10, 0.5, 310),
    "warm-up-restarts-100": restarts(100, 1, 0.1, 10, 0.5, 400),
    "gradual-warmup": formula(0.1, lambda s: min(s / 10, 1.0), 40),
    "gradual-warmup-multiplier": gradual(0.1, 8, 10, partial(lrs.CosineAnnealingLR, T_max=90), 100),
    "warmup-key": formula(
        0.1,
        lambda s: (
            0.1 + 0.9 * (1 - math.cos(math.pi * s / 10)) / 2
            if s < 10
            else (1 + math.cos(math.pi * (s - 10) / 90)) / 2
        ),
        100,
    ),
    "warmup-over-decay": formula(1e-4, lambda s: s / 100 if s < 100 else (1000 - s) / 1000, 1000),
}

ANY_FIELD = {
    "milestone-lr": formula(0.1, lambda s: 0.5 ** sum(s >= at for at in (200, 400, 500)), 800),
    "step-wd": together(
        formula(1e-3, lambda _: 1.0, 5000),
        formula(0.01, lambda s: 1.1 ** (s // 1000), 5000, field="weight_decay"),
    ),
    "weight-decay-cosine": together(
        formula(5e-4, warmup_cosine(100, 1000), 1000),
        formula(
            1,
            lambda s: 0.4 + (0.04 - 0.4) * (1 + math.cos(math.pi * s / 1000)) / 2,
            1000,
            field="weight_decay",
        ),
    ),
    "momentum-ramp": together(
        formula(0.01, lambda s: min(s / 150, 1.0), 500),
        formula(1, lambda s: 0.8 + 0.137 * min(s / 150, 1.0), 500, field="momentum"),
    ),
    "weight-decay-lambda": together(
        formula(1e-3, lambda _: 1.0, 200),
        formula(
            0.1,
            lambda e: 0.0 if e < 5 else min(1.0, (e - 5) / 10),
            200,
            every=10,
            field="weight_decay",
        ),
    ),
    "warmup-cosine-cooldown": formula(0.1, warmup_cosine_cooldown, 1200),
    "cosine-k-decay": formula(0.1, lambda s: 0.5 * (1 + math.cos(math.pi * s**3 / 1200**3)), 1200),
}

LIGHTNING = {
    "lightning-one-cycle": one_cycle(0.1, 1000, partial(sgd, momentum=0.9)),
    "lightning-frequency": torch_run(partial(lrs.ExponentialLR, gamma=0.8), 200, every=20),
    "lightning-plateau": torch_run(
        partial(lrs.ReduceLROnPlateau, patience=1), 600, adam, every=50, losses=FIVE_EPOCH_LOSSES
    ),
    "lightning-two": warmup_and_plateau,
    "gan-generator": gan(2e-4),
    "gan-discriminator": gan(4e-4),
}

WITHOUT_AND_WITH = {
    "cold-step": torch_run(stair, 40),
    "warm-step": gradual(0.1, 1, 5, stair, 40),
    "cold-multistep": torch_run(cuts, 40),
    "warm-multistep": gradual(0.1, 1, 5, cuts, 40),
    "cold-cosine": torch_run(partial(lrs.CosineAnnealingLR, T_max=40), 40),
    "warm-cosine": gradual(0.1, 1, 5, partial(lrs.CosineAnnealingLR, T_max=35), 40),
    "cold-exponential": torch_run(decay, 40),
    "warm-exponential": gradual(0.1, 1, 5, decay, 40),
    "cold-plateau": torch_run(stall, 40, losses=TABLE_LOSSES),
    "warm-plateau": gradual(0.1, 1, 5, stall, 40, losses=TABLE_LOSSES),
}

REFERENCES = {
    **BUILT_IN,
    **MORE_OF_TORCH,
    **EIGHT,
    **GROUPS,
    **OWN,
    **ANY_FIELD,
    **LIGHTNING,
    **WITHOUT_AND_WITH,
}
