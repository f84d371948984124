"""A schedule after every name, unit and default has been resolved: plain data, no torch.

``specfile`` makes plans, ``torch_objects`` turns them into live objects, all others read them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import accumulate, pairwise
from pathlib import Path

from lrplan.catalog import OptimizerRow, SchedulerRow
from lrplan.clock import Cadence, Clock
from lrplan.clock.cadence import Interval, Kind
from lrplan.clock.duration import ClockError
from lrplan.clock.training_settings import LoopName
from lrplan.metric import Metric
from lrplan.node import Node
from lrplan.plan_origin import Origin
from lrplan.text_position import InputText, TextPosition
from lrplan.trace import Mark

UNFROZEN = "unfrozen"
"""The label of the step from which a group that was frozen learns."""
LR_TENSOR = "lr_tensor"
"""The key of an optimizer, or of a group, that makes its learning rate a tensor."""


_MOST_SKIPPED = 20
"""If more steps than this are skipped, none is marked: their marks would hide all others."""


@dataclass(frozen=True, slots=True)
class UserCode:
    """A class or function of the user's own.

    Args:
        text: as the spec has it.
        name: of the class or function, with dots for one inside another.
        file: the file it is in; None for one in a module.
        module: the module it is in; empty for one in a file.
        directory: the folder of the spec.
    """

    text: str
    name: str
    file: Path | None
    module: str
    directory: Path


@dataclass(frozen=True, slots=True)
class GroupOrigin:
    """The group of the spec that a parameter group was made from, if it makes several.

    ``blocks: {count: 24, lr_decay: 0.75, no_decay: true}`` makes ``blocks.3.no_decay`` and others.
    Its origin is ``GroupOrigin("blocks", layer=3, count=24, lr_decay=0.75, no_decay=True)``.
    """

    name: str
    layer: int | None = None
    count: int | None = None
    lr_decay: float | None = None
    no_decay: bool = False


@dataclass(frozen=True, slots=True)
class GroupPlan:
    """A parameter group: its name, the constructor arguments it overrides, its ``lr_scale``."""

    name: str
    options: Mapping[str, object] = field(default_factory=dict)
    lr_tensor: str | None = None
    """The type of tensor that its lr is; empty: a number; None: as the optimizer's."""
    path: str = ""
    """The path in the spec of this group, or of the entry that it was made from; empty for the only
    group of an optimizer whose spec lists none."""
    origin: GroupOrigin | None = None
    frozen_until: int = 0
    """The number of steps at the start in which its applied lr is 0."""


@dataclass(frozen=True, slots=True)
class OptimizerPlan:
    """An optimizer of ``torch.optim``, its arguments by torch's own names, and its groups."""

    type: str
    row: OptimizerRow
    arguments: Mapping[str, object]
    groups: tuple[GroupPlan, ...]
    path: str
    """The path in the spec, e.g. ``schedules.finetune.optimizer``."""
    code: UserCode | None = None
    """The user's own class, instead of one of the catalogue."""
    lr_tensor: str | None = None
    """The type of tensor that its lr is; empty or None: a number."""

    @property
    def has_tensors(self) -> bool:
        """True if the lr of any group is a tensor."""
        return any((self.lr_tensor, *(group.lr_tensor for group in self.groups)))

    def groups_sharing_lr_tensor(self) -> tuple[str, ...]:
        """The names of the groups whose lr is the optimizer's own tensor, the very same object."""
        if not self.lr_tensor:
            return ()
        shared = (g.name for g in self.groups if g.lr_tensor is None and "lr" not in g.options)
        return tuple(shared)


@dataclass(frozen=True, slots=True)
class SchedulerPlan:
    """A scheduler, with its arguments resolved to the values that its constructor takes.

    Durations are ticks of ``interval``: integers, and floats where the row of the argument says
    ``fractional``. Values per group are lists in the order of the groups driven, expressions are
    ``Expression``, nested schedulers are ``SchedulerPlan``.
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
    code: UserCode | None = None
    """The user's own class, instead of one of the catalogue."""
    written_as: Mapping[str, str] = field(default_factory=dict)
    """The path in the spec of each argument that has another name there, such as ``warmup``."""
    irregular: bool = False
    """True if its training loop calls it more or less often than ``frequency`` says."""

    @property
    def cadence(self) -> Cadence:
        """Interval and frequency of its calls, and the other facts that training loops need."""
        kind: Kind = "plateau" if self.row.reads_metric else "plain"
        return Cadence(self.interval, self.frequency, kind, _total_steps(self))

    def path_of(self, argument: str) -> str:
        """The path in the spec of one of its arguments."""
        own = f"{self.path}.{argument}" if self.path else argument
        return self.written_as.get(argument, own)

    def children(self) -> Iterator[SchedulerPlan]:
        """The schedulers directly inside this one, in order."""
        for value in self.arguments.values():
            if isinstance(value, SchedulerPlan):
                yield value
            elif isinstance(value, list):
                yield from (item for item in value if isinstance(item, SchedulerPlan))

    def walk(self) -> Iterator[SchedulerPlan]:
        """Yield this scheduler and all schedulers inside it, outermost first."""
        yield self
        for child in self.children():
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class FactoryPlan:
    """The user's own code that makes an optimizer and its schedulers."""

    code: UserCode
    arguments: Mapping[str, object]
    """Keyword arguments it is called with."""
    path: str
    """The path in the spec, e.g. ``schedules.finetune.factory``."""
    interval: Interval | None = None
    """The interval of a scheduler that has none itself; None: that of its package or its loop."""
    frequency: int = 1
    """The frequency of such a scheduler."""


@dataclass(frozen=True, slots=True)
class SchedulePlan:
    """A named schedule of a spec, ready to be built and simulated."""

    name: str
    title: str
    description: str
    clock: Clock
    optimizer: OptimizerPlan
    schedulers: tuple[SchedulerPlan, ...]
    metrics: Mapping[str, Metric]
    resolved: Mapping[str, object]
    ignore: tuple[str, ...]
    source: InputText
    node: Node
    """The schedule as written, defaults merged in: positions for findings."""
    factory: FactoryPlan | None = None
    """The code that makes the optimizer and the schedulers. Before it has run, the optimizer has no
    groups, and there are no schedulers."""
    code_loop: LoopName | None = None
    """The training loop to which the objects of a factory belong, if lrplan can tell."""
    origin: Origin | None = None
    """The config of another framework that it was read from; None for one of a spec."""
    _spans: list[Span] = field(default_factory=list, init=False, repr=False, compare=False)
    """The cached result of ``spans``, which many rules need."""

    @property
    def path(self) -> str:
        """The path in the spec, e.g. ``schedules.finetune``."""
        return f"schedules.{self.name}"

    @property
    def codes(self) -> tuple[UserCode, ...]:
        """Every piece of the user's own code that building runs, in the spec's order."""
        codes = [None if self.factory is None else self.factory.code, self.optimizer.code]
        codes += [each.code for top in self.schedulers for each in top.walk()]
        return tuple(dict.fromkeys(code for code in codes if code is not None))

    @property
    def runs_user_code(self) -> bool:
        """True if the curve depends on code outside the spec, which may change unseen."""
        return bool(self.codes)

    @property
    def names_loop(self) -> bool:
        """True if the spec itself names the training loop."""
        training = self.node.get("training")
        loop = None if training is None else training.get("loop")
        return loop is not None and loop.value is not None

    def with_loop_of_code(self, loop: LoopName) -> SchedulePlan:
        """Return the plan with ``loop`` as its training loop, unless the spec names one.

        Raises:
            ClockError: the spec has settings that this loop does not have.
        """
        clock = self.clock
        if not self.names_loop:
            derived = Clock.derive(replace(clock.settings, loop=loop))
            clock = replace(derived, names=clock.names)
        return replace(self, clock=clock, code_loop=loop)

    def position_of(self, path: str) -> TextPosition:
        """The place of the value at ``path`` (or of its nearest parent that was written down)."""
        return self.node.nearest(path.removeprefix(self.path).lstrip(".")).place

    def spans(self) -> Iterator[Span]:
        """Every scheduler with the ticks during which it acts, outermost first, in spec order."""
        if not self._spans:
            for top in self.schedulers:
                ticks = self.clock.calls_in_run(top.cadence)
                self._spans.extend(_spans(top, top, 0, ticks))
        return iter(self._spans)

    def marks(self) -> tuple[Mark, ...]:
        """Steps that the spec names, in order: milestones, skipped steps, the end of a freeze."""
        skipped = self.clock.settings.skipped_steps
        named_steps = skipped if len(skipped) <= _MOST_SKIPPED else ()
        steps = {step: Mark(step, "skipped", "skipped") for step in named_steps}
        steps |= {
            group.frozen_until: Mark(group.frozen_until, UNFROZEN)
            for group in self.optimizer.groups
            if 0 < group.frozen_until < self.clock.steps
        }
        steps |= {
            step: Mark(step, "milestone", written=self._as_written(span, index, step))
            for span in self.spans()
            # The milestone of the key `warmup` is not one of the spec's.
            if "milestones" not in span.scheduler.written_as
            for index, tick in span.milestones()
            if (step := self.clock.step_of_call(tick, span.top.cadence)) is not None
        }
        return tuple(steps[step] for step in sorted(steps))

    def _as_written(self, span: Span, index: int, step: int) -> str:
        """A milestone as the spec has it, if that is in another unit than steps."""
        path = span.scheduler.path_of(f"milestones[{index}]").removeprefix(f"{self.path}.")
        value = self.node.nearest(path).value
        units = self._units(value) if isinstance(value, str) else (span.top.interval,)
        per_epoch = self.clock.steps_per_epoch
        if units in (("epoch",), ("ep",)) and per_epoch and step % per_epoch == 0:
            return f"epoch {step // per_epoch}"
        # A length counts from the scheduler's own beginning, and so does its text.
        is_whole = span.begin == 0 and units in (("%",), ("sp",), ("tok",))
        return str(value) if is_whole and str(value).endswith(units[0]) else ""

    def _units(self, duration: str) -> tuple[str, ...]:
        """The units of the terms of ``duration``; none if a config has another text there."""
        try:
            terms = self.clock.terms(duration)
        except ClockError:
            return ()
        return tuple(term.duration.unit for term in terms if term.duration is not None)


@dataclass(frozen=True, slots=True)
class Span:
    """A scheduler and the ticks in which it acts: ``begin`` (inclusive) to ``end`` (exclusive).

    The outermost scheduler acts from 0 to the number of its ticks in the run. A scheduler inside a
    SequentialLR or a gradual warm-up acts from the tick at which it takes over until the next one
    takes over.
    """

    scheduler: SchedulerPlan
    top: SchedulerPlan
    begin: int
    end: int

    @property
    def ticks(self) -> int:
        """Ticks it gets while it acts; its own clock starts at 0."""
        return max(0, self.end - self.begin)

    def milestones(self) -> list[tuple[int, int]]:
        """The milestones within the span: index in the spec's list, tick of the outermost."""
        if not self.scheduler.row.absolute_milestones:
            return []
        ticks = self.scheduler.arguments.get("milestones")
        return [
            (index, self.begin + tick)
            for index, tick in enumerate(ticks if isinstance(ticks, list) else [])
            if isinstance(tick, int) and 0 <= tick <= self.ticks
        ]


def _total_steps(scheduler: SchedulerPlan) -> int | None:
    """The attribute ``total_steps``, which only torch's ``OneCycleLR`` has."""
    row, given = scheduler.row, scheduler.arguments
    if row.family != "torch" or row.past_end != "raises":
        return None
    total, epochs, steps = (given.get(key) for key in ("total_steps", "epochs", "steps_per_epoch"))
    if total is None and isinstance(epochs, int) and isinstance(steps, int):
        total = epochs * steps
    return total if isinstance(total, int) else None


def _spans(scheduler: SchedulerPlan, top: SchedulerPlan, begin: int, end: int) -> Iterator[Span]:
    yield Span(scheduler, top, begin, end)
    children = list(scheduler.children())
    edges = _edges(scheduler.row, scheduler.arguments, begin, end)
    bounds = [(begin, end)] * len(children) if edges is None else list(pairwise(edges))
    for child, (first, last) in zip(children, bounds, strict=False):
        yield from _spans(child, top, first, last)


def phase_lengths(
    row: SchedulerRow, arguments: Mapping[str, object], ticks: int
) -> list[int] | None:
    """The ticks of each scheduler inside one that acts for ``ticks``; None: all act all the time.

    Args:
        row: of the scheduler that holds the others.
        arguments: its own, resolved, without those inside.
        ticks: of its run or phase.
    """
    edges = _edges(row, arguments, 0, ticks)
    return None if edges is None else [max(0, last - first) for first, last in pairwise(edges)]


def _edges(
    row: SchedulerRow, arguments: Mapping[str, object], begin: int, end: int
) -> list[int] | None:
    """The ticks at which the schedulers inside one hand over; None when all act at once."""
    milestones = arguments.get(row.name_of("hand-over"))
    # All edges are ticks of the outermost scheduler. Milestones count from the start of their own
    # container: [10, 50] inside a span from 20 to 100 have the edges 20, 30, 70, 100, and a member
    # acts between each two. Phases are lengths: [10, 20] in 50 ticks have the edges 0, 10, 30, 50.
    if isinstance(milestones, list):
        ticks = [tick for tick in milestones if isinstance(tick, int)]
        inner = [min(max(begin + tick, begin), end) for tick in ticks]
        return [begin, *inner, end]
    durations = arguments.get(row.name_of("phases"))
    if isinstance(durations, list):
        lengths = [ticks for ticks in durations if isinstance(ticks, int)]
        return [min(max(edge, begin), end) for edge in (*accumulate(lengths, initial=begin), end)]
    if row.hands_over is not None:
        name, later = row.hands_over
        before = arguments.get(name)
        if isinstance(before, int):
            return [min(begin + max(before + later, 0), end), end]
    return None
