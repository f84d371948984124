"""The learning rate rises for most of the run before it comes down.

A warm-up takes a few percent of a run. One that takes most of it leaves the plan's own learning
rate to the few steps around its peak: the model is trained on the way up.

## Why it matters

``OneCycleLR(pct_start=0.95)`` in a run of 1,000 steps rises for 949 of
them, and falls from ``max_lr`` to almost nothing in the last 50.

## How to fix it

A warm-up of 5 % to 30 % of the run: ``pct_start: 0.3``, ``min(1, step / 50)``.

## When it is fine

A peak in the first 65 % of the run, whatever the schedule. A rise that goes on until the last step,
as in a range test, is another rule's; one that ends before it, and stays at its top, is reported of
a formula. Of stairs that only rise those of a formula are reported
which lead up tenfold or more, from above 0, and arrive in the second half of the run. Cycles are
not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lrplan.arrays import IndexArray
from lrplan.lint import Context, Hit, Rule, Severity, number, share
from lrplan.lint.facts.free_form import formula_of
from lrplan.lint.facts.lr_curves import (
    AppliedCurve,
    CurveFinding,
    constant_stretches,
    curves,
    merge_by_scheduler,
)

BAD = """\
training: {steps: 1000}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1, momentum: 0.9}
    scheduler: {type: OneCycleLR, max_lr: 0.1, total_steps: 1000, pct_start: 0.95}
"""
_LATE = 0.65
_LOW = 0.5
_RAMP = 5
_MOST_STAIRS = 10
_TENFOLD = 9.99


def check(context: Context) -> Iterator[Hit]:
    """Curves that rise without a fall until late in the run."""
    if context.clock.horizon is None and context.trace.failure is None:
        yield from merge_by_scheduler(context, _curve_findings(context))


def _curve_findings(context: Context) -> Iterator[CurveFinding]:
    for curve in curves(context):
        values = curve.values
        steps = len(values)
        if (stairs := _only_rises(context, curve)) is not None:
            yield stairs
            continue
        top = float(values.max())
        at = int(np.argmax(values >= (1 - 1e-9) * top))
        falls = float(values[-1]) < (1 - 1e-9) * top
        if at < _LATE * steps or values[0] > _LOW * top:
            continue
        starts, heights = constant_stretches(values[: at + 1])
        if not falls and not _is_held(context, curve, starts):
            continue
        if len(heights) <= _RAMP or (np.diff(heights) < 0).any():
            continue
        yield CurveFinding(
            curve,
            f"rises until step {at:,} of {steps:,}, {share(at / steps)} of the run, before it"
            f" {'falls from' if falls else 'stays at'} {number(top)}",
            fix="a shorter rise, of 5 % to 30 % of the run",
            step=at,
        )


def _is_held(context: Context, curve: AppliedCurve, starts: IndexArray) -> bool:
    """Return True if a formula stays at its top for some stairs, and not for the last one only."""
    # `starts` are the first steps of the stairs up to the top: 0, 10, 20 ... 990 for a range test
    # that ticks every 10 steps of 1,000, whose top lasts as long as every other stair.
    stairs = np.diff(starts)
    held = len(curve.values) - int(starts[-1])
    longest = int(stairs.max()) if len(stairs) else len(curve.values)
    return formula_of(context, curve) is not None and held > _RAMP * longest


def _only_rises(context: Context, curve: AppliedCurve) -> CurveFinding | None:
    """Stairs of a formula that lead up tenfold or more, the last of them in the second half."""
    if formula_of(context, curve) is None:
        return None
    starts, heights = constant_stretches(curve.values)
    first, top = float(heights[0]), float(heights[-1])
    few = 1 < len(heights) <= _MOST_STAIRS and not (np.diff(heights) < 0).any()
    late = 2 * int(starts[-1]) >= len(curve.values)
    if not few or not late or not 0 < first <= top / _TENFOLD:
        return None
    return CurveFinding(
        curve,
        f"only ever rises, from {number(first)} to {number(top)}: the top begins at step"
        f" {starts[-1]:,} of {len(curve.values):,}",
        fix="the largest factor first",
        step=int(starts[-1]),
    )


RULE = Rule(
    code="LRP915",
    name="peak-comes-late",
    severity=Severity.WARNING,
    needs="curve",
    summary="The lr rises for most of the run before it comes down.",
    bad=(BAD,),
    good=(BAD.replace("0.95", "0.3"),),
    check=check,
    level="symptom",
)
