"""The learning rate rises again after it has decayed to its minimum.

After a decay the weights should settle. When the learning rate rises again, the last part of
training moves them away, and the checkpoint at the end is worse than an earlier one. Either the
plan is shorter than the run, or a scheduler that kept the learning rate low has ended.

## Why it matters

``ConstantLR(factor=0.01, total_iters=5)`` as a cool-down of 10 epochs divides its factor out again
after 5: the last 5 epochs are trained at 100 times the learning rate of the 5 before, the full base
lr. ``WarmupCosine`` follows its cosine past ``total_steps``, up again. ``(1 - step / 600) ** 2``
without a clamp is at 0 at step 600, and at 44 % of the learning rate at step 1,000.

## How to fix it

Make the decay last until the run ends, and a cool-down one tick longer than needed.

## When it is fine

Restarts, cycles, range tests, ``SWALR``, the beginning of the next phase of a ``SequentialLR``, and
up to 1 % of the peak. A cosine past its ``T_max`` is reported by ``cosine-past-t-max-rises``. Of
formulas and code of the user's own only a curve is reported that falls once to less than 5 % of its
peak, rises once, not at once, and ends at its highest since; cycles of a formula (``%``, ``//``)
are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lrplan.arrays import FloatArray
from lrplan.lint import Context, Hit, Rule, Severity, number
from lrplan.lint.facts.combinations import schedulers_without_containers
from lrplan.lint.facts.free_form import formula_of, is_free_form, repeats
from lrplan.lint.facts.lr_curves import (
    AppliedCurve,
    CurveFinding,
    merge_by_scheduler,
    scheduled_curves,
)
from lrplan.rules.curve._allowed_changes import may_rise

BAD = """\
training: {epochs: 60, steps_per_epoch: 20}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler:
      type: SequentialLR
      interval: step
      milestones: [50ep]
      schedulers:
        - {type: CosineAnnealingLR, T_max: 50ep, eta_min: 0.001}
        - {type: ConstantLR, factor: 0.01, total_iters: 5ep}
"""
FORMULA = """\
training: {steps: 1000}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: LambdaLR, lr_lambda: "(1 - step / 600) ** 2"}
"""
_VISIBLE = 0.01
_LOW = 0.05
_HIGH = 0.05
_NEARLY = 0.999
_AT_ONCE = 0.3
_NOISE = 1e-9


def check(context: Context) -> Iterator[Hit]:
    """Curves that fall and then rise where none of their schedulers is meant to."""
    yield from merge_by_scheduler(context, _curve_findings(context))


def _curve_findings(context: Context) -> Iterator[CurveFinding]:
    for curve in scheduled_curves(context):
        low = _low_point(context, curve)
        if low is None:
            continue
        lowest, after = float(curve.values[low]), curve.values[low:]
        highest = float(after.max())
        start = low + int(np.argmax(after > lowest))
        yield CurveFinding(
            curve,
            f"has come down to {number(lowest)} by step {low:,} and rises again, to"
            f" {number(highest)}: step {start:,} is the first",
            fix="let the decay last until the run ends",
            step=start,
        )


def _low_point(context: Context, curve: AppliedCurve) -> int | None:
    """The last step at the bottom before a rise that is not planned."""
    free = is_free_form(context, curve)
    if curve.field == "lr" and curve.drivers and (not free or _is_foreign(curve)):
        low = _bottom(context, curve)
        if low is not None or not free:
            return low
    return _bottom_of_free_form(context, curve) if free else None


def _is_foreign(curve: AppliedCurve) -> bool:
    """Return True if other packages alone compute it, of which the catalogue knows the rises."""
    return all(
        each.row.extra for top in curve.drivers for each in schedulers_without_containers(top)
    )


def _bottom_of_free_form(context: Context, curve: AppliedCurve) -> int | None:
    """The bottom of a curve that falls once to nearly 0, rises once in a ramp, and ends high."""
    formula = formula_of(context, curve)
    values, top = curve.values, float(curve.values.max())
    if top <= 0 or (formula is not None and repeats(formula)):
        return None
    least = float(values.min())
    low = len(values) - 1 - int(np.argmin(values[::-1]))
    before, after = values[: low + 1], values[low:]
    ends_high = len(after) > 1 and after[-1] > _HIGH * top and after[-1] >= after.max() * _NEARLY
    if not ends_high or not -_NOISE * top <= least < _LOW * top or before.max() < _NEARLY * top / 2:
        return None
    falls = np.diff(before[int(np.argmax(before)) :])
    rises = np.diff(after)
    smooth = rises.max() < _AT_ONCE * (after[-1] - least)
    once = (falls <= _NOISE * top).all() and (rises >= -_NOISE * top).all()
    return low if smooth and once else None


def _bottom(context: Context, curve: AppliedCurve) -> int | None:
    """The last step at the bottom of the first fall that is followed by an unplanned rise."""
    values, least = curve.values, _VISIBLE * curve.peak
    if not (values[1:] > values[:-1]).any():
        return None
    allowed = may_rise(context, curve)
    # Stretches in which no scheduler is meant to rise, as pairs of the first step and the one after
    # the last: `edges` has every change of `allowed` between True and False, and the padding opens
    # and closes the ends.
    edges = np.flatnonzero(np.diff(allowed.astype(np.int8), prepend=1, append=1))
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        # The step before the stretch is where its first change starts.
        first = max(int(begin) - 1, 0)
        low = _low(values[first:end], values[: first + 1])
        rest = values[first + low : end]
        highest_before = float(values[: first + low + 1].max())
        if highest_before - rest[0] > least and float(rest.max()) - rest[0] > least:
            return first + low
    return None


def _low(stretch: FloatArray, earlier: FloatArray) -> int:
    """The index where the stretch is lowest after its peak, or after a higher one before it."""
    top = float(stretch.max())
    start = 0 if earlier.max() >= top else int(np.argmax(stretch >= top * (1 - 1e-9)))
    # The last of equal lows, so the tail is searched backwards: in 3, 1, 1, 2 that is index 2.
    tail = stretch[start:]
    return start + len(tail) - 1 - int(np.argmin(tail[::-1]))


RULE = Rule(
    code="LRP907",
    name="rise-after-minimum",
    severity=Severity.WARNING,
    needs="curve",
    summary="The lr decays to its minimum and then rises again.",
    bad=(BAD, FORMULA),
    good=(
        BAD.replace("total_iters: 5ep", "total_iters: 11ep"),
        FORMULA.replace("1 - step / 600", "max(0, 1 - step / 1000)"),
    ),
    check=check,
    level="symptom",
    supersedes=("lr-zero-for-part-of-run",),
)
