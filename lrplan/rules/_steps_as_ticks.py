"""Recognises lengths that count optimizer steps although something slower ticks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrplan.finding import Severity
from lrplan.rules._plain_words import count, share

if TYPE_CHECKING:
    from collections.abc import Callable

    from lrplan.rules._lengths import Length
    from lrplan.rules._tempo import Tempo

_LEAST = 100
"""Shorter lengths may well be the epochs of a longer plan, cut short to try something."""

_NEVER = 1000
"""A length of so many plans is a way to say that nothing is to happen."""


def recognized(length: Length, pace: Tempo) -> tuple[str, Severity] | None:
    """What ``length`` looks like, and how sure that is; None when it may count ticks."""
    if length.value < 5 * max(pace.planned, 1) or length.value > _NEVER * _plan_steps(pace):
        return None
    by_kind: dict[str, Callable[[Length, Tempo], tuple[str, Severity] | None]] = {
        "end": _end,
        "ramp": _ramp,
        "warm-up": _ramp,
        "cycle": _cycle,
        "every": _every,
        "cuts": _cuts,
        "hand-over": _ramp,
    }
    return by_kind[length.kind](length, pace)


def outcome(length: Length, pace: Tempo) -> str:
    """What comes of it, for the message."""
    part = share(pace.ticks / length.value)
    if length.kind in {"warm-up", "ramp"}:
        return f"the run sees {part} of the way"
    if length.kind in {"every", "cuts"}:
        return "the rate is never cut"
    if length.kind == "hand-over":
        return "the next phase never begins"
    return f"the run sees {part} of the schedule"


def _plan_steps(pace: Tempo) -> int:
    """Steps of the whole plan."""
    return pace.steps * max(pace.planned, 1) // max(pace.ticks, 1)


def _steps(pace: Tempo) -> str:
    return f"looks like steps: the run has {count(pace.steps, 'step')}"


def _beyond(pace: Tempo) -> str:
    return f"is far beyond the run of {count(pace.steps, 'step')}"


def _end(length: Length, pace: Tempo) -> tuple[str, Severity] | None:
    totals = {pace.steps, _plan_steps(pace)}
    fits = any(total // 2 <= length.value <= 1.05 * total for total in totals)
    if fits and (length.value >= _LEAST or length.value in totals):
        return _steps(pace), Severity.ERROR
    if length.value < min(totals):
        return None
    far = 10 if length.scheduler.row.meant_for == "step" else 100
    is_far = length.value >= max(far * pace.planned, _LEAST)
    return (_beyond(pace), Severity.WARNING) if is_far else None


def _ramp(length: Length, pace: Tempo) -> tuple[str, Severity] | None:
    if length.value < max(_LEAST, 10 * pace.planned):
        return None
    is_within = length.value <= _plan_steps(pace)
    return (_steps(pace), Severity.ERROR) if is_within else (_beyond(pace), Severity.WARNING)


def _cycle(length: Length, pace: Tempo) -> tuple[str, Severity] | None:
    if length.value < _LEAST:
        return None
    is_meant = length.scheduler.row.meant_for == "step"
    is_within = _an_epoch(pace) <= length.value <= _plan_steps(pace)
    return (_steps(pace), Severity.ERROR) if is_meant or is_within else None


def _every(length: Length, pace: Tempo) -> tuple[str, Severity] | None:
    total = _plan_steps(pace)
    is_within = max(total // 20, _LEAST) <= length.value <= total
    return (_steps(pace), Severity.ERROR) if is_within else None


def _cuts(length: Length, pace: Tempo) -> tuple[str, Severity] | None:
    total = _plan_steps(pace)
    is_within = max(total // 4, _LEAST) <= length.value <= total
    is_out = min(length.values) > pace.planned
    return (_steps(pace), Severity.ERROR) if is_within and is_out else None


def _an_epoch(pace: Tempo) -> int:
    return pace.steps // max(pace.ticks, 1)
