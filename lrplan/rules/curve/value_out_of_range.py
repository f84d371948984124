"""A schedule takes momentum to 1 or beyond, or below 0, or weight decay below 0.

The constructor of an optimizer refuses such values; a scheduler writes them into the parameter
groups later, where nothing looks at them.

## Why it matters

With momentum ``m`` a gradient acts for about ``1 / (1 - m)`` steps. At 1 none is ever forgotten,
and above 1 every step multiplies all earlier ones: the weights of ``CyclicLR(max_momentum=9.5)``
overflow. A weight decay below 0 makes all weights grow at each step.

## How to fix it

Momentum between 0 and 1 (0.9, not 90 and not 9.0); a weight decay that stops at 0:
``max(0, ...)``.

## When it is fine

Never. Values that no step uses are not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lrplan.arrays import BoolArray
from lrplan.lint import Context, Hit, Rule, Severity, count, number
from lrplan.lint.facts.lr_curves import AppliedCurve, CurveFinding, curves, merge_by_scheduler

BAD = """\
training: {steps: 1000}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1, momentum: 0.9}
    scheduler:
      - {type: CosineAnnealingLR, T_max: 1000}
      - {type: LinearParamScheduler, param_group_field: momentum, end_value: 9.5, total_steps: 1000}
"""


def check(context: Context) -> Iterator[Hit]:
    """Curves of momentum and weight decay outside of their range."""
    yield from merge_by_scheduler(context, _curve_findings(context))


def _curve_findings(context: Context) -> Iterator[CurveFinding]:
    for field, limit in (("momentum", 1.0), ("weight_decay", None)):
        for curve in curves(context, field=field):
            outside = _outside(curve, limit)
            if not outside.any():
                continue
            first = int(np.argmax(outside))
            worst = curve.values[outside]
            at = float(worst[np.argmax(np.abs(worst))])
            allowed = "at least 0" if limit is None else "at least 0 and below 1"
            yield CurveFinding(
                curve,
                f"is {number(at)} at the worst, and has to be {allowed}:"
                f" {count(int(outside.sum()), 'step')} of {len(outside):,}, from step {first:,} on",
                fix="an end within the range",
                step=first,
            )


def _outside(curve: AppliedCurve, limit: float | None) -> BoolArray:
    below = curve.values < 0
    return np.asarray(below if limit is None else below | (curve.values >= limit))


RULE = Rule(
    code="LRP913",
    name="value-out-of-range",
    severity=Severity.ERROR,
    needs="curve",
    summary="Momentum reaches 1 or more, or it or the weight decay falls below 0.",
    bad=(BAD,),
    good=(BAD.replace("9.5", "0.95"),),
    check=check,
    level="symptom",
    supersedes=("grows-until-run-ends",),
)
