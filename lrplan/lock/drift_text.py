"""Sentences about the changes of a locked curve, and about their causes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lrplan.lock.deviation import LockDeviation
from lrplan.lock.fingerprint import loop_of, metric_digests, plan_digest, versions_of
from lrplan.lock.model import LockedSchedule
from lrplan.plan import SchedulePlan
from lrplan.text import format_number, join_words
from lrplan.trace import Trace


def shape_changes(trace: Trace, locked: LockedSchedule) -> Iterator[str]:
    """Other lengths, groups and fields than those that were locked."""
    if trace.steps != locked.steps:
        yield f"the run has {trace.steps} steps, and had {locked.steps}"
    for group in trace.groups:
        if group not in locked.groups:
            yield f"group {group} is new"
    for group in locked.groups:
        if group not in trace.groups:
            yield f"group {group} is gone"
    for group in trace.groups:
        have = {field for field, columns in trace.columns.items() if group in columns}
        had = {field for field, pins in locked.pins.items() if group in pins}
        if group in locked.groups and have != had:
            fields = ", ".join(sorted(have ^ had))
            yield f"group {group} {'has' if have - had else 'had'} {fields}"


def describe_deviation(field: str, group: str, deviation: LockDeviation) -> str:
    """A sentence with the largest difference of the curve, and the step of the first one."""
    column = f"the lr of {group}" if field == "lr" else f"{field.replace('_', ' ')} of {group}"
    first = _first(deviation)
    if deviation.step is None:
        return f"{column} differs by more than the tolerance, first {first}"
    if deviation.largest == float("inf"):
        return f"{column} is not finite, or was not, at step {deviation.step}"
    share = format_number(100 * deviation.share, 3)
    size = f"{format_number(deviation.largest)} ({share}% of the peak)"
    at = "on average from" if deviation.is_mean else "at"
    # One step alone: it is where the difference is largest, and where it begins.
    is_one = deviation.span == 1 and deviation.first == deviation.step
    begins = "" if is_one else f", first by more than the tolerance {first}"
    return f"{column} differs by up to {size} {at} step {deviation.step}{begins}"


def _first(deviation: LockDeviation) -> str:
    if deviation.span == 1:
        return f"at step {deviation.first}"
    return f"at one of steps {deviation.first} to {deviation.first + deviation.span - 1}"


def causes(
    plan: SchedulePlan, trace: Trace, locked: LockedSchedule, facts: Sequence[str] = ()
) -> str:
    """A sentence on what has changed since: the schedule, its metrics, loop or versions.

    Args:
        plan: the schedule as it is now.
        trace: its run.
        locked: its lock.
        facts: words on each fact of ``--set`` that is another one now. The digest of a schedule has
            them too, so that it does not show whether the text of the spec has changed as well.
    """
    inputs = list(_changed_inputs(plan, trace, locked))
    if facts:
        inputs = [each for each in inputs if each != _SPEC]
    changed = [*facts, *(f"{each} has changed" for each in inputs)]
    others = list(_changed_versions(plan, trace, locked))
    if plan.runs_user_code:
        others.append(f"{plan.codes[0].text} is your own code and may have changed since")
    if changed:
        return join_words([f"Since then {changed[0]}", *changed[1:], *others]) + "."
    if others:
        return f"The schedule in the spec is the same; {join_words(others)}."
    return "The schedule in the spec and all versions are the same."


_SPEC = "the schedule in the spec"


def _changed_inputs(plan: SchedulePlan, trace: Trace, locked: LockedSchedule) -> Iterator[str]:
    if locked.format == 1:
        if plan_digest(plan, format_1=True) != locked.plan:
            metrics = " or one of its metrics" if plan.metrics else ""
            yield f"the schedule in the spec{metrics}"
        return
    if plan_digest(plan) != locked.plan:
        yield _SPEC
    now = metric_digests(plan)
    for name in sorted({*now, *locked.metrics}):
        if now.get(name) != locked.metrics.get(name):
            yield f"the metric {name}"
    loop = loop_of(plan, trace)
    if loop != locked.loop:
        yield f"the training loop (from {locked.loop} to {loop})"


def _changed_versions(plan: SchedulePlan, trace: Trace, locked: LockedSchedule) -> Iterator[str]:
    now, absent = versions_of(plan, trace), "absent"
    for name in dict.fromkeys((*locked.versions, *now)):
        before, after = locked.versions.get(name, absent), now.get(name, absent)
        if before != after:
            yield f"{name} was {before} and is {after}"
