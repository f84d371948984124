"""Whether a schedule is small enough to be run: how long it is, and how often it ticks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrplan.limits import CALLS, GROUPS, SCHEDULERS, VALUES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lrplan.clock import Clock
    from lrplan.limits import Limit
    from lrplan.node import Node
    from lrplan.plan import SchedulerPlan
    from lrplan.specfile.problem_scope import Scope

_HELD = 3
"""Numbers per step that any run holds: a curve, its epochs, and what it is computed from."""


def within(limit: Limit, count: int, node: Node, scope: Scope, path: str) -> bool:
    """Whether ``count`` keeps to ``limit``; a problem at the key of ``node`` otherwise."""
    if count <= limit.now:
        return True
    message = f"{count:,} is more than the {limit.now:,} {limit.counts} that are allowed"
    scope.key("over-budget", node, path, message, limit.hint)
    return False


def groups_fit(groups: Sequence[str], node: Node, scope: Scope, path: str) -> bool:
    """Whether there are few enough parameter groups; looked at before anything is matched."""
    return within(GROUPS, len(groups), node, scope, path)


def run_fits(
    clock: Clock,
    schedulers: Sequence[SchedulerPlan],
    node: Node,
    scope: Scope,
    path: str,
) -> bool:
    """Whether a run can be simulated within the limits; problems at ``node`` otherwise.

    Args:
        clock: its timeline.
        schedulers: the outermost schedulers.
        node: the schedule.
        scope: where problems go.
        path: the dotted way to ``node``.
    """
    inside = [each for top in schedulers for each in top.walk()]
    calls = sum(clock.calls_in_run(each.interval, each.frequency) for each in schedulers)
    counts = ((SCHEDULERS, len(inside)), (VALUES, clock.steps * _HELD), (CALLS, calls))
    fitting = [within(limit, count, node, scope, path) for limit, count in counts]
    return all(fitting)
