"""The run stops in the middle of a cycle of ``CyclicLR`` or of a formula, at a high learning rate.

Each cycle brings the learning rate down and takes it up again. Only at the end of a cycle is the
model settled; a run that stops near the top keeps weights that still move far with every step.

## Why it matters

``CyclicLR(step_size_up=200)`` has cycles of 400 ticks: a run of 1,000 ends after two and a half of
them, at ``max_lr``.

## How to fix it

Let the run be a whole number of cycles long, or the cycle a whole part of the run.

## When it is fine

A run that ends in the lower half of a cycle of ``CyclicLR``, or in the lower three tenths of one of
a formula, that ends with a rise to where it began (cycles from high to high), that has less than a
whole cycle, or with a ``training.horizon`` beyond it.
``CosineAnnealingWarmRestarts`` is judged by ``warm-restart-run-ends-mid-cycle``.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lrplan.arrays import FloatArray
from lrplan.lint import Context, Hit, Rule, Severity, check_plans_of_run, number, share
from lrplan.lint.facts.free_form import formula_of, repeats
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
    optimizer: {type: SGD, lr: 0.01, momentum: 0.9}
    scheduler: {type: CyclicLR, base_lr: 0.01, max_lr: 0.1, step_size_up: 200}
"""
FORMULA = """\
training: {steps: 1000}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: LambdaLR, lr_lambda: "0.5 * (1 + cos(pi * (step % 300) / 300))"}
"""
_HIGH_OF_CYCLIC, _HIGH_OF_FORMULA = 0.5, 0.3
_CYCLE = 0.5
"""What a fall and a rise are at least, of the height of the curve, to make a cycle."""
_SMOOTH_LEVELS = 5
_BACK = 0.05


def check(context: Context) -> Iterator[Hit]:
    """Cyclic curves that end high above the end of a cycle."""
    if context.clock.horizon is None and context.trace.failure is None:
        yield from merge_by_scheduler(context, _curve_findings(context))


def _curve_findings(context: Context) -> Iterator[CurveFinding]:
    for curve in curves(context):
        high = _limit(context, curve)
        turn = None if high is None else _last_bottom(curve.values)
        if high is None or turn is None:
            continue
        bottom = float(curve.values[turn])
        top, last = float(curve.values.max()), float(curve.values[-1])
        if _is_back(curve.values):
            continue
        height = (last - bottom) / (top - bottom)
        if height > high:
            yield CurveFinding(
                curve,
                f"ends in the middle of a cycle, at {number(last)}: {share(height)} of the way from"
                f" {number(bottom)}, where the cycle before ended at step {turn:,}, to"
                f" {number(top)}",
                fix="a run of a whole number of cycles",
                step=len(curve.values) - 1,
            )


def _is_back(values: FloatArray) -> bool:
    """Return True if a last rise in small changes leads back to where the curve began."""
    height = float(np.ptp(values))
    _, heights = constant_stretches(values)
    at_start = abs(float(heights[-1] - heights[0])) < _BACK * height
    return at_start and 0 < float(heights[-1] - heights[-2]) < _BACK * height


def _limit(context: Context, curve: AppliedCurve) -> float | None:
    """The highest value at which such a curve may end; None if it has no cycles of equal length."""
    formula = formula_of(context, curve)
    if formula is not None:
        return _HIGH_OF_FORMULA if repeats(formula) else None
    only = curve.drivers[0] if len(curve.drivers) == 1 else None
    # A row with a peak and a length of its cycles, which other arguments than restarts have.
    cyclic = only is not None and only.row.name_of("peak") and only.row.name_of("cycle")
    return _HIGH_OF_CYCLIC if cyclic and only is not None and not only.row.extra else None


def _last_bottom(values: FloatArray) -> int | None:
    """The last step of the last whole cycle: a fall of half the height, and then a rise."""
    starts, heights = constant_stretches(values)
    height = float(np.ptp(heights))
    change = np.diff(heights)
    if height == 0 or len(heights) < _SMOOTH_LEVELS:
        return None
    bottoms = np.flatnonzero((change[1:] > 0) & (change[:-1] < 0)) + 1
    for bottom in bottoms[::-1]:
        fell = heights[: bottom + 1].max() - heights[bottom]
        rose = heights[bottom:].max() - heights[bottom]
        ramp = change[max(bottom - _SMOOTH_LEVELS, 0) : bottom]
        if min(fell, rose) > _CYCLE * height and (ramp < 0).all() and bottom >= _SMOOTH_LEVELS:
            return int(starts[bottom + 1]) - 1
    return None


RULE = Rule(
    code="LRP606",
    name="run-ends-mid-cycle",
    severity=Severity.WARNING,
    needs="curve",
    summary="The run stops in the middle of a cycle, at a high learning rate.",
    bad=(BAD, FORMULA),
    good=(BAD.replace("step_size_up: 200", "step_size_up: 100"), FORMULA.replace("300", "250")),
    check=check,
    check_run=check_plans_of_run(check, curve=True),
    seen_in="recording",
    level="symptom",
)
