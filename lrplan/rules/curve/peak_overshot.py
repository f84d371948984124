"""The learning rate exceeds every learning rate that the spec states.

Schedules of decay and warm-up end at, or stay below, the group's own learning rate or ``max_lr``.
If the applied learning rate is higher, something multiplies it by mistake: a factor above 1 instead
of a share, a floor above the learning rate, or two schedulers that undo each other's factors.

## Why it matters

``CosineAnnealingWarmUpRestarts`` with ``gamma: 2`` doubles its peak at every cycle: from a stated
0.1 the third one reaches 0.4.

## How to fix it

State the highest learning rate as the group's own (or ``max_lr``), and keep factors at 1 or below.

## When it is fine

Formulas (``LambdaLR``, ``MultiplicativeLR``) and a ``gamma`` above 1 of ``StepLR``, ``MultiStepLR``
or ``ExponentialLR`` say openly that the learning rate grows, as in a range test
(``grows-until-run-ends`` is about those). Of formulas only one with a cosine that goes above 1.2 is
reported, where no number of its own says so, such as ``1 + cos(...)`` for ``0.5 * (1 +
cos(...))``. Up to 1 % above the stated peak is not reported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from lrplan.lint import Context, Hit, Rule, Severity, count, number
from lrplan.lint.facts.free_form import formula_of, is_spelled
from lrplan.lint.facts.lr_curves import AppliedCurve, CurveFinding, curves, merge_by_scheduler
from lrplan.rules.curve._stated_lrs import highest_stated_lr

BAD = """\
training: {epochs: 150, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.001}
    scheduler: {type: CosineAnnealingWarmUpRestarts, T_0: 50, T_up: 10, eta_max: 0.1, gamma: 2}
"""
WAVE = """\
training: {steps: 1000}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: LambdaLR, lr_lambda: "1 + cos(pi * step / 1000)"}
"""
_ABOVE = 1.01
_LARGE = 1.2
_WAVE = re.compile(r"\b(cos|sin)\(")


def check(context: Context) -> Iterator[Hit]:
    """Curves with a value above the highest lr in the spec."""
    yield from merge_by_scheduler(context, _curve_findings(context))


def _curve_findings(context: Context) -> Iterator[CurveFinding]:
    for curve in curves(context):
        if not curve.drivers:
            continue
        stated = highest_stated_lr(context, curve, curve.groups[0])
        top = float(curve.values.max())
        wave = _wave_above(context, curve)
        if wave is not None:
            yield wave
        if stated is None or top <= _ABOVE * stated:
            continue
        above = curve.values > _ABOVE * stated
        first, steps = int(np.argmax(above)), int(np.count_nonzero(above))
        yield CurveFinding(
            curve,
            f"rises to {number(top)}, but the highest lr stated is {number(stated)}: it is"
            f" above that at {count(steps, 'step')} of {len(above):,}, from step {first:,} on",
            fix="state the peak that is meant, and factors of at most 1",
            step=first,
        )


def _wave_above(context: Context, curve: AppliedCurve) -> CurveFinding | None:
    """A formula with a cosine that goes above 1, where it says no such number."""
    formula = formula_of(context, curve)
    base = context.base_values().get(curve.groups[0]) or 1.0
    if formula is None or base == 1 or not _WAVE.search(formula.text):
        return None
    top = float(curve.values.max())
    if top <= _LARGE * base or is_spelled(formula, top / base):
        return None
    return CurveFinding(
        curve,
        f"goes up to {number(top)}, {number(top / base)} times the {number(base)} stated",
        fix="0.5 * (1 + cos(...)) goes from 1 to 0, and a warm-up is multiplied by it",
        step=int(np.argmax(curve.values)),
    )


RULE = Rule(
    code="LRP905",
    name="peak-overshot",
    severity=Severity.WARNING,
    needs="curve",
    summary="The learning rate exceeds every lr that the spec states.",
    bad=(BAD, WAVE),
    good=(
        BAD.replace("gamma: 2", "gamma: 0.5"),
        WAVE.replace("1 + cos(pi * step / 1000)", "0.5 * (1 + cos(pi * step / 1000))"),
    ),
    check=check,
    level="symptom",
)
