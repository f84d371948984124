"""Recognises lengths that count optimizer steps although something slower ticks."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lrplan.lint import Context, Severity, Span, count, share
from lrplan.lint.facts.expressions import Factor, factors_on_base, sampled_ticks, value_at
from lrplan.lint.facts.lengths import UnitlessLength, lengths
from lrplan.lint.facts.tick_counts import TickCounts, tick_counts
from lrplan.specfile.expressions.expression import Expression

_LEAST = 100
"""A shorter length may count the epochs of a long plan of which only a part is run, as a trial."""

_NEVER = 1000
"""A length of more than this many plans is deliberate: nothing is to happen."""


def counts_steps(context: Context, span: Span, name: str) -> bool:
    """Return True if argument ``name`` of a scheduler that ticks less often looks like steps."""
    counts = tick_counts(context, span.top)
    return counts.steps >= 2 * counts.ticks and any(
        length.name == name and looks_like_steps(length, counts) is not None
        for length in lengths(context, span.top)
        if length.span.scheduler is span.scheduler
    )


def looks_like_steps(length: UnitlessLength, counts: TickCounts) -> tuple[str, Severity] | None:
    """A description of ``length`` read as steps, and its severity; None when it may count ticks."""
    # `T_max: 9000` on a scheduler that ticks 90 times: far more than the ticks, and just what the
    # run has in steps (90 epochs of 100). What counts as "just" depends on the kind of length: the
    # end of a decay has to fit the steps, a warm-up only has to lie within them.
    if length.value < 5 * max(counts.planned, 1) or length.value > _NEVER * _plan_steps(counts):
        return None
    by_kind: dict[str, Callable[[UnitlessLength, TickCounts], tuple[str, Severity] | None]] = {
        "end": _end,
        "ramp": _ramp,
        "warm-up": _ramp,
        "cycle": _cycle,
        "every": _every,
        "cuts": _cuts,
        "hand-over": _ramp,
        "part": _ramp,
    }
    return by_kind[length.kind](length, counts)


def lambda_in_steps(context: Context, counts: TickCounts) -> Iterator[tuple[Factor, str]]:
    """Expressions of ``counts.top`` whose shape spans the steps of the run, and how."""
    if counts.steps < 8 * counts.planned or counts.steps < _LEAST:
        return
    for factor in factors_on_base(context):
        if factor.span.top is counts.top and factor.span.begin == 0:
            description = _lambda(factor.expression, counts)
            if description is not None:
                yield factor, description


def _lambda(expression: Expression, counts: TickCounts) -> str | None:
    """A rise that goes on past the plan, or a fall that is over with the last step."""
    # Two shapes show that an expression counts steps. A warm-up: within the ticks of the run it has
    # risen to less than half of the peak that it reaches within the steps. A decay: within the
    # ticks it hardly falls, and it is over with the last step.
    near = _values(expression, sampled_ticks(counts.planned))
    ticks = sampled_ticks(_plan_steps(counts))
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
    """Return True if it stops falling at ``last``: it stays there, comes up, or turns negative."""
    # Over at 9,000: lower there than at 8,100, and at 9,900 no lower still (or negative, or without
    # a value, as a formula may be past its end).
    earlier, at, beyond = (value_at(expression, last * tenths // 10) for tenths in (9, 10, 11))
    if earlier is None or at is None or earlier <= at:
        return False
    return beyond is None or beyond < 0 or beyond >= at


def _values(expression: Expression, ticks: list[int]) -> list[float]:
    """The values at ``ticks``; an empty list if one has no value."""
    values = []
    for tick in ticks:
        value = value_at(expression, tick)
        if value is None:
            return []
        values.append(value)
    return values


def effect_on_run(length: UnitlessLength, counts: TickCounts) -> str:
    """The effect on the run of counting steps as ticks, for the message."""
    part = share(counts.ticks / length.value)
    if length.kind in {"warm-up", "ramp", "part"}:
        return f"the run sees {part} of the way"
    if length.kind in {"every", "cuts"}:
        return "the lr is never cut"
    if length.kind == "hand-over":
        return "the next phase never begins"
    return f"the run sees {part} of the schedule"


def _plan_steps(counts: TickCounts) -> int:
    """Steps of the whole plan."""
    # 10 epochs of 100 steps, cut from a horizon of 90 epochs: 1,000 * 90 // 10 = 9,000 steps.
    return counts.steps * max(counts.planned, 1) // max(counts.ticks, 1)


def _steps(counts: TickCounts) -> str:
    return f"looks like steps: the run has {count(counts.steps, 'step')}"


def _beyond(counts: TickCounts) -> str:
    return f"is far beyond the run of {count(counts.steps, 'step')}"


def _end(length: UnitlessLength, counts: TickCounts) -> tuple[str, Severity] | None:
    totals = {counts.steps, _plan_steps(counts)}
    # Of 9,000 steps, a T_max from 4,500 to 9,450 fits.
    fits = any(total // 2 <= length.value <= 1.05 * total for total in totals)
    if fits and (length.value >= _LEAST or length.value in totals):
        return _steps(counts), Severity.ERROR
    if length.value < min(totals):
        return None
    far = 10 if length.scheduler.row.meant_for == "step" else 100
    is_far = length.value >= max(far * counts.planned, _LEAST)
    return (_beyond(counts), Severity.WARNING) if is_far else None


def _ramp(length: UnitlessLength, counts: TickCounts) -> tuple[str, Severity] | None:
    if length.value < max(_LEAST, 10 * counts.planned):
        return None
    is_within = length.value <= _plan_steps(counts)
    return (_steps(counts), Severity.ERROR) if is_within else (_beyond(counts), Severity.WARNING)


def _cycle(length: UnitlessLength, counts: TickCounts) -> tuple[str, Severity] | None:
    if length.value < _LEAST:
        return None
    is_meant = length.scheduler.row.meant_for == "step"
    is_within = _an_epoch(counts) <= length.value <= _plan_steps(counts)
    return (_steps(counts), Severity.ERROR) if is_meant or is_within else None


def _every(length: UnitlessLength, counts: TickCounts) -> tuple[str, Severity] | None:
    total = _plan_steps(counts)
    is_within = max(total // 20, _LEAST) <= length.value <= total
    return (_steps(counts), Severity.ERROR) if is_within else None


def _cuts(length: UnitlessLength, counts: TickCounts) -> tuple[str, Severity] | None:
    total = _plan_steps(counts)
    is_within = max(total // 4, _LEAST) <= length.value <= total
    is_out = min(length.values) > counts.planned
    return (_steps(counts), Severity.ERROR) if is_within and is_out else None


def _an_epoch(counts: TickCounts) -> int:
    return counts.steps // max(counts.ticks, 1)
