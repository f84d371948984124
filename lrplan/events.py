"""The events of a training run, in order: who did what at which step, however it was learned.

A check of call order or of counts is written once, on events, and then holds for a plan that was
simulated as well as for a run that was observed, a log, or the source of a training script.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lrplan.plan import SchedulePlan, SchedulerPlan
    from lrplan.trace import Trace

EventKind = Literal[
    "length_known",
    "optimizer_step",
    "optimizer_step_skipped",
    "scheduler_tick",
    "lr_read",
    "lr_written",
]
"""``optimizer_step_skipped``: a gradient scaler left the step out. ``lr_read``: a program looked at
the learning rate, as for a log. ``lr_written``: the learning rate of a group was changed."""


@dataclass(frozen=True, slots=True)
class Location:
    """Where in a spec or in a program something happens."""

    path: str = ""
    """In a spec, e.g. ``schedules.finetune.scheduler``."""
    file: str = ""
    line: int = 0
    """From 1; 0 where only the file is known."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happens in a run."""

    kind: EventKind
    step: int
    """The number, from 0, of the optimizer step that runs, or that runs next."""
    who: str
    """The name of the optimizer or scheduler that acts."""
    group: str = ""
    """The parameter group, of ``lr_read`` and ``lr_written``."""
    value: float | None = None
    """The learning rate read or written, or the length in ticks."""
    location: Location | None = None


def events_of_plan(plan: SchedulePlan, trace: Trace | None = None) -> Iterator[Event]:
    """Yield what the run of ``plan`` does, in the order of its training loop.

    First the lengths that are known before the run, then for each optimizer step the schedulers
    that tick before it, what they changed, and the step itself; at the end the ticks after the last
    step. They are worked out one by one: a reader that needs the first few takes no time.

    Args:
        plan: the schedule.
        trace: what the run gave every step; without it there is no ``lr_written``.
    """
    clock, tops = plan.clock, plan.schedulers
    yield from _lengths(plan)
    skipped = set(clock.settings.skipped_steps)
    for step, called in enumerate(clock.calls([top.rate for top in tops])):
        for index in called:
            yield Event("scheduler_tick", step, _name(tops[index]), location=_location(tops[index]))
        if trace is not None and called and step < trace.steps:
            yield from _writes(trace, [tops[index] for index in dict.fromkeys(called)], step)
        if step < clock.steps:
            kind: EventKind = "optimizer_step_skipped" if step in skipped else "optimizer_step"
            yield Event(kind, step, plan.optimizer.type, location=Location(plan.optimizer.path))


def ticks_before_first_step(events: Iterable[Event], path: str) -> int:
    """Return how often the scheduler at ``path`` of the spec ticks before any optimizer step."""
    ticks = 0
    for event in events:
        if event.kind in {"optimizer_step", "optimizer_step_skipped"}:
            break
        at_path = event.location is not None and event.location.path == path
        ticks += event.kind == "scheduler_tick" and at_path
    return ticks


def _name(scheduler: SchedulerPlan) -> str:
    return scheduler.name or scheduler.type


def _location(scheduler: SchedulerPlan) -> Location:
    return Location(scheduler.path)


def _lengths(plan: SchedulePlan) -> Iterator[Event]:
    for top in plan.schedulers:
        for each in top.walk():
            for argument in each.row.arguments:
                value = each.arguments.get(argument.name)
                if argument.kind == "duration" and isinstance(value, int):
                    location = Location(f"{each.path}.{argument.name}")
                    yield Event("length_known", 0, _name(each), value=value, location=location)


def _writes(trace: Trace, ticked: Iterable[SchedulerPlan], step: int) -> Iterator[Event]:
    """The groups whose learning rate the ticks before ``step`` changed.

    Of several schedulers that tick together the last one that drives a group stands for them.
    """
    writers = {group: each for each in ticked for group in each.groups}
    for group, scheduler in writers.items():
        lr = trace.lr.get(group)
        if lr is None or not step or lr[step] == lr[step - 1]:
            continue
        location = _location(scheduler)
        yield Event("lr_written", step, _name(scheduler), group, float(lr[step]), location)
