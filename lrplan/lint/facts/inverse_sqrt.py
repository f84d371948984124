"""Expressions that divide by the square root of the tick."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrplan.lint.facts.factors import value_at

if TYPE_CHECKING:
    from lrplan.specfile.expressions.expression import Expression


def fails_at_start(expression: Expression) -> bool:
    """Whether it has a value at tick 1 and none at tick 0, where it divides by a square root."""
    if value_at(expression, 0) is not None or value_at(expression, 1) is None:
        return False
    compact = expression.text.replace(" ", "")
    return "sqrt" in compact or "**-0.5" in compact or "**(-0.5)" in compact or ",-0.5" in compact
