"""The calls of an observed run that decide its learning rates, in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from lrplan.catalog import row_of_class
from lrplan.events import Event
from lrplan.observation import Observation, ObservedScheduler


class ObservedCall(NamedTuple):
    """An optimizer steps, a scheduler that nothing else steps is ticked, or an epoch begins."""

    kind: Literal["step", "tick", "epoch"]
    number: int = 0
    """The index of the optimizer or scheduler among those of the run."""


EPOCH = ObservedCall("epoch")


@dataclass(slots=True)
class ObservedCalls:
    """The calls of a run so far.

    Args:
        before: the calls before its first epoch, which are all calls if no epochs were seen.
        epochs: the calls of each epoch; the run was stopped in the last one.
        batches: how many batches were loaded in that last epoch.
        skipping: how many steps a gradient scaler left out, by the index of the epoch.
        last_values: by scheduler, the numbers that its last two ticks were given.
        followers: the schedulers that follow a metric; their ticks are left out.
        hand_written: by optimizer, the last time after its first step that a program set its lr.
    """

    before: list[ObservedCall] = field(default_factory=list)
    epochs: list[list[ObservedCall]] = field(default_factory=list)
    batches: int = 0
    skipping: Counter[int] = field(default_factory=Counter)
    last_values: dict[int, list[float]] = field(default_factory=dict)
    hand_written: dict[int, Event] = field(default_factory=dict)
    metric_schedulers: list[ObservedScheduler] = field(default_factory=list)

    @property
    def current(self) -> list[ObservedCall]:
        """The calls of the epoch in which the run was stopped."""
        return self.epochs[-1] if self.epochs else self.before

    def steps(self) -> Counter[int]:
        """The number of steps of each optimizer."""
        every = [self.before, *self.epochs]
        return Counter(call.number for calls in every for call in calls if call.kind == "step")

    def ticks(self) -> Counter[int]:
        """The number of ticks of each scheduler."""
        every = [self.before, *self.epochs]
        return Counter(call.number for calls in every for call in calls if call.kind == "tick")


def observed_calls(observation: Observation) -> ObservedCalls:
    """The calls of a run.

    Steps that a gradient scaler left out do not count. Ticks of a scheduler within another are
    part of that other's, and the future of one that follows a metric is not known.
    """
    seen = ObservedCalls()
    followers = [each for each in observation.schedulers if _follows_metric(each)]
    left_out = {each.index for each in observation.schedulers if each.parent is not None}
    left_out |= {each.index for each in followers}
    seen.metric_schedulers = followers
    for event in observation.events:
        if event.kind == "epoch_began":
            seen.epochs.append([])
            seen.batches = 0
        elif event.kind == "batch_loaded":
            seen.batches += 1
        elif event.kind == "optimizer_step":
            seen.current.append(ObservedCall("step", event.index))
        elif event.kind == "optimizer_step_skipped":
            seen.skipping[len(seen.epochs) - 1] += 1
        elif event.kind == "scheduler_tick" and event.index not in left_out:
            seen.current.append(ObservedCall("tick", event.index))
            if event.value is not None:
                values = seen.last_values.setdefault(event.index, [])
                seen.last_values[event.index] = [*values[-1:], event.value]
        elif event.kind == "lr_written" and event.of == "optimizer" and event.step:
            seen.hand_written[event.index] = event
    return seen


def _follows_metric(scheduler: ObservedScheduler) -> bool:
    row = row_of_class(scheduler.type, scheduler.module)
    return row is not None and row.reads_metric


@dataclass(frozen=True, slots=True)
class RepeatedCalls:
    """Calls that follow one another, and how often."""

    calls: Sequence[ObservedCall]
    times: int = 1


@dataclass(frozen=True, slots=True)
class FutureCalls:
    """The calls of a run that are still to come.

    Args:
        parts: one after the other.
        leader: the optimizer whose steps the length of the run is counted in.
        most_steps: of that optimizer, after which the run ends wherever it is; None: no such limit.
        notes: sentences about what this assumes.
        unknown: by optimizer, the reason why its learning rates are still not known.
    """

    parts: Sequence[RepeatedCalls]
    leader: int = 0
    most_steps: int | None = None
    notes: tuple[str, ...] = ()
    unknown: Mapping[int, str] = field(default_factory=dict)

    def __iter__(self) -> Iterator[ObservedCall]:
        """All calls, including those between the last step and the one that would follow it."""
        left = self.most_steps
        for part in self.parts:
            for _ in range(part.times):
                for call in part.calls:
                    if left == 0 and call.kind != "tick":
                        return
                    if left is not None and call == ObservedCall("step", self.leader):
                        left -= 1
                    yield call

    def steps(self) -> Counter[int]:
        """The number of steps that each optimizer has to come."""
        return Counter(call.number for call in self if call.kind == "step")
