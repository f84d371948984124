"""Combinations of schedulers: side by side, in sequence, on the same parameter groups."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lrplan.lint import Context, SchedulerPlan, Span
from lrplan.lint.facts.expressions import per_group, value_at

CONTAINERS = frozenset({"SequentialLR", "ChainedScheduler"})
"""They hold others and set nothing by themselves."""

CYCLES_MOMENTUM = frozenset({"OneCycleLR", "CyclicLR"})

_CLOSED = frozenset({"LambdaLR", "CosineAnnealingWarmRestarts", *CYCLES_MOMENTUM})
_FIRST_ZERO = frozenset({"WarmupCosine", "WarmupConstantSchedule"})


@dataclass(frozen=True, slots=True)
class Phase:
    """One member of a SequentialLR: the ticks in which it acts, and its neighbours."""

    sequence: Span
    index: int
    span: Span
    before: SchedulerPlan | None
    after: SchedulerPlan | None

    @property
    def is_handed_over(self) -> bool:
        """True if the run gets to its end."""
        return self.after is not None and self.span.end < self.sequence.end


def phases(context: Context) -> Iterator[Phase]:
    """Every member of every SequentialLR, in order."""
    # Members are looked up by path: a member without a span never acts in this run. `neighbours`
    # has None at both ends, so that the first member has none before it and the last none after.
    spans = {span.scheduler.path: span for span in context.spans()}
    for sequence in context.spans("SequentialLR"):
        members = list(sequence.scheduler.children())
        neighbours = [None, *members, None]
        for index, member in enumerate(members):
            span = spans.get(member.path)
            if span is not None:
                yield Phase(sequence, index, span, neighbours[index], neighbours[index + 2])


def co_driving(context: Context) -> Iterator[tuple[SchedulerPlan, ...]]:
    """Schedulers that tick side by side: those of the spec's list, and of a ChainedScheduler."""
    if len(context.plan.schedulers) > 1:
        yield context.plan.schedulers
    for span in context.spans("ChainedScheduler"):
        yield tuple(span.scheduler.children())


def shares_groups(one: SchedulerPlan, other: SchedulerPlan) -> bool:
    """Return True if both drive some parameter group."""
    return not set(one.groups).isdisjoint(other.groups)


def leaves(scheduler: SchedulerPlan) -> list[SchedulerPlan]:
    """The schedulers inside ``scheduler``, itself included, that compute values themselves."""
    return [each for each in scheduler.walk() if each.type not in CONTAINERS]


def fields(context: Context, scheduler: SchedulerPlan) -> set[str]:
    """The fields that ``scheduler`` sets; ``betas[0]`` counts as momentum."""
    found = {context.field_of(leaf) for leaf in leaves(scheduler)}
    if any(cycles_momentum(leaf) for leaf in leaves(scheduler)):
        found.add("momentum")
    return {"momentum" if field == "betas[0]" else field for field in found}


def cycles_momentum(scheduler: SchedulerPlan) -> bool:
    """Return True if it moves momentum along with the lr."""
    return scheduler.type in CYCLES_MOMENTUM and scheduler.arguments.get("cycle_momentum") in {
        None,
        True,
    }


def momentum_argument(context: Context) -> str | None:
    """The optimizer's argument for momentum: ``betas``, ``momentum``, or None."""
    row = context.plan.optimizer.row
    return next((each for each in ("betas", "momentum") if row.argument(each)), None)


def is_closed_form(scheduler: SchedulerPlan) -> bool:
    """Return True if it computes each value from the base value, not from the current one."""
    if scheduler.type == "GradualWarmupScheduler":
        return scheduler.arguments.get("after_scheduler") is None
    return scheduler.type in _CLOSED or scheduler.row.argument("param_group_field") is not None


def is_warmup(context: Context, scheduler: SchedulerPlan) -> bool:
    """Return True if it is a LinearLR that rises or a ConstantLR that begins below the base lr."""
    if scheduler.type == "LinearLR":
        end = context.number(scheduler, "end_factor") or 0.0
        return first_factors(context, scheduler)[0] < end
    return scheduler.type == "ConstantLR" and first_factors(context, scheduler)[0] < 1


def first_factors(context: Context, scheduler: SchedulerPlan) -> list[float]:
    """The factor on the base lr that its constructor applies, for each group driven."""
    one = _first_factor(context, scheduler)
    if scheduler.type != "LambdaLR":
        return [one] * len(scheduler.groups)
    lambdas = per_group(scheduler.arguments.get("lr_lambda"), len(scheduler.groups))
    values = (value_at(each, 0) for each in lambdas)
    return [one if value is None else value for value in values]


def _first_factor(context: Context, scheduler: SchedulerPlan) -> float:
    name = {"LinearLR": "start_factor", "ConstantLR": "factor"}.get(scheduler.type)
    if name is not None:
        return float(context.number(scheduler, name) or 0.0)
    if scheduler.type in _FIRST_ZERO:
        return 0.0 if context.integer(scheduler, "warmup_steps") else 1.0
    if scheduler.type == "GradualWarmupScheduler":
        return 0.0 if context.number(scheduler, "multiplier") == 1 else 1.0
    return 0.0 if scheduler.type == "InverseSqrtScheduler" else 1.0
