"""The learning rate is negative at some step.

A step with a negative learning rate goes uphill: SGD moves along the gradient instead of against
it, and decoupled weight decay makes the weights grow. Optimizers check the sign only when they are
built.

## Why it matters

``CosineAnnealingLR(T_max=10, eta_min=-0.01)`` from 0.1 trains its tenth epoch at -0.0073, and there
is no warning. A formula such as ``1 - epoch / 80`` in a run of 100 epochs is negative for the last
19 of them.

## How to fix it

Give the schedule a floor: ``eta_min`` of 0 or more, ``max(0, ...)`` around a formula.

## When it is fine

Never. Rounding (less than 1e-12 of the peak) is not reported.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lrplan.features import NOISE
from lrplan.lint import Context, Hit, Rule, Severity, count, number
from lrplan.lint.facts.combinations import schedulers_without_containers
from lrplan.lint.facts.lr_curves import AppliedCurve, CurveFinding, curves, merge_by_scheduler

BAD = """\
training: {epochs: 10, steps_per_epoch: 100}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: CosineAnnealingLR, T_max: 10, eta_min: -0.01}
"""


def check(context: Context) -> Iterator[Hit]:
    """Curves with a value below zero."""
    yield from merge_by_scheduler(context, _curve_findings(context))


def _curve_findings(context: Context) -> Iterator[CurveFinding]:
    for curve in curves(context):
        lowest = float(curve.values.min())
        if lowest >= -NOISE * curve.peak:
            continue
        below = curve.values < 0
        first, steps = int(np.argmax(below)), int(np.count_nonzero(below))
        yield CurveFinding(
            curve,
            f"is negative at {count(steps, 'step')} of {len(below):,}, from step {first:,} on,"
            f" and {number(lowest)} at the lowest",
            fix=_fix(context, curve),
            step=first,
        )


def _fix(context: Context, curve: AppliedCurve) -> str:
    """The factor below 0 that changes the sign, without its sign; else a floor."""
    for scheduler in (each for top in curve.drivers for each in schedulers_without_containers(top)):
        name = scheduler.row.name_of("factor")
        factor = context.number(scheduler, name) if name else None
        if factor is not None and factor < 0:
            return f"{name}: {-factor:g}; a change by {factor:g} makes the lr negative"
    return "give it a floor of 0 or more"


RULE = Rule(
    code="LRP901",
    name="lr-negative",
    severity=Severity.ERROR,
    needs="curve",
    summary="The learning rate is negative at some step.",
    bad=(BAD,),
    good=(BAD.replace("-0.01", "0.0001"),),
    check=check,
    level="symptom",
    supersedes=("rise-after-minimum",),
)
