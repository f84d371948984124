"""The places of the values that a spec gives to parameter groups."""

from __future__ import annotations

from lrplan.lint import Context, SchedulerPlan, child_path


def path_of_value(context: Context, group: str, field: str) -> str:
    """The path of ``field`` of a group: its own, the optimizer's, or the optimizer's type."""
    optimizer = context.plan.optimizer
    index, own = next(
        (index, each) for index, each in enumerate(optimizer.groups) if each.name == group
    )
    if field in own.options:
        return child_path(path_of_group(context, group, index), field)
    return child_path(optimizer.path, field if field in optimizer.arguments else "type")


def path_of_group(context: Context, group: str, index: int) -> str:
    """The path of a group, by its name or, in a list, by its place."""
    groups = child_path(context.plan.optimizer.path, "groups")
    node = context.plan.node.find(["optimizer", "groups"])
    return child_path(groups, index if node is not None and node.is_list else group)


def states_values_per_group(top: SchedulerPlan) -> bool:
    """Return True if a scheduler, or one inside it, is given values for each group."""
    return any(
        argument.per_group and isinstance(scheduler.arguments.get(argument.name), list)
        for scheduler in top.walk()
        for argument in scheduler.row.arguments
    )
