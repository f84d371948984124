"""The rates that OneCycleLR and CyclicLR set by themselves, per group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrplan.lint.facts.factors import per_group

if TYPE_CHECKING:
    from lrplan.lint.context import Context
    from lrplan.plan import SchedulerPlan


def first_rates(context: Context, scheduler: SchedulerPlan) -> dict[str, float]:
    """The lowest rate of a rise, by group: ``max_lr / div_factor``, or ``base_lr``."""
    if scheduler.type == "CyclicLR":
        return _by_group(scheduler, "base_lr")
    divisor = context.value(scheduler, "div_factor", (int, float)) or 1.0
    return {name: rate / divisor for name, rate in max_rates(scheduler).items()}


def max_rates(scheduler: SchedulerPlan) -> dict[str, float]:
    """``max_lr`` by group."""
    return _by_group(scheduler, "max_lr")


def _by_group(scheduler: SchedulerPlan, name: str) -> dict[str, float]:
    values = per_group(scheduler.arguments.get(name), len(scheduler.groups))
    return {
        group: float(value)
        for group, value in zip(scheduler.groups, values, strict=False)
        if isinstance(value, (int, float))
    }
