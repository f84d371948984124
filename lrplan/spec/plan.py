"""A schedule after every name, unit and default has been resolved: plain data, no torch.

``spec`` makes plans, ``build`` turns them into live torch objects, everything else reads them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Literal

from lrplan.trace import Mark

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lrplan.catalog import OptimizerRow, SchedulerRow
    from lrplan.clock import Clock
    from lrplan.source import Place, Source
    from lrplan.spec.metrics import Metric
    from lrplan.spec.tree import Node

Interval = Literal["step", "epoch", "batch"]


@dataclass(frozen=True, slots=True)
class GroupPlan:
    """One parameter group: its name and the constructor arguments it overrides."""

    name: str
    options: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OptimizerPlan:
    """An optimizer of ``torch.optim``, its arguments by torch's own names, and its groups."""

    type: str
    row: OptimizerRow
    arguments: Mapping[str, object]
    groups: tuple[GroupPlan, ...]
    path: str
    """Where it stands in the spec, e.g. ``schedules.finetune.optimizer``."""


@dataclass(frozen=True, slots=True)
class SchedulerPlan:
    """One scheduler, its arguments resolved to what its constructor takes.

    Durations are integers (ticks of ``interval``), values per group are lists in the order of the
    groups driven, expressions are ``Expression``, nested schedulers are ``SchedulerPlan``.
    """

    type: str
    row: SchedulerRow
    arguments: Mapping[str, object]
    interval: Interval
    path: str
    frequency: int = 1
    monitor: str | None = None
    groups: tuple[str, ...] = ()
    """Names of the groups driven, in the optimizer's order; always filled in."""
    name: str | None = None

    def children(self) -> Iterator[SchedulerPlan]:
        """The schedulers directly inside this one, in order."""
        for value in self.arguments.values():
            if isinstance(value, SchedulerPlan):
                yield value
            elif isinstance(value, list):
                yield from (item for item in value if isinstance(item, SchedulerPlan))

    def walk(self) -> Iterator[SchedulerPlan]:
        """This scheduler and every one inside it, outermost first."""
        yield self
        for child in self.children():
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class SchedulePlan:
    """One named schedule of a spec, ready to be built and simulated."""

    name: str
    title: str
    description: str
    clock: Clock
    optimizer: OptimizerPlan
    schedulers: tuple[SchedulerPlan, ...]
    metrics: Mapping[str, Metric]
    resolved: Mapping[str, object]
    ignore: tuple[str, ...]
    source: Source
    node: Node
    """The schedule as written, defaults merged in: positions for findings."""

    @property
    def path(self) -> str:
        """Where it stands in the spec, e.g. ``schedules.finetune``."""
        return f"schedules.{self.name}"

    def place(self, path: str) -> Place:
        """The place of the value at ``path`` (or of its nearest parent that was written down)."""
        return self.node.nearest(path.removeprefix(self.path).lstrip(".")).place

    def spans(self) -> Iterator[Span]:
        """Every scheduler with the ticks during which it acts, outermost first, in spec order."""
        for top in self.schedulers:
            ticks = self.clock.ticks(top.interval) // top.frequency
            yield from _spans(top, top, 0, ticks)

    def marks(self) -> tuple[Mark, ...]:
        """Steps that the spec names, in order: the milestones of every scheduler."""
        steps = {
            step: Mark(step, "milestone")
            for span in self.spans()
            for tick in span.milestones()
            if (step := self.clock.step_of_tick(tick * span.top.frequency, span.top.interval))
            is not None
        }
        return tuple(steps[step] for step in sorted(steps))


@dataclass(frozen=True, slots=True)
class Span:
    """A scheduler and when it acts: ticks ``begin`` (inclusive) to ``end`` of its outermost one.

    The outermost scheduler acts from 0 to the number of ticks it gets in the run; what a
    SequentialLR or a gradual warm-up holds acts from its hand-over to the next one.
    """

    scheduler: SchedulerPlan
    top: SchedulerPlan
    begin: int
    end: int

    @property
    def ticks(self) -> int:
        """Ticks it gets while it acts; its own clock starts at 0."""
        return max(0, self.end - self.begin)

    def milestones(self) -> list[int]:
        """Its milestones as ticks of the outermost scheduler, those within its span."""
        if not self.scheduler.row.absolute_milestones:
            return []
        ticks = self.scheduler.arguments.get("milestones")
        own = [tick for tick in ticks if isinstance(tick, int)] if isinstance(ticks, list) else []
        return [self.begin + tick for tick in own if 0 <= tick <= self.ticks]


def _spans(scheduler: SchedulerPlan, top: SchedulerPlan, begin: int, end: int) -> Iterator[Span]:
    yield Span(scheduler, top, begin, end)
    children = list(scheduler.children())
    edges = _edges(scheduler, begin, end)
    bounds = [(begin, end)] * len(children) if edges is None else list(pairwise(edges))
    for child, (first, last) in zip(children, bounds, strict=False):
        yield from _spans(child, top, first, last)


def _edges(scheduler: SchedulerPlan, begin: int, end: int) -> list[int] | None:
    """Where the children of ``scheduler`` hand over; None when they all act at once."""
    milestones = scheduler.arguments.get("milestones")
    if scheduler.type == "SequentialLR" and isinstance(milestones, list):
        inner = [min(begin + tick, end) for tick in milestones if isinstance(tick, int)]
        return [begin, *inner, end]
    durations = scheduler.arguments.get("durations")
    if scheduler.type == "ignite:ConcatScheduler" and isinstance(durations, list):
        lengths = [ticks for ticks in durations if isinstance(ticks, int)]
        return [min(edge, end) for edge in (*accumulate(lengths, initial=begin), end)]
    if scheduler.row.hands_over is not None:
        name, later = scheduler.row.hands_over
        before = scheduler.arguments.get(name)
        if isinstance(before, int):
            return [min(begin + max(before + later, 0), end), end]
    return None
