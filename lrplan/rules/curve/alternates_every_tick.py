"""A formula goes up and down at every tick: a division by the length of the run is missing.

``0.5 * (1 + cos(pi * step / N))`` without ``/ N`` is 1 at even ticks and 0 at odd ones.

## Why it matters

Every second update is lost, or made at another learning rate than the plan says; the decay that was
meant does not take place.

## How to fix it

Divide the tick by the length of the run: ``cos(pi * step / total)``, where ``total`` is the number
of ticks of the run.

## When it is fine

Formulas that say so themselves, with a remainder or whole parts (``%``, ``//``, ``floor``): those
of two optimizers that take turns. Changes below a tenth of the peak are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from lrplan.arrays import FloatArray
from lrplan.lint import Context, Edit, Hit, Rule, Severity, number, yaml_flow
from lrplan.lint.facts.expressions import numbers
from lrplan.lint.facts.free_form import formula_of, repeats
from lrplan.lint.facts.lr_curves import (
    CurveFinding,
    constant_stretches,
    merge_by_scheduler,
    scheduled_curves,
)
from lrplan.specfile.expressions.expression import Expression
from lrplan.text import join_words

BAD = """\
training: {steps: 1000}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: LambdaLR, lr_lambda: "0.5 * (1 + cos(pi * step))"}
"""
_HALF_TURN = re.compile(r"\bpi \* (?:step|epoch|t|x)\b(?! *[*/%])")
_LENGTH = 10
"""A number from which on a formula may have a length of its own."""
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
        _, heights = constant_stretches(curve.values)
        yield CurveFinding(
            curve,
            f"goes up and down at every tick: its first values are {_first(heights)}",
            fix="divide the tick by the length of the run",
            step=1,
            edits=_edits(curve.path, formula),
        )


def _edits(path: str, formula: Expression) -> tuple[Edit, ...]:
    """``pi * step`` as ``pi * step / total``, in a formula that has no length."""
    text, times = _HALF_TURN.subn(r"\g<0> / total", formula.text)
    if times != 1 or formula.has_lengths or max(numbers(formula), default=0) >= _LENGTH:
        return ()
    return (Edit(path, yaml_flow(text)),)


def _first(heights: FloatArray) -> str:
    return join_words([number(float(height)) for height in heights[:4]])


def _alternates(values: FloatArray) -> bool:
    _, heights = constant_stretches(values)
    change = np.diff(heights)
    if len(change) < _LEAST:
        return False
    large = np.abs(change) > _VISIBLE * np.abs(heights).max()
    turns = large[1:] & large[:-1] & (np.sign(change[1:]) != np.sign(change[:-1]))
    return bool(turns.mean() > _MOST)


RULE = Rule(
    code="LRP914",
    name="alternates-every-tick",
    severity=Severity.WARNING,
    needs="curve",
    summary="A formula goes up and down at every tick.",
    bad=(BAD,),
    good=(BAD.replace("pi * step", "pi * step / 1000"),),
    check=check,
    level="symptom",
    supersedes=("lr-zero-for-part-of-run",),
)
