"""The part of a run that a picture shows: ``--from`` and ``--to`` as steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lrplan.clock.duration import ClockError, Duration, parse_duration
from lrplan.errors import UsageError
from lrplan.plan import SchedulePlan
from lrplan.text_position import printable
from lrplan.trace import Trace


@dataclass(frozen=True, slots=True)
class Window:
    """The first moment to show and the first one that is not shown: steps, or durations."""

    begin: str = ""
    until: str = ""

    def __bool__(self) -> bool:
        return bool(self.begin or self.until)


WHOLE = Window()


def windows_of(
    traces: Sequence[Trace], plans: Sequence[SchedulePlan], window: Window
) -> dict[str, tuple[int, int]]:
    """By the name of each trace, its first step to show and the step after the last one.

    Args:
        traces: the runs.
        plans: theirs, in the same order; none of a recording.
        window: as on the command line.

    Raises:
        UsageError: it cannot be read, or holds no step of a run.
    """
    if not window:
        return {}
    known: Sequence[SchedulePlan | None] = plans or [None] * len(traces)
    return {
        trace.name: _window(trace, plan, window) for trace, plan in zip(traces, known, strict=True)
    }


def _window(trace: Trace, plan: SchedulePlan | None, window: Window) -> tuple[int, int]:
    planned = max(trace.planned_steps, trace.steps)
    first = _step("--from", window.begin, trace, plan) if window.begin else 0
    end = _step("--to", window.until, trace, plan) if window.until else planned
    if first >= trace.steps:
        raise UsageError(
            printable(f"{trace.name} has {trace.steps:,} steps: none from step {first:,} on")
        )
    if first >= end:
        raise UsageError(printable(f"--from {window.begin or 0} is not before --to {window.until}"))
    return first, min(end, planned)


def _step(option: str, text: str, trace: Trace, plan: SchedulePlan | None) -> int:
    plain = text.strip().replace("_", "").replace(",", "")
    if plain.isdecimal() and len(plain) <= 18:
        return int(plain)
    try:
        if plan is not None:
            return plan.clock.position_at(text).steps
        return _recorded_step(parse_duration(text, "st"), trace)
    except ClockError as error:
        hint = f"; {error.fix}" if error.fix else ""
        raise UsageError(printable(f"{option}: {error.message}{hint}")) from None


def _recorded_step(duration: Duration, trace: Trace) -> int:
    """The step of a recording at which ``duration`` is over.

    Raises:
        ClockError: the recording does not tell.
    """
    if duration.unit == "st":
        return round(duration.amount)
    if duration.unit == "%":
        return round(duration.amount * max(trace.planned_steps, trace.steps) / 100)
    starts = trace.epoch_axis() if duration.unit == "ep" else None
    if starts is None:
        raise ClockError(
            f"a recording does not tell when {printable(str(duration.amount))} {duration.unit}"
            " are over",
            fix="write steps or a share of the run: 500, 10%",
        )
    return int(np.searchsorted(starts, float(duration.amount)))
