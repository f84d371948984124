"""What a spec says in its own words: durations as they were written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrplan.export.code.literals import remark
from lrplan.specfile.problem_scope import child_path

if TYPE_CHECKING:
    from lrplan.node import Node
    from lrplan.plan import SchedulePlan, SchedulerPlan

_LONGEST = 24


def duration(plan: SchedulePlan, scheduler: SchedulerPlan, argument: str) -> str:
    """The durations with units that stand behind ``argument``; empty where all are plain numbers.

    Args:
        plan: the schedule.
        scheduler: whose argument it is.
        argument: its name.
    """
    path = child_path(scheduler.path, argument)
    node = plan.node.nearest(path.removeprefix(plan.path).lstrip("."))
    written = [_text(each) for each in node.elements() or (node,)]
    text = ", ".join(written)
    return text if any(map(_has_unit, node.elements() or (node,))) and len(text) < _LONGEST else ""


def _text(node: Node) -> str:
    return remark(str(node.value))


def _has_unit(node: Node) -> bool:
    return isinstance(node.value, str)
