"""The learning rate is NaN, infinite, complex, or has no value at some step.

One step with such a learning rate destroys every weight it touches. Some formulas overflow without
a warning; others stop the run where there is no value: a division by zero, a fractional power of a
negative number, which is a complex number in Python.

## Why it matters

``MultiplicativeLR`` with a factor of 1e200 is infinite at its second tick, since 1e400 is beyond
the largest float of 1.8e308. ``(1 - epoch / 5) ** 0.9`` is complex from epoch 6 on.

## How to fix it

Keep the formula inside its domain: ``max(0, 1 - epoch / 5) ** 0.9``; write a factor that should be
applied only once as a ``LambdaLR``.

## When it is fine

Never.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lrplan.lint import Context, Hit, Rule, Severity, child_path, count, number
from lrplan.lint.facts.lr_curves import CurveFinding, curves, merge_by_scheduler

BAD = """\
training: {epochs: 10, steps_per_epoch: 100}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: MultiplicativeLR, lr_lambda: "1e200 if epoch > 4 else 1"}
"""
_NO_NUMBER = ("complex", "no real value", "divides by zero", "too large for a floating-point")


def check(context: Context) -> Iterator[Hit]:
    """Values that are not finite, and runs that stop because a value cannot be computed."""
    yield from merge_by_scheduler(context, _curve_findings(context))
    failure = context.trace.failure
    if failure is None or failure.message.startswith("metric "):
        return
    if any(words in failure.message for words in _NO_NUMBER):
        drivers = context.plan.schedulers
        path = drivers[0].path if len(drivers) == 1 else child_path(context.plan.path, "scheduler")
        steps = context.trace.planned_steps
        yield Hit(
            path=path,
            message=(
                f"there is no lr for step {failure.step + 1:,} of {steps:,}: {failure.message}"
            ),
            fix="keep the formula inside its domain, such as max(0, ...) ** 0.9",
            step=failure.step + 1,
        )


def _curve_findings(context: Context) -> Iterator[CurveFinding]:
    for curve in curves(context, finite=False):
        broken = ~np.isfinite(curve.values)
        if not broken.any():
            continue
        first, steps = int(np.argmax(broken)), int(np.count_nonzero(broken))
        yield CurveFinding(
            curve,
            f"is {number(curve.values[first])} at step {first:,}, and not finite at"
            f" {count(steps, 'step')} of {len(broken):,}",
            fix="keep the formula inside the range of floating-point numbers",
            step=first,
        )


RULE = Rule(
    code="LRP902",
    name="lr-not-finite",
    severity=Severity.ERROR,
    needs="curve",
    summary="The learning rate is NaN, infinite or complex at some step.",
    bad=(BAD,),
    good=(BAD.replace("1e200", "0.5"),),
    check=check,
    level="symptom",
    supersedes=("stops-midway",),
)
