"""Counts of an observed run that several rules need, made in one pass over its events."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from lrplan.events import Event

RunCadence = Literal["step", "batch", "epoch"]
"""How often a scheduler ticks: with every optimizer step, every batch or every epoch."""


@dataclass(slots=True)
class TickFacts:
    """How one scheduler was stepped."""

    first: Event
    """Its first tick."""
    total: int = 0
    before_first_step: int = 0
    """Ticks before the first optimizer step of the run."""
    by_epoch: list[int] = field(default_factory=list)
    """Ticks in each epoch that has ended."""
    in_epoch: int = 0
    """Ticks in the epoch that runs."""


@dataclass(slots=True)
class RunFacts:
    """How often things happened in a run, and in each epoch of it that has ended."""

    ticks: dict[int, TickFacts] = field(default_factory=dict)
    """By the index of the scheduler."""
    steps: Counter[int] = field(default_factory=Counter)
    """Optimizer steps by the index of the optimizer, those skipped included."""
    skipped: Counter[int] = field(default_factory=Counter)
    """Steps that a gradient scaler left out, by the index of the optimizer."""
    steps_by_epoch: list[int] = field(default_factory=list)
    """Steps of the optimizer that steps most, in each epoch that has ended."""
    batches_by_epoch: list[int] = field(default_factory=list)
    backwards: int = 0


def facts_of_events(events: Iterable[Event]) -> RunFacts:
    """Return the counts of a run. One pass over the events."""
    facts = RunFacts()
    in_epoch: defaultdict[str, Counter[int]] = defaultdict(Counter)
    began = False
    for event in events:
        if event.kind == "epoch_began":
            if began:
                _end_epoch(facts, in_epoch)
            in_epoch.clear()
            began = True
        elif event.kind == "scheduler_tick":
            _count_tick(facts, event)
        elif event.kind in {"optimizer_step", "optimizer_step_skipped"}:
            facts.steps[event.index] += 1
            facts.skipped[event.index] += event.kind == "optimizer_step_skipped"
            in_epoch["step"][event.index] += 1
        elif event.kind == "batch_loaded":
            in_epoch["batch"][0] += 1
        elif event.kind == "backward":
            facts.backwards += 1
    # The end of the run ends the last epoch too: one that is cut short is an odd one out, and
    # `cadence` asks what most epochs have.
    if began:
        _end_epoch(facts, in_epoch)
    return facts


def cadence(facts: RunFacts, scheduler: int) -> RunCadence | None:
    """Return how often a scheduler ticks; None when epochs, batches and steps do not tell.

    Example: 4 batches and 2 steps in most epochs. 2 ticks an epoch are one a step, 4 one a batch,
    and 1 is one an epoch. With one step an epoch, a tick a step and a tick an epoch are the same:
    None.
    """
    ticks = facts.ticks.get(scheduler)
    if ticks is None:
        return None
    steps, batches = _usual(facts.steps_by_epoch), _usual(facts.batches_by_epoch)
    per_epoch = _usual(ticks.by_epoch)
    if not steps and facts.steps and ticks.total == max(facts.steps.values()):
        return "step"
    if per_epoch == 1 and steps and steps > 1:
        return "epoch"
    if steps and steps > 1 and per_epoch == steps:
        return "step"
    if batches and batches > 1 and steps and per_epoch == batches != steps:
        return "batch"
    return None


def _count_tick(facts: RunFacts, event: Event) -> None:
    ticks = facts.ticks.setdefault(event.index, TickFacts(event))
    ticks.total += 1
    ticks.in_epoch += 1
    ticks.before_first_step += not facts.steps


def _end_epoch(facts: RunFacts, in_epoch: defaultdict[str, Counter[int]]) -> None:
    facts.steps_by_epoch.append(max(in_epoch["step"].values(), default=0))
    facts.batches_by_epoch.append(in_epoch["batch"][0])
    for ticks in facts.ticks.values():
        ticks.by_epoch.append(ticks.in_epoch)
        ticks.in_epoch = 0


def _usual(counts: list[int]) -> int:
    """The count of most epochs; 0 when there are none."""
    return Counter(counts).most_common(1)[0][0] if counts else 0
