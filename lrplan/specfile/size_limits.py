"""Checks that a schedule is small enough to be simulated: its steps, calls, groups, schedulers."""

from __future__ import annotations

from collections.abc import Sequence

from lrplan.clock import Cadence, Clock
from lrplan.limits import CALLS, GROUPS, SCHEDULERS, Limit
from lrplan.node import Node
from lrplan.plan import SchedulerPlan
from lrplan.specfile.parameter_groups import WrittenGroup
from lrplan.specfile.problem_scope import ProblemScope


def check_limit(limit: Limit, count: int, node: Node, scope: ProblemScope, path: str) -> bool:
    """Return True if ``count`` keeps to ``limit``; report it at the key of ``node`` otherwise."""
    if count <= limit.value:
        return True
    message = f"{count:,} is more than the {limit.value:,} {limit.counts} that are allowed"
    scope.problem_at_key("over-budget", node, path, message, limit.hint)
    return False


def check_group_count(
    groups: Sequence[WrittenGroup], node: Node, scope: ProblemScope, path: str
) -> bool:
    """Return True if there are few enough parameter groups.

    It comes before groups are made of a ``count``, and before schedulers are matched with groups,
    which takes time for every pair.
    """
    return check_limit(GROUPS, sum(group.size for group in groups), node, scope, path)


def check_run_size(
    clock: Clock,
    schedulers: Sequence[SchedulerPlan],
    node: Node,
    scope: ProblemScope,
    path: str,
) -> bool:
    """Return True if a run can be simulated within the limits; report at ``node`` otherwise.

    Args:
        clock: the run's steps, epochs and ticks.
        schedulers: the outermost schedulers.
        node: the schedule.
        scope: where problems go.
        path: the dotted path of ``node``.
    """
    all_schedulers = [each for top in schedulers for each in top.walk()]
    calls = sum(clock.calls_in_run(Cadence(each.interval, each.frequency)) for each in schedulers)
    counts = ((SCHEDULERS, len(all_schedulers)), (CALLS, calls))
    # All are checked before the answer, so that every limit that is broken is reported.
    results = [check_limit(limit, count, node, scope, path) for limit, count in counts]
    return all(results)
