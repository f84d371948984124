"""Ticks at which a scheduler is meant to change abruptly, or to rise again."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from lrplan.lint import Context, SchedulerPlan, Span
from lrplan.lint.facts.lr_curves import Curve, acts_alone, step_or_end

if TYPE_CHECKING:
    from numpy.typing import NDArray

BoolArray: TypeAlias = "NDArray[np.bool_]"

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
    """Return True if an abrupt change within a tick of its own ``tick`` belongs to its plan."""
    if scheduler.type in _ANYWHERE or scheduler.row.abrupt:
        return True
    if down and scheduler.type == "ReduceLROnPlateau":
        return True
    gamma = context.number(scheduler, "gamma")
    if scheduler.type in _BY_GAMMA and gamma is not None and down != (gamma < 1):
        return False
    every = context.integer(scheduler, _EVERY.get(scheduler.type, ""))
    if every is not None and every > 0 and min(tick % every, -tick % every) <= 1:
        return True
    return any(abs(tick - planned) <= 1 for planned in _planned(context, scheduler))


def _planned(context: Context, scheduler: SchedulerPlan) -> list[int]:
    arguments = [scheduler.arguments.get(name, context.integer(scheduler, name)) for name in _AT]
    each = chain.from_iterable(value if isinstance(value, list) else [value] for value in arguments)
    ticks = [tick for tick in each if isinstance(tick, int) and not isinstance(tick, bool)]
    if scheduler.type == "OneCycleLR":
        ticks += _one_cycle(context, scheduler, ticks)
    return ticks


def _one_cycle(context: Context, scheduler: SchedulerPlan, arguments: list[int]) -> list[int]:
    epochs = context.integer(scheduler, "epochs") or 0
    total = (
        arguments[0] if arguments else epochs * (context.integer(scheduler, "steps_per_epoch") or 0)
    )
    share = context.number(scheduler, "pct_start") or 0.0
    peak = share * total - 1
    return [int(peak), int(2 * peak), total]


def may_rise(context: Context, curve: Curve) -> BoolArray:
    """For each step, whether its lr may be higher than that of the step before."""
    # Each scheduler marks the steps in which it is meant to rise: a warm-up until its last tick, a
    # cycle everywhere, a SequentialLR around each milestone. What is not marked is a fault.
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
    gamma = context.number(scheduler, "gamma")
    if kind in _RISES_TO_THE_END or scheduler.row.abrupt or (gamma is not None and gamma > 1):
        return [(0, span.ticks)]
    if kind == "CosineAnnealingLR":
        # What a cosine does past T_max is told, or left alone, by cosine-past-t-max-rises.
        period = context.integer(scheduler, "T_max") or 0
        return [(period, span.ticks)] if span.ticks > period else []
    if kind == "SequentialLR":
        return [(max(tick - 1, 0), tick + 1) for tick in _planned(context, scheduler)]
    if kind == "ConstantLR" and (span.begin == 0 or not alone):
        end = context.integer(scheduler, "total_iters") or 0
        return [(max(end - 1, 0), end + 1)]
    last = context.integer(scheduler, _RISES_UNTIL.get(kind, ""))
    return [] if last is None else [(0, last + 1)]
