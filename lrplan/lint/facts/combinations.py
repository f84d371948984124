"""What several schedulers on the same parameter groups do to each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lrplan.lint.facts.factors import per_group, value_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lrplan.lint.context import Context
    from lrplan.plan import SchedulerPlan, Span

CONTAINERS = frozenset({"SequentialLR", "ChainedScheduler"})
"""They hold others and set nothing by themselves."""

CYCLES_MOMENTUM = frozenset({"OneCycleLR", "CyclicLR"})

_CLOSED = frozenset({"LambdaLR", "CosineAnnealingWarmRestarts", *CYCLES_MOMENTUM})
_FIRST_ZERO = frozenset({"WarmupCosine", "WarmupConstantSchedule"})


@dataclass(frozen=True, slots=True)
class Phase:
    """One member of a SequentialLR: when it acts, and who stands beside it."""

    sequence: Span
    index: int
    span: Span
    before: SchedulerPlan | None
    after: SchedulerPlan | None

    @property
    def is_handed_over(self) -> bool:
        """Whether the run gets to its end."""
        return self.after is not None and self.span.end < self.sequence.end


def phases(context: Context) -> Iterator[Phase]:
    """Every member of every SequentialLR, in order."""
    spans = {span.scheduler.path: span for span in context.spans()}
    for sequence in context.spans("SequentialLR"):
        members = list(sequence.scheduler.children())
        around = [None, *members, None]
        for index, member in enumerate(members):
            span = spans.get(member.path)
            if span is not None:
                yield Phase(sequence, index, span, around[index], around[index + 2])


def co_driving(context: Context) -> Iterator[tuple[SchedulerPlan, ...]]:
    """Schedulers that tick side by side: those of the spec's list, and of a ChainedScheduler."""
    if len(context.plan.schedulers) > 1:
        yield context.plan.schedulers
    for span in context.spans("ChainedScheduler"):
        yield tuple(span.scheduler.children())


def shares_groups(one: SchedulerPlan, other: SchedulerPlan) -> bool:
    """Whether both drive some parameter group."""
    return not set(one.groups).isdisjoint(other.groups)


def leaves(scheduler: SchedulerPlan) -> Iterator[SchedulerPlan]:
    """Those inside ``scheduler``, itself included, that set a value themselves."""
    return (each for each in scheduler.walk() if each.type not in CONTAINERS)


def fields(context: Context, scheduler: SchedulerPlan) -> set[str]:
    """The fields that ``scheduler`` sets; ``betas[0]`` counts as momentum."""
    found = {context.driven(leaf) for leaf in leaves(scheduler)}
    if any(cycles_momentum(leaf) for leaf in leaves(scheduler)):
        found.add("momentum")
    return {"momentum" if field == "betas[0]" else field for field in found}


def cycles_momentum(scheduler: SchedulerPlan) -> bool:
    """Whether it moves momentum along with the rate."""
    return scheduler.type in CYCLES_MOMENTUM and scheduler.arguments.get("cycle_momentum") in {
        None,
        True,
    }


def momentum_argument(context: Context) -> str | None:
    """What the optimizer calls its momentum: ``betas``, ``momentum``, or nothing."""
    row = context.plan.optimizer.row
    return next((each for each in ("betas", "momentum") if row.argument(each)), None)


def is_closed_form(scheduler: SchedulerPlan) -> bool:
    """Whether it computes each value from the base value, whatever the group holds by then."""
    if scheduler.type == "GradualWarmupScheduler":
        return scheduler.arguments.get("after_scheduler") is None
    return scheduler.type in _CLOSED or scheduler.row.argument("param_group_field") is not None


def is_warmup(context: Context, scheduler: SchedulerPlan) -> bool:
    """Whether it is a LinearLR that rises or a ConstantLR that begins below the base rate."""
    if scheduler.type == "LinearLR":
        end = context.value(scheduler, "end_factor", (int, float)) or 0.0
        return first_factors(context, scheduler)[0] < end
    return scheduler.type == "ConstantLR" and first_factors(context, scheduler)[0] < 1


def first_factors(context: Context, scheduler: SchedulerPlan) -> list[float]:
    """What its constructor makes of the base rate, a factor for each group driven."""
    one = _first_factor(context, scheduler)
    if scheduler.type != "LambdaLR":
        return [one] * len(scheduler.groups)
    lambdas = per_group(scheduler.arguments.get("lr_lambda"), len(scheduler.groups))
    values = (value_at(each, 0) for each in lambdas)
    return [one if value is None else value for value in values]


def _first_factor(context: Context, scheduler: SchedulerPlan) -> float:
    name = {"LinearLR": "start_factor", "ConstantLR": "factor"}.get(scheduler.type)
    if name is not None:
        return float(context.value(scheduler, name, (int, float)) or 0.0)
    if scheduler.type in _FIRST_ZERO:
        return 0.0 if context.value(scheduler, "warmup_steps", int) else 1.0
    if scheduler.type == "GradualWarmupScheduler":
        return 0.0 if context.value(scheduler, "multiplier", (int, float)) == 1 else 1.0
    return 0.0 if scheduler.type == "InverseSqrtScheduler" else 1.0
