"""Combinations of schedulers: side by side, in sequence, on the same parameter groups."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lrplan.lint import Context, SchedulerPlan, Span
from lrplan.lint.facts.expressions import per_group, value_at
from lrplan.lint.facts.warmups import line_factors


@dataclass(frozen=True, slots=True)
class Phase:
    """A member of a SequentialLR: the ticks in which it acts, and its neighbours."""

    sequence: Span
    index: int
    span: Span
    before: SchedulerPlan | None
    after: SchedulerPlan | None

    @property
    def is_handed_over(self) -> bool:
        """True if the phase ends within the run, and another phase follows it."""
        return self.after is not None and self.span.end < self.sequence.end


def phases(context: Context) -> Iterator[Phase]:
    """Every member of every SequentialLR, in order."""
    # A member without a span never acts in this run. `neighbours` has None at both ends: the first
    # member has none before it, and the last none after.
    spans = {id(span.scheduler): span for span in context.spans()}
    for sequence in context.spans():
        if sequence.scheduler.row.container != "sequential":
            continue
        members = list(sequence.scheduler.children())
        neighbours = [None, *members, None]
        for index, member in enumerate(members):
            span = spans.get(id(member))
            if span is not None:
                yield Phase(sequence, index, span, neighbours[index], neighbours[index + 2])


def side_by_side(context: Context) -> Iterator[tuple[SchedulerPlan, ...]]:
    """Schedulers that tick side by side: those of the spec's list, and of a ChainedScheduler."""
    if len(context.plan.schedulers) > 1:
        yield context.plan.schedulers
    for span in context.spans():
        if span.scheduler.row.container == "chained":
            yield tuple(span.scheduler.children())


def shares_groups(one: SchedulerPlan, other: SchedulerPlan) -> bool:
    """Return True if both drive some parameter group."""
    return not set(one.groups).isdisjoint(other.groups)


def schedulers_without_containers(scheduler: SchedulerPlan) -> list[SchedulerPlan]:
    """The schedulers inside ``scheduler``, itself included, that compute values themselves."""
    return [each for each in scheduler.walk() if each.row.container is None]


def fields(context: Context, scheduler: SchedulerPlan) -> set[str]:
    """The fields that ``scheduler`` sets; ``betas[0]`` counts as momentum."""
    driven = {context.field_of(leaf) for leaf in schedulers_without_containers(scheduler)}
    if any(cycles_momentum(leaf) for leaf in schedulers_without_containers(scheduler)):
        driven.add("momentum")
    return {"momentum" if field == "betas[0]" else field for field in driven}


def cycles_momentum(scheduler: SchedulerPlan) -> bool:
    """Return True if it moves momentum along with the lr."""
    moves = scheduler.arguments.get("cycle_momentum") in {None, True}
    return scheduler.row.replaces_lr and moves


def momentum_argument(context: Context) -> str | None:
    """The optimizer's argument for momentum: ``betas``, ``momentum``, or None."""
    row = context.plan.optimizer.row
    return next((each for each in ("betas", "momentum") if row.argument(each)), None)


def is_closed_form(scheduler: SchedulerPlan) -> bool:
    """Return True if it computes each value from the base value, not from the current one."""
    if scheduler.type == "GradualWarmupScheduler":
        return scheduler.arguments.get("after_scheduler") is None
    return scheduler.row.update == "sets"


def is_warmup(context: Context, scheduler: SchedulerPlan) -> bool:
    """Return True if it is a LinearLR that rises or a ConstantLR that begins below the base lr."""
    factors = line_factors(context, scheduler)
    return factors is not None and factors[0] < factors[1]


def falls_to_end(scheduler: SchedulerPlan) -> bool:
    """Return True if it goes from the current value to a planned end, never above its start.

    CosineAnnealingLR and PolynomialLR do.
    """
    row = scheduler.row
    ends = row.past_end in {"waves", "zero"} and not row.name_of("end factor")
    return ends and row.update in {"multiplies", "moves"}


def multiplies_by_factor(scheduler: SchedulerPlan) -> bool:
    """Return True if it multiplies the current value by one factor again and again, as StepLR."""
    return scheduler.row.update == "multiplies" and bool(scheduler.row.name_of("factor"))


def first_factors(context: Context, scheduler: SchedulerPlan) -> list[float]:
    """The factor on the base lr that its constructor applies, for each group driven."""
    one = _first_factor(context, scheduler)
    name = scheduler.row.name_of("function")
    if not name or scheduler.row.update != "sets" or context.field_of(scheduler) != "lr":
        return [one] * len(scheduler.groups)
    # LambdaLR writes base * f(0) when it is built: `min(1, (epoch + 1) / 5)` begins at 0.2 of the
    # base. A function without a value at 0, or one that is not an expression, counts as `one`.
    lambdas = per_group(scheduler.arguments.get(name), len(scheduler.groups))
    values = (value_at(each, 0) for each in lambdas)
    return [one if value is None else value for value in values]


def _first_factor(context: Context, scheduler: SchedulerPlan) -> float:
    factors = line_factors(context, scheduler)
    if factors is not None:
        return factors[0]
    row = scheduler.row
    if row.warmup_from is not None:
        warms_up = context.integer(scheduler, row.name_of("warm-up"))
        start = context.number(scheduler, "start") if row.argument("start") else row.warmup_from
        return (row.warmup_from if start is None else start) if warms_up else 1.0
    if scheduler.type == "GradualWarmupScheduler":
        # With a multiplier of 1 it rises from 0 to the base lr; with 8, from the base lr to 8 times
        # it.
        start = context.number(scheduler, "start")
        if start is not None:
            return start
        return 0.0 if context.number(scheduler, "multiplier") == 1 else 1.0
    return 1.0
