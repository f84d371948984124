"""At which of two counts of the run an expression has come down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrplan.lint.facts.expressions import factors, spread
from lrplan.lint.facts.factors import value_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lrplan.lint.context import Context
    from lrplan.lint.facts.expressions import Factor
    from lrplan.plan import SchedulerPlan
    from lrplan.specfile.expressions.expression import Expression

_MARGIN = 50
"""One part in so many: how near its end has to be."""

_LEAST = 100


def over_at(context: Context, top: SchedulerPlan, ticks: int, instead: int) -> Iterator[Factor]:
    """The expressions of ``top`` whose fall is over at ``ticks``, and not at ``instead``."""
    if min(ticks, instead) < _LEAST or context.clock.horizon is not None:
        return
    for factor in factors(context, "LambdaLR", "LambdaParamScheduler"):
        is_its_own = factor.span.top is top and factor.span.begin == 0
        fits = (_is_over_at(factor.expression, each) for each in (ticks, instead))
        if is_its_own and tuple(fits) == (True, False):
            yield factor


def _is_over_at(expression: Expression, last: int) -> bool:
    """Whether it falls to less than a half, and stops falling at ``last``."""
    values = [value_at(expression, tick) for tick in spread(last)]
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return False
    top, end = known.index(max(known)), known[-1]
    least = 1e-9 * known[top]
    falls = known[top:] == sorted(known[top:], reverse=True) and -least <= end < 0.5 * known[top]
    before, beyond = (value_at(expression, last + sign * last // _MARGIN) for sign in (-1, 1))
    still = before is not None and before > end + least
    return falls and still and (beyond is None or beyond < 0 or beyond >= end)
