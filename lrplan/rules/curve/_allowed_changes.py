"""Where a scheduler is meant to change abruptly, and where it is meant to rise again."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from lrplan.lint.facts.lr_curves import acts_alone, step_or_end

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lrplan.lint.context import Context
    from lrplan.lint.facts.lr_curves import Curve
    from lrplan.plan import SchedulerPlan, Span

    BoolArray = NDArray[np.bool_]

_ANYWHERE = (
    "LambdaLR",
    "MultiplicativeLR",
    "ExponentialLR",
    "LambdaParamScheduler",
    "CyclicLR",
    "CosineAnnealingWarmRestarts",
    "CosineAnnealingWarmUpRestarts",
)
"""Formulas, and cycles that start over: any change may be meant."""
_BY_GAMMA = ("StepLR", "MultiStepLR", "MilestoneLrScheduler")
_EVERY = {"StepLR": "step_size", "CosineAnnealingLR": "T_max"}
_AT = ("milestones", "total_iters", "total_epoch", "warmup_steps", "total_steps", "anneal_epochs")
_RISES_TO_THE_END = (
    "LambdaLR",
    "MultiplicativeLR",
    "LambdaParamScheduler",
    "CyclicLR",
    "CosineAnnealingWarmRestarts",
    "CosineAnnealingWarmUpRestarts",
    "SWALR",
    "LinearParamScheduler",
    "CosineParamScheduler",
)
_RISES_UNTIL = {
    "LinearLR": "total_iters",
    "GradualWarmupScheduler": "total_epoch",
    "WarmupCosine": "warmup_steps",
    "WarmupConstantSchedule": "warmup_steps",
    "InverseSqrtScheduler": "warmup_steps",
}


def may_jump(context: Context, scheduler: SchedulerPlan, tick: int, *, down: bool) -> bool:
    """Whether an abrupt change within a tick of its own ``tick`` belongs to its plan."""
    if scheduler.type in _ANYWHERE or scheduler.row.abrupt:
        return True
    if down and scheduler.type == "ReduceLROnPlateau":
        return True
    gamma = context.value(scheduler, "gamma", (int, float))
    if scheduler.type in _BY_GAMMA and gamma is not None and down != (gamma < 1):
        return False
    every = context.value(scheduler, _EVERY.get(scheduler.type, ""), int)
    if every is not None and every > 0 and min(tick % every, -tick % every) <= 1:
        return True
    return any(abs(tick - planned) <= 1 for planned in _planned(context, scheduler))


def _planned(context: Context, scheduler: SchedulerPlan) -> list[int]:
    given = [scheduler.arguments.get(name, context.value(scheduler, name, int)) for name in _AT]
    each = chain.from_iterable(value if isinstance(value, list) else [value] for value in given)
    found = [tick for tick in each if isinstance(tick, int) and not isinstance(tick, bool)]
    if scheduler.type == "OneCycleLR":
        found += _one_cycle(context, scheduler, found)
    return found


def _one_cycle(context: Context, scheduler: SchedulerPlan, given: list[int]) -> list[int]:
    epochs = context.value(scheduler, "epochs", int) or 0
    total = given[0] if given else epochs * (context.value(scheduler, "steps_per_epoch", int) or 0)
    share = context.value(scheduler, "pct_start", (int, float)) or 0.0
    peak = share * total - 1
    return [int(peak), int(2 * peak), total]


def may_rise(context: Context, curve: Curve) -> BoolArray:
    """For each step, whether its rate may be higher than that of the step before."""
    allowed = np.zeros(len(curve.values), dtype=bool)
    for span in context.spans():
        if span.top not in curve.drivers:
            continue
        for begin, end in _rises(context, span, alone=acts_alone(curve)):
            allowed[step_or_end(context, span, begin) : step_or_end(context, span, end) + 1] = True
    return allowed


def _rises(context: Context, span: Span, *, alone: bool) -> list[tuple[int, int]]:
    """Stretches of its own ticks in which it is meant to rise."""
    scheduler, kind = span.scheduler, span.scheduler.type
    gamma = context.value(scheduler, "gamma", (int, float))
    if kind in _RISES_TO_THE_END or scheduler.row.abrupt or (gamma is not None and gamma > 1):
        return [(0, span.ticks)]
    if kind == "CosineAnnealingLR":
        # What a cosine does past T_max is told, or left alone, by cosine-past-t-max-rises.
        period = context.value(scheduler, "T_max", int) or 0
        return [(period, span.ticks)] if span.ticks > period else []
    if kind == "SequentialLR":
        return [(max(tick - 1, 0), tick + 1) for tick in _planned(context, scheduler)]
    if kind == "ConstantLR" and (span.begin == 0 or not alone):
        end = context.value(scheduler, "total_iters", int) or 0
        return [(max(end - 1, 0), end + 1)]
    last = context.value(scheduler, _RISES_UNTIL.get(kind, ""), int)
    return [] if last is None else [(0, last + 1)]
