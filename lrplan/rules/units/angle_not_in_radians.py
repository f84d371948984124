"""A cosine or sine of a formula is given degrees, or turns, where it takes radians.

``cos`` takes an angle in radians: half a turn is ``pi``. Without ``pi`` the curve stops in the
middle of its way, or swings many times.

## Why it matters

``0.5 * (1 + cos(step / 1000))`` turns by 1 radian, 57 degrees, in 1,000 steps, and ends at 77 % of
the learning rate in place of 0. ``cos(180 * step / 1000)``, meant as 180 degrees, turns round
almost 29 times.

## How to fix it

``cos(pi * step / 1000)`` is half a turn, from 1 to -1; ``cos(pi / 2 * step / 1000)`` a quarter.

## When it is fine

Angles with ``pi``, or with a number that is a multiple of a half of it (3.14159, 6.2832). Of the
others only those are reported that turn by less than 3 radians in the whole run, and those that are
a multiple of 90 at its end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import degrees, isclose, pi

from lrplan.lint import Context, Edit, Hit, Rule, Severity, number, yaml_flow
from lrplan.lint.facts.expressions import Factor, factors, literals, sampled_ticks, value_at
from lrplan.lint.facts.tick_usage import planned_ticks
from lrplan.specfile.expressions.expression import Expression, ExpressionError

BAD = """\
training: {steps: 1000}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: LambdaLR, lr_lambda: "0.5 * (1 + cos(step / 1000))"}
"""
DEGREES = BAD.replace("cos(step / 1000)", "cos(180 * step / 1000)")
_CALL = re.compile(r"\b(?:cos|sin)\(")
_PI = re.compile(r"\bpi\b")
_LEAST, _PART = 0.3, 3.0
_DEGREES = re.compile(r"(?:^|(?<=\* ))(90|180|360)(?= *[*/]|$)")
_RADIANS = {"90": "pi / 2", "180": "pi", "360": "2 * pi"}
_ONE = 0.03
"""How far from 1 an angle may end that is the share of the run, in radians."""
_QUARTER = 90.0
_NEAR = 1e-3


def check(context: Context) -> Iterator[Hit]:
    """Formulas with an angle that is not a part of a turn, or a whole number of 90."""
    for factor in factors(context):
        last = planned_ticks(context, factor.span)
        for angle in _angles(factor.expression):
            turned = _turned(angle, last)
            if turned is not None:
                yield _hit(factor, angle, turned, last)
                break


def _angles(formula: Expression) -> Iterator[Expression]:
    """The arguments of its cosines and sines."""
    for found in _CALL.finditer(formula.text):
        inner = _until_closed(formula.text[found.end() :])
        try:
            yield formula.with_text(inner)
        except ExpressionError:
            continue


def _until_closed(text: str) -> str:
    """The text up to the bracket that closes the one before it."""
    depth = 1
    for at, char in enumerate(text):
        depth += {"(": 1, ")": -1}.get(char, 0)
        if depth == 0:
            return text[:at]
    return text


def _turned(angle: Expression, last: int) -> float | None:
    """The angle that it turns by in the run, where that is suspicious."""
    first, end = value_at(angle, 0), value_at(angle, last)
    written = literals(angle)
    has_pi = _PI.search(angle.text) or any(_is_part_of_pi(each) for each in written)
    if first is None or end is None or has_pi:
        return None
    turned = abs(end - first)
    in_degrees = turned >= _QUARTER and abs(turned / _QUARTER - round(turned / _QUARTER)) < _NEAR
    return turned if in_degrees or _LEAST < turned < _PART else None


def _is_part_of_pi(value: float) -> bool:
    return any(isclose(value, quarters * pi / 2, rel_tol=_NEAR) for quarters in range(1, 9))


def _hit(factor: Factor, angle: Expression, turned: float, last: int) -> Hit:
    if turned >= _QUARTER:
        swings = turned / (2 * pi)
        what = f"{number(turned)} radians, {number(swings)} turns: it looks like degrees"
    else:
        what = f"{number(turned)} radians, which is {degrees(turned):.0f} degrees"
    return Hit(
        path=factor.path,
        message=f"the angle {angle.text} turns by {what}, in {last:,} ticks",
        fix="pi for half a turn: cos(pi * step / N)",
        edits=_edits(factor, angle, turned, last),
        step=0,
    )


def _edits(factor: Factor, angle: Expression, turned: float, last: int) -> tuple[Edit, ...]:
    """The angle in radians, where that makes a formula which stays above 0."""
    if factor.expression.has_lengths:
        return ()
    text, times = _DEGREES.subn(lambda found: _RADIANS[found[1]], angle.text)
    if abs(turned - 1) < _ONE and not times:
        text = f"pi * ({angle.text})" if set("+-") & set(angle.text) else f"pi * {angle.text}"
    elif times != 1:
        return ()
    whole = factor.expression.text.replace(f"({angle.text})", f"({text})", 1)
    mended = Expression(whole)
    values = [value_at(mended, tick) for tick in sampled_ticks(last)]
    if any(value is None or value < -_NEAR for value in values):
        return ()
    return (Edit(factor.path, yaml_flow(whole)),)


RULE = Rule(
    code="LRP117",
    name="angle-not-in-radians",
    severity=Severity.WARNING,
    needs="spec",
    summary="The angle of a cosine in a formula is not in radians.",
    bad=(BAD, DEGREES),
    good=(BAD.replace("cos(step", "cos(pi * step"), DEGREES.replace("180", "pi")),
    check=check,
    level="cause",
)
