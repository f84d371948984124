"""One case or more for every scheduler of torch and of lrplan, with the values of its source.

Each ``Case`` has what a spec says, and the values of the first ticks from somewhere else: torch's
own class in a plain loop, or the formula of the paper or program that the scheduler comes from.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch.optim import lr_scheduler
from torch.optim.swa_utils import SWALR

from tests.curves.test_published_schedules import (
    big_vision_rsqrt,
    fairseq_tri_stage,
    haegele,
    megatron_line,
    rex_of_the_paper,
    transformers_cosine,
    transformers_polynomial,
)

TICKS = 70
LR, MOMENTUM, DECAY = 0.1, 0.9, 0.04
METRIC = [1.0, 0.9, *[0.9] * 28, *[0.8] * 40]


@dataclass(frozen=True)
class Case:
    """What a spec says of a scheduler, and the values that its source gives."""

    scheduler: Mapping[str, object]
    values: Callable[[], Sequence[float]]
    field: str = "lr"
    metric: Sequence[float] | None = None

    @property
    def name(self) -> str:
        """The name in the catalogue."""
        return str(self.scheduler["type"])


def torch_loop(make, metric=None):
    """The learning rates of a plain loop over torch's own objects."""

    def values():
        weight = torch.nn.Parameter(torch.zeros(1))
        optimizer = torch.optim.SGD([weight], lr=LR, momentum=MOMENTUM, weight_decay=DECAY)
        scheduler, found = make(optimizer), []
        for tick in range(TICKS):
            found.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            scheduler.step(*([] if metric is None else [metric[tick]]))
        return found

    return values


def times(factor, base=LR):
    """``base`` times the factor of a formula at each tick."""
    return lambda: [base * factor(tick) for tick in range(TICKS)]


_PLAIN = {
    "StepLR": {"step_size": 7, "gamma": 0.3},
    "MultiStepLR": {"milestones": [9, 20, 20, 41], "gamma": 0.3},
    "ConstantLR": {"factor": 0.3, "total_iters": 9},
    "LinearLR": {"start_factor": 0.01, "end_factor": 0.8, "total_iters": 31},
    "ExponentialLR": {"gamma": 0.97},
    "PolynomialLR": {"total_iters": 50, "power": 0.9},
    "CosineAnnealingLR": {"T_max": 40, "eta_min": 0.001},
    "CosineAnnealingWarmRestarts": {"T_0": 9, "T_mult": 2, "eta_min": 0.001},
    "CyclicLR": {"base_lr": 0.01, "max_lr": 0.2, "step_size_up": 8, "step_size_down": 13},
    "OneCycleLR": {"max_lr": 0.3, "total_steps": TICKS + 1, "pct_start": 0.25},
}
_LINE = {"start_factor": 0.1, "total_iters": 10}


def _sequence(optimizer):
    members = [
        lr_scheduler.LinearLR(optimizer, **_LINE),
        lr_scheduler.CosineAnnealingLR(optimizer, 50),
    ]
    return lr_scheduler.SequentialLR(optimizer, members, milestones=[10])


def _chain(optimizer):
    members = [
        lr_scheduler.LinearLR(optimizer, **_LINE),
        lr_scheduler.ExponentialLR(optimizer, 0.95),
    ]
    return lr_scheduler.ChainedScheduler(members, optimizer=optimizer)


def _of_torch():
    for name, arguments in _PLAIN.items():
        make = getattr(lr_scheduler, name)
        yield Case(
            {"type": name, **arguments}, torch_loop(lambda o, m=make, a=arguments: m(o, **a))
        )
    yield Case(
        {"type": "LambdaLR", "lr_lambda": "1 / (1 + 0.1 * t)"},
        torch_loop(lambda o: lr_scheduler.LambdaLR(o, lambda t: 1 / (1 + 0.1 * t))),
    )
    yield Case(
        {"type": "MultiplicativeLR", "lr_lambda": "0.9 + 0.1 * sin(t)"},
        torch_loop(lambda o: lr_scheduler.MultiplicativeLR(o, lambda t: 0.9 + 0.1 * math.sin(t))),
    )
    yield Case(
        {"type": "ReduceLROnPlateau", "factor": 0.5, "patience": 3},
        torch_loop(lambda o: lr_scheduler.ReduceLROnPlateau(o, factor=0.5, patience=3), METRIC),
        metric=METRIC,
    )
    cosine, line = {"type": "CosineAnnealingLR", "T_max": 50}, {"type": "LinearLR", **_LINE}
    yield Case(
        {"type": "SequentialLR", "milestones": [10], "schedulers": [line, cosine]},
        torch_loop(_sequence),
    )
    decay = {"type": "ExponentialLR", "gamma": 0.95}
    yield Case({"type": "ChainedScheduler", "schedulers": [line, decay]}, torch_loop(_chain))
    yield Case(
        {"type": "SWALR", "swa_lr": 0.05, "anneal_epochs": 12, "anneal_strategy": "cos"},
        torch_loop(lambda o: SWALR(o, swa_lr=0.05, anneal_epochs=12, anneal_strategy="cos")),
    )


def _restarts(first, mult, peak, warmup, gamma):
    """CosineAnnealingWarmUpRestarts, from cycle to cycle: up on a line, down on a cosine."""
    found, length = [], first
    while len(found) < TICKS:
        for t in range(length):
            angle = math.pi * (t - warmup) / (length - warmup)
            share = t / warmup if t < warmup else (1 + math.cos(angle)) / 2
            found.append(LR + (peak - LR) * share)
        length, peak = (length - warmup) * mult + warmup, peak * gamma
    return found[:TICKS]


def _masked(tick):
    return (0.1 + 0.9 * tick / 10) if tick < 10 else 0.3 ** (tick // 7)


def _of_lrplan():
    lengths = {"warmup_steps": 7, "total_steps": 60}
    yield Case(
        {"type": "WarmupCosine", **lengths, "min_ratio": 0.1},
        times(lambda s: transformers_cosine(s, 7, 60, 0.1) if s <= 60 else _wave(s)),
    )
    yield Case(
        {"type": "WarmupConstantSchedule", "warmup_steps": 7}, times(lambda s: min(1, s / 7))
    )
    yield Case(
        {
            "type": "InverseSqrtScheduler",
            **lengths,
            "timescale": 30,
            "cooldown_steps": 15,
        },
        times(lambda s: big_vision_rsqrt(s, 7, 30, 15, 60)),
    )
    yield Case(
        {
            "type": "CosineAnnealingWarmUpRestarts",
            "T_0": 15,
            "T_mult": 2,
            "eta_max": 0.5,
            "T_up": 4,
            "gamma": 0.5,
        },
        lambda: _restarts(15, 2, 0.5, 4, 0.5),
    )
    yield Case(
        {"type": "GradualWarmupScheduler", "multiplier": 4, "total_epoch": 8},
        times(lambda s: 1 + 3 * min(s / 8, 1)),
    )
    yield Case(
        {"type": "WarmupRamp", "warmup_steps": 9, "start": 0.01, "shape": "exponential"},
        times(lambda s: 0.01 ** (1 - min(1, s / 9))),
    )
    step = {"type": "StepLR", "step_size": 7, "gamma": 0.3}
    yield Case(
        {"type": "WarmupOver", "base_scheduler": step, "warmup_steps": 10, "start": 0.1},
        times(_masked),
    )
    yield Case(
        {"type": "WarmupLinear", **lengths, "min_ratio": 0.1},
        times(lambda s: megatron_line(s, 7, 60, 0.1)),
    )
    yield Case(
        {"type": "WarmupPolynomial", **lengths, "power": 2, "min_ratio": 0.1},
        times(lambda s: transformers_polynomial(s, 7, 60, 0.1, 2)),
    )
    for shape in ("linear", "1-sqrt", "cosine", "exponential"):
        own = {"decay_steps": 20, "decay_type": shape, "min_ratio": 0.1}
        yield Case(
            {"type": "WarmupStableDecay", **lengths, **own},
            times(lambda s, shape=shape: haegele(s, 7, 60, 20, shape, 0.1)),
        )
    stages = {"warmup_steps": 7, "hold_steps": 20, "decay_steps": 30}
    yield Case(
        {"type": "TriStage", **stages, "init_lr_scale": 0.2, "final_lr_scale": 0.05},
        times(lambda s: fairseq_tri_stage(s, 7, 20, 30, 0.2, 0.05)),
    )
    yield Case({"type": "REX", "total_steps": 60}, times(lambda s: rex_of_the_paper(s, 60)))
    yield Case(
        {"type": "PiecewiseConstant", "milestones": [20, 40], "factors": [1, 0.3, 2]},
        times(lambda s: 1 if s < 20 else 0.3 if s < 40 else 2),
    )
    yield Case(
        {"type": "PiecewiseLinear", "points": [[0, 0.2], [40, 1.0]]},
        lambda: [0.2 + 0.8 * min(s, 40) / 40 for s in range(TICKS)],
    )
    yield Case(
        {"type": "MilestoneLrScheduler", "milestones": [20, 40, 50], "gamma": 0.4},
        times(lambda s: 0.4 ** sum(s >= m for m in (20, 40, 50))),
    )
    yield Case(
        {"type": "StepWdScheduler", "every": 7},
        times(lambda s: 1.1 ** (s // 7), DECAY),
        field="weight_decay",
    )
    decay = {"param_group_field": "weight_decay", "end_value": 0.4, "total_steps": 60}
    yield Case(
        {"type": "LinearParamScheduler", **decay},
        lambda: [DECAY + (0.4 - DECAY) * min(s, 60) / 60 for s in range(TICKS)],
        field="weight_decay",
    )
    yield Case(
        {"type": "CosineParamScheduler", **decay},
        lambda: [
            0.4 + (DECAY - 0.4) * (1 + math.cos(math.pi * min(s, 60) / 60)) / 2
            for s in range(TICKS)
        ],
        field="weight_decay",
    )
    yield Case(
        {
            "type": "LambdaParamScheduler",
            "param_group_field": "momentum",
            "param_lambda": "0.99 ** t",
        },
        times(lambda s: 0.99**s, MOMENTUM),
        field="momentum",
    )


def _wave(s):
    """The cosine of transformers past its end, which goes on; its floor counts there too."""
    return 0.1 + 0.9 * 0.5 * (1 + math.cos(math.pi * (s - 7) / 53))


CASES = [*_of_torch(), *_of_lrplan()]
