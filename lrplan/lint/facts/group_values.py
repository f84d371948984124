"""The places of the values that a spec gives to parameter groups."""

from __future__ import annotations

from lrplan.lint import Context, SchedulerPlan, child_path
from lrplan.plan import GroupPlan


def path_of_value(context: Context, group: str, field: str) -> str:
    """The path of ``field`` of a group: its own, the optimizer's, or the optimizer's type."""
    optimizer = context.plan.optimizer
    own = next(each for each in optimizer.groups if each.name == group)
    if field in own.options:
        return child_path(path_of_group(context, own), field)
    return child_path(optimizer.path, field if field in optimizer.arguments else "type")


def path_of_group(context: Context, group: GroupPlan) -> str:
    """The path of the group in the spec that it is made from."""
    groups = child_path(context.plan.optimizer.path, "groups")
    return group.path or child_path(groups, group.name)


def states_values_per_group(top: SchedulerPlan) -> bool:
    """Return True if a scheduler, or one inside it, is given values for each group."""
    return any(
        argument.per_group and isinstance(scheduler.arguments.get(argument.name), list)
        for scheduler in top.walk()
        for argument in scheduler.row.arguments
    )
