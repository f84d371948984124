"""`scheduler.get_lr()` shows another rate than the one in use.

``get_lr()`` is how a scheduler computes its *next* value: most classes multiply the rate that the
group holds now. Called by hand for a log or a plot it therefore shows the next change once more:
at the milestone of a ``StepLR`` a cut twice as deep, between milestones the right value. Training
is not affected, only what is displayed.

## Why it matters

On torch 1.1.0, and from 1.4.0 on: ``StepLR(3, 0.1)`` ticked ten times is wrong at ticks 3, 6 and
9, by a factor of 0.1. ``ExponentialLR(0.9)`` is wrong at every tick, by 0.9;
``CosineAnnealingLR(8)`` at nine of ten, and its first reading for a real 0.1 is 0.10396. The plot
that set this off shows 0.1, 0.001, 0.01 at a milestone.

Torch 1.0, 1.2 and 1.3 compute from the base rate and show the right value, and so do, on every
release, the classes that still do: ``LambdaLR``, ``CosineAnnealingWarmRestarts``, ``CyclicLR`` and
``OneCycleLR``. ``SequentialLR``, ``ChainedScheduler`` and ``ReduceLROnPlateau`` raise
``NotImplementedError``. From 1.4.0 on torch warns.

## How to fix it

``scheduler.get_last_lr()`` (from 1.4.0), or ``optimizer.param_groups[i]["lr"]``, which is what
every picture and table of lrplan shows.

## When it is fine

Training never reads it. Libraries that define a ``get_lr()`` of their own may return the current
rate.

## References

pytorch/pytorch#20486, pytorch/pytorch#22107, pytorch/pytorch#31828
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lrplan.finding import Severity
from lrplan.lint.facts.lr_curves import number
from lrplan.lint.rule import Hit, Rule
from lrplan.lint.wording import count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lrplan.lint.context import Context, Version
    from lrplan.plan import SchedulerPlan
    from lrplan.trace import FloatArray

BAD = """\
training: {epochs: 10, steps_per_epoch: 100}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: StepLR, step_size: 3, gamma: 0.1}
"""
GOOD = """\
training: {epochs: 10, steps_per_epoch: 100}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: LambdaLR, lr_lambda: "0.1 ** (epoch // 3)"}
"""
_NEAR = 1e-3
"""What is closer to the rate in use, relative to it, nobody sees in a log."""
_TINY = 1e-300
_RAISES = ("SequentialLR", "ChainedScheduler", "ReduceLROnPlateau")


class _Wrong(NamedTuple):
    """Where ``get_lr()`` differs from the rate in use, and by what factor."""

    steps: int
    worst: int
    shown: float
    used: float
    least: float
    most: float


def check(context: Context) -> Iterator[Hit]:
    """Schedulers whose recorded ``get_lr()`` is not the applied rate."""
    if not _multiplies(context.torch):
        return
    for top in context.plan.schedulers:
        for group in top.groups:
            wrong = _compare(context, group) if _is_asked_last(context, top, group) else None
            if wrong is not None:
                yield _hit(context, top, wrong)
                break


def _multiplies(torch: Version) -> bool:
    """Whether that release computes the next rate from the current one."""
    return torch >= (1, 4, 0) or torch[:2] == (1, 1)


def _is_asked_last(context: Context, top: SchedulerPlan, group: str) -> bool:
    """Whether what was recorded for the group is what ``top`` answered, about the rate."""
    beside = [each for each in context.plan.schedulers if group in each.groups]
    answer = [each for each in beside if each.type not in _RAISES]
    about_the_rate = all(context.driven(each) == "lr" for each in answer)
    return bool(answer) and answer[-1] is top and about_the_rate


def _compare(context: Context, group: str) -> _Wrong | None:
    shown, used = context.trace.get_lr.get(group), context.trace.lr[group]
    if shown is None or len(shown) != len(used):
        return None
    known = np.isfinite(shown) & np.isfinite(used)
    differs = np.abs(np.subtract(shown, used, where=known, out=np.zeros_like(used)))
    at = np.flatnonzero(known & (differs > _NEAR * np.abs(used)))
    if not len(at):
        return None
    factors = _factors(shown[at], used[at])
    off = differs[at] / np.maximum(np.abs(used[at]), _TINY)
    worst = int(at[np.argmax(off >= off.max() * (1 - 1e-9))])
    return _Wrong(
        steps=len(at),
        worst=worst,
        shown=float(shown[worst]),
        used=float(used[worst]),
        least=float(factors.min(initial=np.inf)),
        most=float(factors.max(initial=-np.inf)),
    )


def _factors(shown: FloatArray, used: FloatArray) -> FloatArray:
    """Shown over used, where the rate in use is not 0."""
    some = used != 0
    return np.asarray(shown[some] / used[some])


def _hit(context: Context, top: SchedulerPlan, wrong: _Wrong) -> Hit:
    if wrong.most - wrong.least <= 1e-9 * abs(wrong.most):
        by = f"by a factor of {number(wrong.most)}"
    else:
        by = f"by factors from {number(wrong.least)} to {number(wrong.most)}"
    steps = f"{count(wrong.steps, 'step')} of {context.trace.steps:,}"
    return Hit(
        path=top.path,
        message=(
            f"on torch 1.1.0 and from 1.4.0 on, {top.type}.get_lr() is wrong at {steps}, {by}: at"
            f" step {wrong.worst:,} it shows {number(wrong.shown)} where {number(wrong.used)} is"
            " in use"
        ),
        fix="log get_last_lr(), or the param_groups",
        step=wrong.worst,
    )


RULE = Rule(
    code="LRP881",
    name="get-lr-is-not-current-lr",
    family="display",
    severity=Severity.INFO,
    needs="curve",
    summary="get_lr() shows another rate than the one in use.",
    bad=(BAD,),
    good=(GOOD,),
    check=check,
)
