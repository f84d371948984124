"""The learning rate, or the weight decay, grows until the run ends, far above what is stated.

A factor above 1, a lost minus, a warm-up that nothing stops: each tick adds to the value, and the
last step of the run gets the largest of all.

## Why it matters

``ExponentialLR`` with ``gamma: 1.0001`` at every step looks like no change at all. Over 90,000
steps it takes a learning rate of 0.1 to 810. ``1 + step / 1000`` in place of ``1 - step / 1000``
ends at twice the learning rate in place of 0.

## How to fix it

A ``gamma`` below 1, or a formula that falls: ``1 - step / N``, ``exp(-k * step)``. A warm-up is
held at its top by ``min(1, step / N)``.

## When it is fine

A range test: it begins at a tiny learning rate (at most 1e-4, or at most 0.01 and grows a
thousandfold, to no more than 100) and grows on purpose. Stairs that grow up to eightfold, as with
a batch size that grows, values that the spec states (``max_lr``, ``end_value``, ``swa_lr``), and a
weight decay that grows up to twentyfold are left alone too.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lrplan.lint import Context, Hit, Rule, Severity, number, with_commas
from lrplan.lint.facts.lr_curves import (
    AppliedCurve,
    CurveFinding,
    constant_stretches,
    is_range_test,
    merge_by_scheduler,
    scheduled_curves,
)
from lrplan.rules.curve._stated_lrs import named_values

BAD = """\
training: {epochs: 9, steps_per_epoch: 1000}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: ExponentialLR, gamma: 1.0003, interval: step}
"""
LINE = """\
training: {steps: 1000}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: LambdaLR, lr_lambda: "1 + step / 100"}
"""
_SMOOTH = 1.5
"""How often the stated lr a curve of many levels may be at its end."""
_STAIRS = 8.0
_MANY_LEVELS = 10
_OTHER_FIELDS = 20.0
_AT_TOP = 0.999


def check(context: Context) -> Iterator[Hit]:
    """Curves that end at their top, far above every value that the spec states."""
    if context.trace.failure is None and context.clock.horizon is None:
        yield from merge_by_scheduler(context, _curve_findings(context))


def _curve_findings(context: Context) -> Iterator[CurveFinding]:
    for curve in scheduled_curves(context):
        stated = _stated(context, curve)
        values = curve.values
        if not curve.drivers or stated is None or stated <= 0 or len(values) < 2:
            continue
        last, top = float(values[-1]), float(values.max())
        if last < _AT_TOP * top or last <= _allowed(curve) * stated or is_range_test(curve, stated):
            continue
        first = int(np.argmax(values > _SMOOTH * stated))
        yield CurveFinding(
            curve,
            f"still grows when the run ends: {number(last)} at the last step,"
            f" {with_commas(float(f'{last / stated:.3g}'))} times the {number(stated)} stated",
            fix="a factor below 1, or a formula that falls; min(1, ...) holds a warm-up at its top",
            step=first,
        )


def _stated(context: Context, curve: AppliedCurve) -> float | None:
    """The largest value that the spec states for the field."""
    group = curve.groups[0]
    base = context.base_values(curve.field).get(group)
    known = not any(each.row.extra for top in curve.drivers for each in top.walk())
    if base is None or not known:
        return None
    return max(
        [
            base,
            *(value for top in curve.drivers for value in named_values(context, top, group, base)),
        ]
    )


def _allowed(curve: AppliedCurve) -> float:
    """The growth, from the stated value on, that may be meant."""
    if curve.field != "lr":
        return _OTHER_FIELDS
    _, heights = constant_stretches(curve.values)
    return _SMOOTH if len(heights) >= _MANY_LEVELS else _STAIRS


RULE = Rule(
    code="LRP912",
    name="grows-until-run-ends",
    severity=Severity.WARNING,
    needs="curve",
    summary="A value grows until the run ends, far above what the spec states.",
    bad=(BAD, LINE),
    good=(BAD.replace("1.0003", "0.9997"), LINE.replace("1 + step / 100", "1 - step / 1000")),
    check=check,
    level="symptom",
    supersedes=(
        "lr-too-large-for-optimizer",
        "peak-overshot",
        "warmup-never-finishes",
        "weight-decay-scaled-by-lr",
    ),
)
