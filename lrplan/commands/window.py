"""The part of a run that a picture shows: ``--from`` and ``--to`` as steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lrplan.clock.duration import ClockError, Duration, Unit, parse_duration
from lrplan.errors import UsageError
from lrplan.plan import SchedulePlan
from lrplan.text_position import printable
from lrplan.trace import Trace

if TYPE_CHECKING:
    from lrplan.comparison import RunCurves


@dataclass(frozen=True, slots=True)
class Window:
    """The first moment to show and the first one that is not shown: steps, or durations."""

    begin: str = ""
    until: str = ""

    def __bool__(self) -> bool:
        return bool(self.begin or self.until)


WHOLE_RUN = Window()


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


def windows_of_logs(runs: Sequence[RunCurves], window: Window) -> dict[str, tuple[int, int]]:
    """By the name of each log, its first step to show and the step after the last one.

    Args:
        runs: logs, each with its own count of steps, or of epochs.
        window: as on the command line.

    Raises:
        UsageError: it cannot be read, holds no row of a log, or one of the runs is no log.
    """
    return {run.name: _window_of_log(run, window) for run in runs} if window else {}


def _window_of_log(run: RunCurves, window: Window) -> tuple[int, int]:
    if not run.is_log:
        raise UsageError(
            "--from and --to need a plan, a recording or a log, and this file is none of them"
        )
    first = _logged_step("--from", window.begin, run) if window.begin else 0
    end = _logged_step("--to", window.until, run) if window.until else run.steps
    end = min(end, run.steps)
    rows = np.concatenate([each.at for groups in run.columns.values() for each in groups.values()])
    if not ((rows >= first) & (rows < end)).any():
        last = f"its last is of {run.unit} {run.steps - 1:,}"
        message = f"{run.name} has no row from {run.unit} {first:,} to before {end:,}; {last}"
        raise UsageError(printable(message))
    return first, end


def _logged_step(option: str, text: str, run: RunCurves) -> int:
    """The step of a log in its own count: a number, a share of it, or a length of its unit."""
    plain = _plain_number(text)
    if plain is not None:
        return plain
    unit: Unit = "ep" if run.unit == "epoch" else "st"
    try:
        duration = parse_duration(text, unit)
    except ClockError as error:
        raise _refused(option, error) from None
    if duration.unit == "%":
        return round(duration.amount * run.steps / 100)
    if duration.unit == unit:
        return round(duration.amount)
    hint = f"{run.name} counts {run.unit}s; write a number of them, or a share such as 10%"
    raise UsageError(printable(f"{option} {text}: {hint}"))


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
    plain = _plain_number(text)
    if plain is not None:
        return plain
    try:
        if plan is not None:
            return plan.clock.position_at(text).steps
        return _recorded_step(parse_duration(text, "st"), trace)
    except ClockError as error:
        raise _refused(option, error) from None


def _plain_number(text: str) -> int | None:
    plain = text.strip().replace("_", "").replace(",", "")
    return int(plain) if plain.isdecimal() and len(plain) <= 18 else None


def _refused(option: str, error: ClockError) -> UsageError:
    hint = f"; {error.fix}" if error.fix else ""
    return UsageError(printable(f"{option}: {error.message}{hint}"))


def _recorded_step(duration: Duration, trace: Trace) -> int:
    """The step of a recording at which ``duration`` is over.

    Raises:
        ClockError: the recording does not show it.
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
