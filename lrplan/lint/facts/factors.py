"""What an expression of a spec gives at a tick."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from lrplan.specfile.expressions.expression import Expression, ExpressionError

if TYPE_CHECKING:
    from collections.abc import Sequence


def per_group(value: object, groups: int) -> Sequence[object]:
    """One value for each of ``groups``, from one for all or a list."""
    return value if isinstance(value, list) else [value] * groups


def value_at(expression: object, tick: int) -> float | None:
    """Its value at ``tick``; None when it is no expression, or has no finite value there."""
    if not isinstance(expression, Expression):
        return None
    try:
        value = expression(tick)
    except ExpressionError:
        return None
    return value if isfinite(value) else None
