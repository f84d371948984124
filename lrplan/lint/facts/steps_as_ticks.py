"""Recognises lengths that count optimizer steps although something slower ticks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrplan.finding import Severity
from lrplan.lint.facts.expressions import factors, spread
from lrplan.lint.facts.factors import value_at
from lrplan.lint.wording import count, share

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lrplan.lint.context import Context
    from lrplan.lint.facts.expressions import Factor
    from lrplan.lint.facts.lengths import Length
    from lrplan.lint.facts.tick_counts import TickCounts
    from lrplan.specfile.expressions.expression import Expression

_LEAST = 100
"""Shorter lengths may well be the epochs of a longer plan, cut short to try something."""

_NEVER = 1000
"""A length of so many plans is a way to say that nothing is to happen."""


def recognized(length: Length, pace: TickCounts) -> tuple[str, Severity] | None:
    """What ``length`` looks like, and how sure that is; None when it may count ticks."""
    if length.value < 5 * max(pace.planned, 1) or length.value > _NEVER * _plan_steps(pace):
        return None
    by_kind: dict[str, Callable[[Length, TickCounts], tuple[str, Severity] | None]] = {
        "end": _end,
        "ramp": _ramp,
        "warm-up": _ramp,
        "cycle": _cycle,
        "every": _every,
        "cuts": _cuts,
        "hand-over": _ramp,
    }
    return by_kind[length.kind](length, pace)


def lambda_in_steps(context: Context, pace: TickCounts) -> Iterator[tuple[Factor, str]]:
    """Expressions of ``pace.top`` whose shape spans the steps of the run, and how."""
    if pace.steps < 8 * pace.planned or pace.steps < _LEAST:
        return
    for factor in factors(context, "LambdaLR", "LambdaParamScheduler"):
        if factor.span.top is pace.top and factor.span.begin == 0:
            said = _lambda(factor.expression, pace)
            if said is not None:
                yield factor, said


def _lambda(expression: Expression, pace: TickCounts) -> str | None:
    """A rise that goes on past the plan, or a fall that is over with the last step."""
    near = _values(expression, spread(pace.planned))
    ticks = spread(_plan_steps(pace))
    whole = _values(expression, ticks)
    if not near or not whole or min(whole) < 0:
        return None
    top, last = whole.index(max(whole)), ticks[-1]
    if near == sorted(near) and near[0] < near[-1] < 0.5 * whole[top] and top < len(whole) - 1:
        return f"rises until tick {ticks[top]:,}"
    hardly = max(near) - min(near) < 0.2 * (whole[top] - whole[-1])
    falls = whole[top:] == sorted(whole[top:], reverse=True) and whole[-1] < 0.1 * whole[top]
    return (
        f"comes down by tick {last:,}" if hardly and falls and _is_over(expression, last) else None
    )


def _is_over(expression: Expression, last: int) -> bool:
    """Whether it stops falling at ``last``: it stays there, comes up, or turns negative."""
    before, at, beyond = (value_at(expression, last * tenths // 10) for tenths in (9, 10, 11))
    if before is None or at is None or before <= at:
        return False
    return beyond is None or beyond < 0 or beyond >= at


def _values(expression: Expression, ticks: list[int]) -> list[float]:
    """Its values at ``ticks``; none when one has no value."""
    found = [value_at(expression, tick) for tick in ticks]
    known = [value for value in found if value is not None]
    return known if len(known) == len(found) else []


def outcome(length: Length, pace: TickCounts) -> str:
    """What comes of it, for the message."""
    part = share(pace.ticks / length.value)
    if length.kind in {"warm-up", "ramp"}:
        return f"the run sees {part} of the way"
    if length.kind in {"every", "cuts"}:
        return "the rate is never cut"
    if length.kind == "hand-over":
        return "the next phase never begins"
    return f"the run sees {part} of the schedule"


def _plan_steps(pace: TickCounts) -> int:
    """Steps of the whole plan."""
    return pace.steps * max(pace.planned, 1) // max(pace.ticks, 1)


def _steps(pace: TickCounts) -> str:
    return f"looks like steps: the run has {count(pace.steps, 'step')}"


def _beyond(pace: TickCounts) -> str:
    return f"is far beyond the run of {count(pace.steps, 'step')}"


def _end(length: Length, pace: TickCounts) -> tuple[str, Severity] | None:
    totals = {pace.steps, _plan_steps(pace)}
    fits = any(total // 2 <= length.value <= 1.05 * total for total in totals)
    if fits and (length.value >= _LEAST or length.value in totals):
        return _steps(pace), Severity.ERROR
    if length.value < min(totals):
        return None
    far = 10 if length.scheduler.row.meant_for == "step" else 100
    is_far = length.value >= max(far * pace.planned, _LEAST)
    return (_beyond(pace), Severity.WARNING) if is_far else None


def _ramp(length: Length, pace: TickCounts) -> tuple[str, Severity] | None:
    if length.value < max(_LEAST, 10 * pace.planned):
        return None
    is_within = length.value <= _plan_steps(pace)
    return (_steps(pace), Severity.ERROR) if is_within else (_beyond(pace), Severity.WARNING)


def _cycle(length: Length, pace: TickCounts) -> tuple[str, Severity] | None:
    if length.value < _LEAST:
        return None
    is_meant = length.scheduler.row.meant_for == "step"
    is_within = _an_epoch(pace) <= length.value <= _plan_steps(pace)
    return (_steps(pace), Severity.ERROR) if is_meant or is_within else None


def _every(length: Length, pace: TickCounts) -> tuple[str, Severity] | None:
    total = _plan_steps(pace)
    is_within = max(total // 20, _LEAST) <= length.value <= total
    return (_steps(pace), Severity.ERROR) if is_within else None


def _cuts(length: Length, pace: TickCounts) -> tuple[str, Severity] | None:
    total = _plan_steps(pace)
    is_within = max(total // 4, _LEAST) <= length.value <= total
    is_out = min(length.values) > pace.planned
    return (_steps(pace), Severity.ERROR) if is_within and is_out else None


def _an_epoch(pace: TickCounts) -> int:
    return pace.steps // max(pace.ticks, 1)
