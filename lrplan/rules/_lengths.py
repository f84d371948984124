"""The lengths that a spec gives in plain ticks: the ones whose unit can be mistaken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from lrplan.spec.scope import child_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lrplan.rules._context import Context
    from lrplan.spec.plan import SchedulerPlan, Span
    from lrplan.spec.tree import Node

Kind = Literal["end", "ramp", "warm-up", "cycle", "every", "cuts", "hand-over"]
"""What a length is: a decay to its end, a ramp of some other field, a warm-up, a cycle, the time
between cuts, the times of cuts, the times of hand-overs."""

KINDS: dict[tuple[str, str], Kind] = {
    ("CosineAnnealingLR", "T_max"): "end",
    ("PolynomialLR", "total_iters"): "end",
    ("LinearLR", "total_iters"): "end",
    ("OneCycleLR", "total_steps"): "end",
    ("WarmupCosine", "total_steps"): "end",
    ("CosineParamScheduler", "total_steps"): "ramp",
    ("LinearParamScheduler", "total_steps"): "ramp",
    ("SWALR", "anneal_epochs"): "ramp",
    ("WarmupCosine", "warmup_steps"): "warm-up",
    ("WarmupConstantSchedule", "warmup_steps"): "warm-up",
    ("InverseSqrtScheduler", "warmup_steps"): "warm-up",
    ("GradualWarmupScheduler", "total_epoch"): "warm-up",
    ("CosineAnnealingWarmUpRestarts", "T_0"): "cycle",
    ("CosineAnnealingWarmRestarts", "T_0"): "cycle",
    ("CyclicLR", "step_size_up"): "cycle",
    ("StepLR", "step_size"): "every",
    ("StepWdScheduler", "every"): "every",
    ("MultiStepLR", "milestones"): "cuts",
    ("MilestoneLrScheduler", "milestones"): "cuts",
    ("SequentialLR", "milestones"): "hand-over",
}
_ACTS_BY_DEFAULT = frozenset({("CyclicLR", "step_size_up")})
"""Defaults in steps that nobody who ticks per epoch can want."""


@dataclass(frozen=True, slots=True)
class Length:
    """One argument that counts ticks, written without a unit.

    Args:
        span: the scheduler, and when it acts.
        name: the argument.
        kind: what it is the length of.
        values: its ticks; several for milestones.
        path: where it stands.
    """

    span: Span
    name: str
    kind: Kind
    values: tuple[int, ...]
    path: str

    @property
    def value(self) -> int:
        """Its ticks; those until the last of several."""
        return max(self.values)

    @property
    def scheduler(self) -> SchedulerPlan:
        """Whose argument it is."""
        return self.span.scheduler

    @property
    def words(self) -> str:
        """``T_max 90``, ``milestones 30, 60``."""
        return f"{self.name} {', '.join(f'{value:,}' for value in self.values)}"


def lengths(context: Context, top: SchedulerPlan) -> list[Length]:
    """The lengths of ``top`` and of what is inside it, outermost first."""
    spans = (span for span in context.spans() if span.top is top)
    return [length for span in spans for length in _of_span(context, span)]


def written(context: Context, path: str) -> Node:
    """What stands at ``path`` in the spec, or the nearest above it."""
    return context.plan.node.nearest(path.removeprefix(context.plan.path).lstrip("."))


def _of_span(context: Context, span: Span) -> Iterator[Length]:
    scheduler = span.scheduler
    for argument in scheduler.row.arguments:
        kind = _kind(context, scheduler, argument.name)
        if kind is None:
            continue
        value = scheduler.arguments.get(argument.name)
        given = context.given(scheduler, argument.name)
        if not given and (scheduler.type, argument.name) in _ACTS_BY_DEFAULT:
            value = argument.default
        if given and not _is_plain(written(context, context.at(scheduler, argument.name))):
            continue
        ticks = tuple(value) if isinstance(value, list) else (value,)
        whole = tuple(each for each in ticks if isinstance(each, int) and each > 0)
        if whole and len(whole) == len(ticks):
            yield Length(span, argument.name, kind, whole, context.at(scheduler, argument.name))
    yield from _product(context, span)


def _product(context: Context, span: Span) -> Iterator[Length]:
    """The length of a OneCycleLR that is given as ``epochs`` times ``steps_per_epoch``."""
    scheduler = span.scheduler
    epochs = context.value(scheduler, "epochs", int)
    steps = context.value(scheduler, "steps_per_epoch", int)
    total = scheduler.arguments.get("total_steps")
    if scheduler.type == "OneCycleLR" and total is None and epochs and steps:
        path = child_path(scheduler.path, "epochs")
        yield Length(span, "epochs * steps_per_epoch =", "end", (epochs * steps,), path)


def _kind(context: Context, scheduler: SchedulerPlan, name: str) -> Kind | None:
    kind = KINDS.get((scheduler.type, name))
    if scheduler.type != "LinearLR" or kind is None:
        return kind
    start = context.value(scheduler, "start_factor", (int, float)) or 0.0
    end = context.value(scheduler, "end_factor", (int, float)) or 0.0
    if start == end:
        return None
    return "end" if end < start else "warm-up"


def _is_plain(node: Node) -> bool:
    """Whether it is a number without a unit, or a list of such."""
    if node.is_list:
        return all(_is_plain(element) for element in node.elements())
    return isinstance(node.value, (int, float)) and not isinstance(node.value, bool)
