"""A formula goes up and down at every tick: what it divides by has got lost.

``0.5 * (1 + cos(pi * step / N))`` without ``/ N`` is 1 at even ticks and 0 at odd ones.

## Why it matters

Every second update is lost, or made at another learning rate than the plan says; the decay that was
meant does not take place.

## How to fix it

Divide the tick by the length of the run: ``cos(pi * step / 1000)``.

## When it is fine

Formulas that say so themselves, with a remainder or whole parts (``%``, ``//``, ``floor``): those
of two optimizers that take turns. Changes below a tenth of the peak are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lrplan.arrays import FloatArray
from lrplan.lint import Context, Hit, Rule, Severity, number
from lrplan.lint.facts.free_form import formula_of, repeats
from lrplan.lint.facts.lr_curves import CurveFinding, levels, merge_by_scheduler, scheduled_curves
from lrplan.text import join_words

BAD = """\
training: {steps: 1000}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: LambdaLR, lr_lambda: "0.5 * (1 + cos(pi * step))"}
"""
_VISIBLE = 0.1
_LEAST = 10
_MOST = 0.8


def check(context: Context) -> Iterator[Hit]:
    """Curves of a formula that turn at nearly every tick."""
    yield from merge_by_scheduler(context, _curve_findings(context))


def _curve_findings(context: Context) -> Iterator[CurveFinding]:
    for curve in scheduled_curves(context):
        formula = formula_of(context, curve)
        if formula is None or repeats(formula) or not _alternates(curve.values):
            continue
        _, heights = levels(curve.values)
        yield CurveFinding(
            curve,
            f"goes up and down at every tick: its first values are {_first(heights)}",
            fix="divide the tick by the length of the run",
            step=1,
        )


def _first(heights: FloatArray) -> str:
    return join_words([number(float(height)) for height in heights[:4]])


def _alternates(values: FloatArray) -> bool:
    _, heights = levels(values)
    change = np.diff(heights)
    if len(change) < _LEAST:
        return False
    large = np.abs(change) > _VISIBLE * np.abs(heights).max()
    turns = large[1:] & large[:-1] & (np.sign(change[1:]) != np.sign(change[:-1]))
    return bool(turns.mean() > _MOST)


RULE = Rule(
    code="LRP914",
    name="alternates-every-tick",
    family="curve",
    severity=Severity.WARNING,
    needs="curve",
    summary="A formula goes up and down at every tick.",
    bad=(BAD,),
    good=(BAD.replace("pi * step", "pi * step / 1000"),),
    check=check,
    level="symptom",
    supersedes=("lr-zero-for-part-of-run",),
)
