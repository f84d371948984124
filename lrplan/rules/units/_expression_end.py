"""At which of two counts of the run an expression has come down."""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint import Context, SchedulerPlan
from lrplan.lint.facts.expressions import Factor, factors_on_base, sampled_ticks, value_at
from lrplan.specfile.expressions.expression import Expression

_MARGIN = 50
"""The end has to be nearer than one part in so many."""

_LEAST = 100


def falls_until(context: Context, top: SchedulerPlan, ticks: int, instead: int) -> Iterator[Factor]:
    """The expressions of ``top`` whose fall is over at ``ticks``, and not at ``instead``."""
    if min(ticks, instead) < _LEAST or context.clock.horizon is not None:
        return
    for factor in factors_on_base(context):
        is_its_own = factor.span.top is top and factor.span.begin == 0
        fits = (_is_over_at(factor.expression, each) for each in (ticks, instead))
        if is_its_own and tuple(fits) == (True, False):
            yield factor


def _is_over_at(expression: Expression, last: int) -> bool:
    """Return True if it falls to less than a half, and stops falling at ``last``."""
    # `max(0, 1 - step / 400)` is over at 400: it only falls, it is still higher 2% earlier, and 2%
    # later it is no lower. At 1,600 it is not over: it was as low long before.
    values = [value_at(expression, tick) for tick in sampled_ticks(last)]
    finite = [value for value in values if value is not None]
    if len(finite) < len(values):
        return False
    top, end = finite.index(max(finite)), finite[-1]
    least = 1e-9 * finite[top]
    falls = finite[top:] == sorted(finite[top:], reverse=True) and -least <= end < 0.5 * finite[top]
    earlier, beyond = (value_at(expression, last + sign * last // _MARGIN) for sign in (-1, 1))
    still = earlier is not None and earlier > end + least
    return falls and still and (beyond is None or beyond < 0 or beyond >= end)
