"""The audit of a log by a plan: columns are matched to groups, and the rows explained."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from lrplan.auditing.explain_log import explain_log
from lrplan.auditing.match_columns import groups_of_columns, points_of
from lrplan.auditing.plan_curves import mean_curve, planned_curves
from lrplan.auditing.result import Audit
from lrplan.logs.log import Log
from lrplan.plan import SchedulePlan
from lrplan.trace import Trace

_ORDER = ("as-planned", "explained", "differs", "unexplained")


def audit_log(
    log: Log, plan: SchedulePlan, trace: Trace, simulate: Callable[[SchedulePlan], Trace]
) -> Audit:
    """Explain the logged rates by a plan.

    Args:
        log: of a finished run.
        plan: the schedule that it was meant to have.
        trace: its curves.
        simulate: gives the trace of a plan.

    Raises:
        LrplanError: the log has no row that can be compared, or columns that are no group's.
    """
    if log.convention.mean_of_groups and len(trace.groups) > 1:
        points = points_of(log, log.columns[:1], trace)
        curves = mean_curve(planned_curves(plan, trace, trace.groups, simulate))
        return explain_log(points, curves, ["all groups"])
    matched = groups_of_columns(log, trace.groups)
    if not matched:
        # One column and several groups: take the group whose curve explains the log best.
        tried = [_audit(log, {log.columns[0].name: group}, plan, trace, simulate)
                 for group in trace.groups]  # fmt: skip
        return min(tried, key=lambda audit: _ORDER.index(audit.verdict))
    return _audit(log, dict(matched), plan, trace, simulate)


def _audit(
    log: Log,
    matched: dict[str, str],
    plan: SchedulePlan,
    trace: Trace,
    simulate: Callable[[SchedulePlan], Trace],
) -> Audit:
    groups = list(matched.values())
    points = points_of(log, log.columns, trace)
    audit = explain_log(points, planned_curves(plan, trace, groups, simulate), groups)
    return replace(audit, groups=matched, sentence=audit.sentence + _about_releases(log, audit))


def _about_releases(log: Log, audit: Audit) -> str:
    """A clause on what a release of the program does, if that may be why the log is late."""
    names = {name for cause in audit.causes for name in (cause.name, *cause.alternatives)}
    if log.format != "ultralytics" or "logged-one-step-late" not in names:
        return ""
    return (
        "; releases of Ultralytics before 8.1.42 give each epoch behind the warm-up the rate of the"
        " one before: `--set version=RELEASE` plans what a release does"
    )
