"""The lrs that OneCycleLR and CyclicLR set by themselves, per group."""

from __future__ import annotations

from lrplan.lint import Context, SchedulerPlan
from lrplan.lint.facts.expressions import per_group


def lowest_lrs(context: Context, scheduler: SchedulerPlan) -> dict[str, float]:
    """The lowest lr of a rise, by group: ``max_lr / div_factor``, or ``base_lr``."""
    if scheduler.row.argument("base_lr") is not None:
        return _by_group(scheduler, "base_lr")
    divisor = context.number(scheduler, "div_factor") or 1.0
    return {name: lr / divisor for name, lr in max_lrs(scheduler).items()}


def max_lrs(scheduler: SchedulerPlan) -> dict[str, float]:
    """``max_lr`` by group."""
    return _by_group(scheduler, "max_lr")


def _by_group(scheduler: SchedulerPlan, name: str) -> dict[str, float]:
    values = per_group(scheduler.arguments.get(name), len(scheduler.groups))
    return {
        group: float(value)
        for group, value in zip(scheduler.groups, values, strict=False)
        if isinstance(value, (int, float))
    }
