"""The lengths that a spec gives in plain ticks: the ones whose unit can be mistaken."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, get_args

from lrplan.catalog import Argument
from lrplan.clock import ClockError, parse_duration
from lrplan.lint import Context, Edit, SchedulerPlan, Span, child_path, with_commas, yaml_flow
from lrplan.lint.facts.warmups import line_factors
from lrplan.node import Node

Kind = Literal["end", "ramp", "warm-up", "cycle", "every", "cuts", "hand-over", "part"]
"""The roles of arguments that are lengths whose unit can be mistaken; see ``catalog.Role``."""

_KINDS: dict[str | None, Kind] = {kind: kind for kind in get_args(Kind)}

_BEFORE_END = ("T_max", "total_steps")
"""Arguments of mmengine's that say how long a decay is, where its ``end`` does not."""


@dataclass(frozen=True, slots=True)
class UnitlessLength:
    """An argument that counts ticks, written without a unit.

    Args:
        span: the scheduler, and when it acts.
        name: the argument.
        kind: the role of the argument.
        values: its ticks; several for milestones.
        path: its path.
        after: ticks of its scheduler that pass before it begins to count.
    """

    span: Span
    name: str
    kind: Kind
    values: tuple[float, ...]
    path: str
    after: float = 0

    @property
    def begin(self) -> float:
        """The tick of the outermost scheduler from which it counts."""
        return self.span.begin + self.after

    @property
    def value(self) -> float:
        """The number of ticks; of several, the last one."""
        return max(self.values)

    @property
    def scheduler(self) -> SchedulerPlan:
        """The scheduler that has the argument."""
        return self.span.scheduler

    @property
    def words(self) -> str:
        """``T_max 90``, ``milestones 30, 60``."""
        is_key = self.name in self.scheduler.written_as  # a part of `warmup`
        name = self.path.rpartition(".")[2] if is_key else self.name
        return f"{name} {', '.join(map(with_commas, self.values))}"


def lengths(context: Context, top: SchedulerPlan) -> list[UnitlessLength]:
    """The lengths of ``top`` and of what is inside it, outermost first."""
    spans = (span for span in context.spans() if span.top is top)
    return [length for span in spans for length in _of_span(context, span)]


def node_at(context: Context, path: str) -> Node:
    """The node at ``path`` in the spec, or the nearest above it."""
    return context.plan.node.nearest(path.removeprefix(context.plan.path).lstrip("."))


def in_written_unit(context: Context, span: Span, name: str, ticks: int | list[int]) -> object:
    """``ticks`` for an argument of ``span``'s scheduler, in the unit that the spec gives it in.

    ``T_max: 30ep`` with 9,775 ticks is ``25ep``; the number itself where nothing whole is as much.
    """
    node = node_at(context, context.path_of(span.scheduler, name))
    if not isinstance(ticks, list):
        return _in_unit_of(context, span, node, ticks)
    first = node.elements()[0] if node.is_list and node.elements() else node
    texts = [_in_unit_of(context, span, first, each) for each in ticks]
    return ticks if any(isinstance(each, int) for each in texts) else texts


def write_lengths(
    context: Context, span: Span, values: Mapping[str, int | list[int]]
) -> tuple[Edit, ...]:
    """Edits that write lengths of ``span``'s scheduler, each in the unit it is given in."""
    return tuple(
        Edit(span.scheduler.path_of(name), yaml_flow(in_written_unit(context, span, name, ticks)))
        for name, ticks in values.items()
    )


def _in_unit_of(context: Context, span: Span, node: Node, ticks: int) -> int | str:
    if node.number is not None or not isinstance(node.value, str):
        return ticks
    clock, cadence = context.clock, span.top.cadence
    for text in (node.value, "1ep"):
        try:
            given, before = parse_duration(text), clock.resolve(text, cadence)
            amount = given.amount * ticks / before if before else Fraction(0)
            written = f"{amount}{given.unit}"
            if amount and amount.denominator == 1 and clock.resolve(written, cadence) == ticks:
                return written
        except ClockError:  # `rest`, a difference, or a run without epochs
            continue
    return ticks


def counts_ticks(context: Context, top: SchedulerPlan, besides: Collection[str] = ()) -> bool:
    """Return True if another interval would change more of ``top`` than the lengths in ``besides``.

    Functions, factors per tick, metrics and lengths without a unit depend on the interval.

    Args:
        context: the schedule.
        top: an outermost scheduler.
        besides: the paths of lengths that are known to count something else.
    """
    for scheduler in top.walk():
        row = scheduler.row
        of_every_tick = row.name_of("factor") and not row.name_of("every", "cuts")
        if row.reads_metric or row.name_of("function") or of_every_tick:
            return True
    return any(length.path not in besides for length in lengths(context, top))


def _of_span(context: Context, span: Span) -> Iterator[UnitlessLength]:
    scheduler = span.scheduler
    if _is_inert(span):
        return
    for argument in scheduler.row.arguments:
        kind = _kind(context, scheduler, argument)
        is_reported_elsewhere = kind == "hand-over" and argument.name in scheduler.written_as
        if (
            kind is None or is_reported_elsewhere
        ):  # the end of a `warmup`, which is its length as well
            continue
        value = scheduler.arguments.get(argument.name)
        is_written = context.is_given(scheduler, argument.name)
        if not is_written and argument.default_in_steps:
            value = argument.default
        if is_written and not _is_plain(
            node_at(context, context.path_of(scheduler, argument.name))
        ):
            continue
        ticks = tuple(value) if isinstance(value, list) else (value,)
        counted = tuple(each for each in ticks if isinstance(each, (int, float)) and each > 0)
        if counted and len(counted) == len(ticks):
            path = context.path_of(scheduler, argument.name)
            after = _after(context, scheduler, argument.name)
            yield UnitlessLength(span, argument.name, kind, counted, path, after)
    yield from _product(context, span)


def _product(context: Context, span: Span) -> Iterator[UnitlessLength]:
    """The length of a one-cycle that is given as ``epochs`` times ``steps_per_epoch``."""
    scheduler = span.scheduler
    epochs = context.integer(scheduler, "epochs")
    steps = context.integer(scheduler, "steps_per_epoch")
    total = scheduler.arguments.get("total_steps")
    if scheduler.row.past_end == "raises" and total is None and epochs and steps:
        path = child_path(scheduler.path, "epochs")
        yield UnitlessLength(span, "epochs * steps_per_epoch =", "end", (epochs * steps,), path)


def _kind(context: Context, scheduler: SchedulerPlan, argument: Argument) -> Kind | None:
    kind, name = _KINDS.get(argument.role), argument.name
    if name == "t_initial" and context.integer(scheduler, "cycle_limit") not in {None, 1}:
        return "cycle"
    if name == "end" and any(context.is_given(scheduler, each) for each in _BEFORE_END):
        return None
    factors = line_factors(context, scheduler)
    if kind != "end" or factors is None:
        return kind
    # The same argument of a LinearLR is the end of a decay or the length of a warm-up: 1 to 0.01
    # comes down, 0.1 to 1 goes up, and 1 to 1 is not a length.
    start, end = factors
    if start == end:
        return None
    return "end" if end < start else "warm-up"


def _is_inert(span: Span) -> bool:
    """Return True if timm counts the other unit: timm-scheduler-call-contract reports that."""
    argument = span.scheduler.row.argument("t_in_epochs")
    if argument is None:
        return False
    in_epochs = span.scheduler.arguments.get("t_in_epochs", argument.default)
    return bool(in_epochs) != (span.top.interval == "epoch")


def _after(context: Context, scheduler: SchedulerPlan, name: str) -> float:
    """Ticks before ``name`` counts: a warm-up of timm's, or the ``begin`` of mmengine's."""
    if scheduler.row.family == "mmengine":
        return 0 if name == "end" else context.integer(scheduler, "begin") or 0
    if scheduler.row.family != "timm" or name == "warmup_t":
        return 0
    # With warmup_t 5 and t_initial 80, timm's decay counts from tick 5 where warmup_prefix is set,
    # and from tick 0, under the warm-up, where it is not.
    prefix = scheduler.row.argument("warmup_prefix")
    if prefix is not None and not scheduler.arguments.get("warmup_prefix", prefix.default):
        return 0
    return context.number(scheduler, "warmup_t") or 0


def _is_plain(node: Node) -> bool:
    """Return True if it is a number without a unit, or a list of such."""
    if node.is_list:
        return all(_is_plain(element) for element in node.elements())
    return node.number is not None
