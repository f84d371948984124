"""``lr_scale``: a parameter group's lr factor, which timm's schedulers read and torch's ignore."""

from __future__ import annotations

from collections.abc import Sequence

from lrplan.catalog.optimizer_arguments import LR_SCALE
from lrplan.node import Node
from lrplan.plan import SchedulerPlan
from lrplan.specfile.optimizer import named_groups
from lrplan.specfile.parameter_groups import ParameterGroups
from lrplan.specfile.problem_scope import ProblemScope, child_path

_FIX = "multiply it into the group's `lr`, or drive the group with a scheduler of timm"


def report_unread(
    optimizer: Node,
    parameter_groups: ParameterGroups,
    schedulers: Sequence[SchedulerPlan],
    scope: ProblemScope,
    path: str,
) -> None:
    """Report the ``lr_scale`` of every group that is driven by no scheduler that reads it.

    Args:
        optimizer: the mapping of an optimizer of the catalogue.
        parameter_groups: its groups, and the names that stand for several.
        schedulers: all schedulers of the schedule, outermost ones.
        scope: where problems go.
        path: the path of ``optimizer``.
    """
    groups = optimizer.get("groups")
    if groups is None:
        return
    for name, group, group_path in named_groups(groups, scope, child_path(path, "groups")):
        factor = group.get(LR_SCALE.name) if group.is_mapping else None
        members = parameter_groups.groups_named(name)
        drivers = [top for top in schedulers if any(each in top.groups for each in members)]
        if factor is None or any(map(_reads_lr_scale, drivers)):
            continue
        own_path = child_path(group_path, LR_SCALE.name)
        scope.problem_at_key("unknown-key", factor, own_path, _message(name, drivers), _FIX)


def _reads_lr_scale(top: SchedulerPlan) -> bool:
    return any(each.row.reads_lr_scale for each in top.walk())


def _message(group: str, drivers: Sequence[SchedulerPlan]) -> str:
    if not drivers:
        return f"`{LR_SCALE.name}` has no effect: no scheduler drives group `{group}`"
    types = list(dict.fromkeys(top.type for top in drivers))
    verb = "do" if len(types) > 1 else "does"
    return f"`{LR_SCALE.name}` has no effect: {' and '.join(types)} {verb} not read it"
