"""The events of a training run, in order: who did what at which step.

A check of call order or of counts is written once, on events. It then works for a simulated plan,
for a recording of a real run, and for the source of a training script.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from lrplan.clock import call_order
from lrplan.plan import SchedulePlan, SchedulerPlan

EventKind = Literal[
    "length_known",
    "optimizer_made",
    "scheduler_made",
    "group_added",
    "epoch_began",
    "batch_loaded",
    "backward",
    "optimizer_step",
    "optimizer_step_skipped",
    "scheduler_tick",
    "lr_read",
    "lr_written",
    "state_saved",
    "state_loaded",
]
"""The kinds of events. Some of them need an explanation:

``epoch_began``: a pass over the training data begins.
``optimizer_step_skipped``: a gradient scaler left the step out.
``lr_read``: a program called ``get_lr()`` of a scheduler, as for a log.
``lr_written``: the learning rate of a group was changed.
``state_saved``, ``state_loaded``: ``state_dict()`` and ``load_state_dict()`` of an optimizer or a
scheduler.
"""


@dataclass(frozen=True, slots=True)
class Location:
    """The place in a spec or in a program at which something happens."""

    path: str = ""
    """In a spec, e.g. ``schedules.finetune.scheduler``."""
    file: str = ""
    line: int = 0
    """From 1; 0 if only the file is known."""
    column: int = 0
    """From 1; 0 if only the line is known."""
    end_line: int = 0
    end_column: int = 0
    """The column after the last character; 0 if it is not known."""


@dataclass(frozen=True, slots=True)
class Event:
    """An event of a run: a step, a tick, an lr read or written, or a length that is known."""

    kind: EventKind
    step: int
    """The number, from 0, of the optimizer step that runs, or that runs next."""
    who: str
    """The name of the optimizer or scheduler that acts; empty if the program's own code acts."""
    index: int = 0
    """The position of the scheduler, or of the optimizer that is made or steps, in the run."""
    group: str = ""
    """The parameter group, of ``lr_read`` and ``lr_written``; empty: all of them."""
    value: float | None = None
    """The learning rate read or written, the length in ticks, or the argument of a tick: the metric
    of a plateau, otherwise the epoch. NaN if that argument is not known."""
    location: Location | None = None
    of: Literal["scheduler", "optimizer"] = "scheduler"
    """Whose state is saved or loaded, or whose learning rate is written."""
    applied: float | None = None
    """Of ``lr_read``: the learning rate that the group had at that moment. Of ``lr_written``: the
    one that is replaced."""


def events_of_plan(plan: SchedulePlan) -> Iterator[Event]:
    """Yield what the run of ``plan`` does, in the order of its training loop.

    First the lengths that are known before the run, then for each optimizer step the schedulers
    that tick before it, and the step itself; at the end the ticks after the last
    step. They are worked out one by one: a reader that needs the first few takes no time.

    Args:
        plan: the schedule.
    """
    clock, tops = plan.clock, plan.schedulers
    yield from _lengths(plan)
    skipped = set(clock.settings.skipped_steps)
    for step, called in enumerate(call_order(clock, [top.cadence for top in tops])):
        for index in called:
            yield _scheduler_event("scheduler_tick", step, tops[index], index)
        if step < clock.steps:
            kind: EventKind = "optimizer_step_skipped" if step in skipped else "optimizer_step"
            yield Event(kind, step, plan.optimizer.type, location=Location(plan.optimizer.path))


def ticks_before_first_step(events: Iterable[Event]) -> Counter[int]:
    """Return how often each scheduler, by its index, ticks before the first optimizer step.

    No event after that step is read.
    """
    ticks: Counter[int] = Counter()
    for event in events:
        if event.kind in {"optimizer_step", "optimizer_step_skipped"}:
            break
        if event.kind == "scheduler_tick":
            ticks[event.index] += 1
    return ticks


def _scheduler_event(
    kind: EventKind, step: int, scheduler: SchedulerPlan, index: int, **values: Any
) -> Event:
    values.setdefault("location", Location(scheduler.path))
    return Event(kind, step, scheduler.name or scheduler.type, index, **values)


def _lengths(plan: SchedulePlan) -> Iterator[Event]:
    for index, top in enumerate(plan.schedulers):
        for each in top.walk():
            for argument in each.row.arguments:
                value = each.arguments.get(argument.name)
                if argument.kind == "duration" and isinstance(value, int):
                    location = Location(each.path_of(argument.name))
                    yield _scheduler_event(
                        "length_known", 0, each, index, value=value, location=location
                    )
