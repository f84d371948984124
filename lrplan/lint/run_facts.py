"""Counts of an observed run that several rules need, made in one pass over its events."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from lrplan.events import Event, Location

RunCadence = Literal["step", "batch", "epoch"]
"""How often a scheduler ticks: with every optimizer step, every batch or every epoch."""
_MOST_WRITES = 1_000_000
"""At most this many learning rates written by hand are kept; more would show nothing new."""


@dataclass(slots=True)
class TickFacts:
    """Counts of the steps of one scheduler."""

    first: Event
    """Its first tick."""
    total: int = 0
    last_step: int = 0
    """The step that comes after its last tick."""
    before_first_step: int = 0
    """Ticks before the first step of the optimizer that it drives."""
    by_epoch: list[int] = field(default_factory=list)
    """Ticks in each epoch that has ended."""
    in_epoch: int = 0
    """Ticks in the epoch that runs."""
    by_step: Counter[int] = field(default_factory=Counter)
    """How many steps of its optimizer had how many ticks after them, before the next step."""
    in_step: int = 0
    """Ticks since the last step of its optimizer."""
    steps_before: int = 0
    """Steps of its optimizer before its first tick."""
    lines: Counter[Location | None] = field(default_factory=Counter)
    """Ticks by the line that makes them."""
    values: array[float] = field(default_factory=lambda: array("d"))
    """What its ticks were given: metrics or epochs."""
    after_skipped: int = 0
    """Ticks after a step that a gradient scaler left out."""


@dataclass(slots=True)
class HandWrites:
    """Learning rates that a program wrote into the groups of one optimizer.

    One entry for each step before which it wrote: the last value that it wrote into the first
    group.
    """

    first: Event
    steps: array[int] = field(default_factory=lambda: array("q"))
    """The step that comes next."""
    values: array[float] = field(default_factory=lambda: array("d"))
    """The learning rate; NaN where it is not known."""
    replaced: array[float] = field(default_factory=lambda: array("d"))
    """The learning rate that was replaced; NaN where it is not known."""
    ticked_after: bytearray = field(default_factory=bytearray)
    """1 where a scheduler of the optimizer ticked between the write and the step."""
    ticked_before: bytearray = field(default_factory=bytearray)
    """1 where a scheduler ticked since the last step, before the write."""
    groups: set[str] = field(default_factory=set)
    """The groups written; the empty name stands for all."""
    lines: Counter[Location | None] = field(default_factory=Counter)


@dataclass(slots=True)
class RunFacts:
    """Counts of the events in a run, and in each epoch of it that has ended."""

    ticks: dict[int, TickFacts] = field(default_factory=dict)
    """By the index of the scheduler."""
    steps: Counter[int] = field(default_factory=Counter)
    """Optimizer steps by the index of the optimizer, those skipped included."""
    skipped: Counter[int] = field(default_factory=Counter)
    """Steps that a gradient scaler left out, by the index of the optimizer."""
    steps_by_epoch: list[int] = field(default_factory=list)
    """Steps of the optimizer that steps most, in each epoch that has ended."""
    steps_of_each: list[Mapping[int, int]] = field(default_factory=list)
    """In each epoch that has ended, the steps by the index of the optimizer."""
    optimizer_of: Mapping[int, int | None] = field(default_factory=dict)
    """The index of the optimizer of each scheduler, where it is known."""
    batches_by_epoch: list[int] = field(default_factory=list)
    writes: dict[int, HandWrites] = field(default_factory=dict)
    """What the program wrote into groups itself, by the index of the optimizer."""
    reads: list[Event] = field(default_factory=list)
    """The first ``lr_read`` of each line that shows another value than the one in use; of source,
    the first of each line."""
    states: list[Event] = field(default_factory=list)
    """Loaded and saved states, the first of each kind, object and line."""
    groups_added: list[tuple[Event, frozenset[int]]] = field(default_factory=list)
    """The first group that each line adds, and the schedulers that were made before."""
    steps_when_made: dict[int, list[int]] = field(default_factory=dict)
    """The steps that came after a scheduler was made, by its index; several where the same line of
    source is reached again."""

    def steps_in_epochs(self, optimizer: int | None) -> list[int]:
        """Steps of an optimizer in each epoch; of the one that steps most, where it makes none."""
        if optimizer is None or not self.steps[optimizer]:
            return self.steps_by_epoch
        return [each.get(optimizer, 0) for each in self.steps_of_each]

    def total_steps(self, optimizer: int | None) -> int:
        """All steps of an optimizer; of the one that steps most, where it makes none."""
        own = 0 if optimizer is None else self.steps[optimizer]
        return own or max(self.steps.values(), default=0)

    @property
    def steps_per_epoch(self) -> int:
        """The optimizer steps of most epochs; 0 when there are none."""
        return count_of_most_epochs(self.steps_by_epoch)

    @property
    def batches_per_epoch(self) -> int:
        """The batches of most epochs; 0 when there are none."""
        return count_of_most_epochs(self.batches_by_epoch)


def facts_of_events(
    events: Iterable[Event], optimizer_of: Mapping[int, int | None] | None = None
) -> RunFacts:
    """Return the counts of a run. One pass over the events.

    Args:
        events: what happened.
        optimizer_of: the index of the optimizer of each scheduler; one that is not there, or None,
            goes with every optimizer.
    """
    counter = _Counter(optimizer_of or {})
    for event in events:
        handler = counter.handlers.get(event.kind)
        if handler is not None:
            handler(event)
    return counter.finish()


def cadence(facts: RunFacts, scheduler: int) -> RunCadence | None:
    """Return how often a scheduler ticks; None if it is not clear from epochs, batches and steps.

    Example: 4 batches and 2 steps in most epochs. 2 ticks an epoch are one a step, 4 one a batch,
    and 1 is one an epoch. With one step an epoch, a tick a step and a tick an epoch are the same:
    None. The steps are those of the scheduler's own optimizer: of a GAN one may step less often.
    """
    ticks = facts.ticks.get(scheduler)
    if ticks is None:
        return None
    optimizer = facts.optimizer_of.get(scheduler)
    steps, batches = count_of_most_epochs(facts.steps_in_epochs(optimizer)), facts.batches_per_epoch
    per_epoch = count_of_most_epochs(ticks.by_epoch)
    if not steps and facts.steps and ticks.total == facts.total_steps(optimizer):
        return "step"
    if per_epoch == 1 and steps > 1:
        return "epoch"
    if steps > 1 and per_epoch == steps:
        return "step"
    if batches > 1 and steps and per_epoch == batches != steps:
        return "batch"
    return None


def ticks_per_step(ticks: TickFacts) -> int:
    """The ticks after almost every step; 0 where steps differ in that."""
    if not ticks.by_step:
        return 0
    number, steps = ticks.by_step.most_common(1)[0]
    return number if 10 * steps >= 9 * sum(ticks.by_step.values()) else 0


def count_of_most_epochs(counts: list[int]) -> int:
    """The count of most epochs; 0 when there are none."""
    return Counter(counts).most_common(1)[0][0] if counts else 0


class _Counter:
    """Goes through the events of a run and counts."""

    def __init__(self, optimizer_of: Mapping[int, int | None]) -> None:
        self.facts = RunFacts(optimizer_of=optimizer_of)
        self.handlers = {
            "epoch_began": self._epoch_began,
            "scheduler_tick": self._ticked,
            "optimizer_step": self._stepped,
            "optimizer_step_skipped": self._stepped,
            "batch_loaded": self._batch_loaded,
            "lr_written": self._written,
            "lr_read": self._read,
            "state_loaded": self._state,
            "state_saved": self._state,
            "group_added": self._group_added,
            "scheduler_made": self._made,
        }
        self._optimizer_of = optimizer_of
        self._steps_in_epoch: Counter[int] = Counter()
        self._batches_in_epoch = 0
        self._began = False
        self._last_skipped: dict[int, bool] = {}
        self._ticking: dict[int | None, dict[int, TickFacts]] = {}
        """The schedulers that ticked since the last step of each optimizer."""
        self._ticked_since: set[int] = set()
        """Optimizers of which a scheduler has ticked since their last step."""
        self._written_since: set[int] = set()
        self._seen: set[tuple[object, ...]] = set()

    def finish(self) -> RunFacts:
        # The end of the run ends the last epoch too: one that is cut short is an odd one out, and
        # `cadence` asks what most epochs have.
        if self._began:
            self._end_epoch()
        for scheduler, ticks in self.facts.ticks.items():
            if ticks.in_step:
                ticks.by_step[ticks.in_step] += 1
            # From its first tick on, or from the first step: what follows each step, and the last.
            gaps = (
                self._steps_of(self._optimizer_of.get(scheduler)) - max(ticks.steps_before, 1) + 1
            )
            ticks.by_step[0] = max(gaps - ticks.by_step.total(), 0)
        return self.facts

    def _steps_of(self, optimizer: int | None) -> int:
        steps = self.facts.steps
        return steps.total() if optimizer is None else steps[optimizer]

    def _epoch_began(self, _: Event) -> None:
        if self._began:
            self._end_epoch()
        self._steps_in_epoch.clear()
        self._batches_in_epoch = 0
        self._began = True

    def _end_epoch(self) -> None:
        self.facts.steps_by_epoch.append(max(self._steps_in_epoch.values(), default=0))
        self.facts.steps_of_each.append(dict(self._steps_in_epoch))
        self.facts.batches_by_epoch.append(self._batches_in_epoch)
        for ticks in self.facts.ticks.values():
            ticks.by_epoch.append(ticks.in_epoch)
            ticks.in_epoch = 0

    def _ticked(self, event: Event) -> None:
        optimizer = self._optimizer_of.get(event.index)
        ticks = self.facts.ticks.get(event.index)
        if ticks is None:
            ticks = TickFacts(event, steps_before=self._steps_of(optimizer))
            self.facts.ticks[event.index] = ticks
        self._ticking.setdefault(optimizer, {})[event.index] = ticks
        ticks.total += 1
        ticks.last_step = event.step
        ticks.in_epoch += 1
        ticks.in_step += 1
        ticks.lines[event.location] += 1
        ticks.after_skipped += self._last_skipped.get(optimizer or 0, False)
        if event.value is not None:
            ticks.values.append(event.value)
        # A scheduler whose optimizer is known waits for that one; else a step of any will do.
        ticks.before_first_step += not self._steps_of(optimizer)
        if optimizer is not None:
            self._ticked_since.add(optimizer)
            if optimizer in self._written_since:
                self.facts.writes[optimizer].ticked_after[-1] = 1

    def _stepped(self, event: Event) -> None:
        index, skipped = event.index, event.kind == "optimizer_step_skipped"
        first = not self.facts.steps[index]
        self.facts.steps[index] += 1
        self.facts.skipped[index] += skipped
        self._steps_in_epoch[index] += 1
        self._last_skipped[index] = skipped
        self._ticked_since.discard(index)
        self._written_since.discard(index)
        for optimizer in (index, None):
            # Example: of the calls `step, tick, tick, step, tick, tick, step` the second and
            # third step each close an interval with 2 ticks: {2: 2}. What comes before the first
            # step is no interval, and the last one is closed at the end of the run.
            for ticks in self._ticking.pop(optimizer, {}).values():
                if not first:
                    ticks.by_step[ticks.in_step] += 1
                ticks.in_step = 0

    def _batch_loaded(self, _: Event) -> None:
        self._batches_in_epoch += 1

    def _written(self, event: Event) -> None:
        if event.of != "optimizer" or event.who:
            return
        index = event.index
        writes = self.facts.writes.setdefault(index, HandWrites(event))
        writes.groups.add(event.group)
        writes.lines[event.location] += 1
        value = float("nan") if event.value is None else event.value
        if index in self._written_since:
            # Of several groups the first one represents all; of several values the last.
            if event.group == writes.first.group:
                writes.values[-1] = value
            return
        if len(writes.steps) < _MOST_WRITES:
            self._written_since.add(index)
            writes.steps.append(event.step)
            writes.values.append(value)
            writes.replaced.append(float("nan") if event.applied is None else event.applied)
            writes.ticked_after.append(0)
            writes.ticked_before.append(index in self._ticked_since)

    def _read(self, event: Event) -> None:
        if event.value is not None and event.value == event.applied:
            return
        self._keep(self.facts.reads, event, (event.location, event.index))

    def _state(self, event: Event) -> None:
        self._keep(self.facts.states, event, (event.kind, event.of, event.index, event.location))

    def _made(self, event: Event) -> None:
        self.facts.steps_when_made.setdefault(event.index, []).append(event.step)

    def _group_added(self, event: Event) -> None:
        key = ("group", event.index, event.location)
        if key not in self._seen:
            self._seen.add(key)
            self.facts.groups_added.append((event, frozenset(self.facts.steps_when_made)))

    def _keep(self, events: list[Event], event: Event, key: tuple[object, ...]) -> None:
        if key not in self._seen:
            self._seen.add(key)
            events.append(event)
