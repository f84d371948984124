"""A decay over a number of ticks that is not whole never reaches its end.

``PolynomialLR`` multiplies while the tick is at most ``total_iters``, and the factor is 0 only at a
tick equal to it; ``CosineAnnealingLR`` is at its floor at ``T_max`` only. Values between two ticks
are never used. lrplan refuses such a spec.

## Why it matters

``PolynomialLR(total_iters=5.5)`` from 0.1 stays at 0.0091 forever. With ``T_max=7.5`` the lowest
learning rate a cosine from 0.1 has is 0.0011, at ticks 7 and 8.

## How to fix it

A whole number, or a duration: ``5.5ep`` is rounded to ticks, and with ``interval: step`` there
are many of them in half an epoch.

## When it is fine

A whole number with a point, such as ``30.0``, is taken as 30.
"""

from __future__ import annotations

from lrplan.lint import Explanation, Finding, Rule, Severity
from lrplan.lint.facts.problem_text import FRACTION, argument_in

BAD = """\
training: {epochs: 30, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: PolynomialLR, total_iters: 29.5}
"""


def explains(finding: Finding) -> Explanation | None:
    """``T_max`` or ``total_iters`` with a fraction."""
    ends = {"T_max", "total_iters"}
    is_end = finding.name == "bad-duration" and argument_in(finding.path) in ends
    if is_end and FRACTION in finding.message:
        message = f"{finding.message}, so the decay never arrives at its end"
        return Explanation(message, finding.fix)
    return None


RULE = Rule(
    code="LRP108",
    name="polynomial-non-integer-total",
    severity=Severity.ERROR,
    needs="spec",
    summary="A decay's length has a fraction, so its end is never reached.",
    bad=(BAD, BAD.replace("PolynomialLR, total_iters: 29.5", "CosineAnnealingLR, T_max: 7.5")),
    good=(BAD.replace("29.5", "30.0"), BAD.replace("29.5", "30ep")),
    reword_problem=explains,
)
