"""The learning rate is so small for part of the run that its steps change nothing.

Below about 1e-12 of the peak an update is lost when it is added to a 32-bit weight, which holds
seven digits. Most often a factor that was meant per epoch is applied per step, or there are too
many cuts.

## Why it matters

With a factor of 0.95 the learning rate is below 1e-12 of the peak after 539 ticks, which is a
fraction of an epoch when it is applied per step; with 0.5, after 40, and after 1,023 it is a
denormal number, below 2.2e-308.

## How to fix it

Decay over the whole run, tick per epoch, or give the schedule a floor.

## When it is fine

What comes before the peak, as in a range test. Up to 5 % of the run, as at the foot of a cosine; up
to a third of it where more than 1e-12 of the peak is left, but less than a millionth; up to three
quarters where less than 1 % is left, or in two or three stages. A plateau is judged by the first of
these only: how often it cuts is up to a metric that is assumed. Of weight decay, the second holds.
An exact 0 is reported by ``lr-zero-for-part-of-run``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import numpy as np

from lrplan.lint import Context, Hit, Rule, SchedulerPlan, Severity, count, number
from lrplan.lint.facts.lr_curves import (
    AppliedCurve,
    CurveFinding,
    constant_stretches,
    merge_by_scheduler,
    scheduled_curves,
)

BAD = """\
training: {epochs: 10, steps_per_epoch: 100}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: MultiStepLR, milestones: [3, 6], gamma: 1e-7}
"""
_LIMITS = (
    (1e-12, 0.05, "too small to change a weight"),
    (1e-6, 1 / 3, "less than a millionth of its peak"),
    (0.0101, 0.75, "a hundredth of its peak or less"),
)
"""What is next to nothing beside the peak, the part of the run that may be spent there, and why."""
_RATIO_OF_ALL = 0.5
"""A smaller gamma for every tick leaves nothing within a few of them."""
_LEAST_LEVELS = 4
"""A curve of two or three levels may have its first, high one on purpose."""
_SMALLEST_NORMAL = sys.float_info.min


def check(context: Context) -> Iterator[Hit]:
    """Curves that spend more than a moment at next to nothing."""
    yield from merge_by_scheduler(context, _curve_findings(context))


def _curve_findings(context: Context) -> Iterator[CurveFinding]:
    for curve in scheduled_curves(context):
        if curve.field not in ("lr", "weight_decay"):
            continue
        found = (_lost(context, curve, *limit) for limit in _limits(curve))
        first = next((each for each in found if each is not None), None)
        if first is not None:
            yield first


def _limits(curve: AppliedCurve) -> list[tuple[float, float, str]]:
    """The limits that hold for the curve."""
    if curve.field != "lr":
        return [_LIMITS[1]]
    # How often a plateau cuts is up to a metric that is only assumed.
    if any(map(_reads_metric, curve.drivers)):
        return [_LIMITS[0]]
    few = len(constant_stretches(curve.values)[0]) < _LEAST_LEVELS
    return list(_LIMITS[:2] if few else _LIMITS)


def _reads_metric(top: SchedulerPlan) -> bool:
    return any(each.row.metric for each in top.walk())


def _lost(
    context: Context, curve: AppliedCurve, nothing: float, part: float, why: str
) -> CurveFinding | None:
    """A curve that is at next to nothing after its peak, for more than that part of the run."""
    size = np.abs(curve.values)
    least = max(nothing * curve.peak, _SMALLEST_NORMAL)
    lost = (size > 0) & (size < least)
    lost[: int(np.argmax(size >= (1 - 1e-9) * curve.peak))] = False
    steps = int(np.count_nonzero(lost))
    if steps <= part * len(lost):
        return None
    first = int(np.argmax(lost))
    return CurveFinding(
        curve,
        f"is below {number(least)} at {count(steps, 'step')} of {len(lost):,}, from step"
        f" {first:,} on: {why}",
        fix=_fix(context),
        step=first,
    )


def _fix(context: Context) -> str:
    """A factor of each tick, where the one given may be the ratio of the whole decay."""
    for span in context.spans("ExponentialLR"):
        gamma = context.number(span.scheduler, "gamma")
        if gamma is not None and 0 < gamma < _RATIO_OF_ALL and span.ticks > 1:
            root = number(gamma ** (1 / (span.ticks - 1)))
            return f"gamma is the factor of one tick: {root} comes down to {gamma:g} in the run"
    return "decay more slowly, per epoch, or to a floor"


RULE = Rule(
    code="LRP910",
    name="lr-vanishes",
    severity=Severity.WARNING,
    needs="curve",
    summary="The lr is too small to change a weight for part of the run.",
    bad=(BAD,),
    good=(BAD.replace("1e-7", "0.1"),),
    check=check,
    level="symptom",
    supersedes=("lr-zero-for-part-of-run",),
)
