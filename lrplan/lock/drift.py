"""Findings about curves that differ from those in the lock of a spec."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lrplan.comparison import (
    abs_difference,
    describe,
    finite,
    largest_magnitude,
    relate,
    run_of,
)
from lrplan.finding import spec_problem
from lrplan.lock.pin_curves import RESOLUTION, curve_digest, means_between, plan_digest, versions_of
from lrplan.text import format_number, join_words, pluralize, quantity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lrplan.arrays import FloatArray
    from lrplan.finding import Finding
    from lrplan.lock.model import Lock, LockedSchedule, Pin
    from lrplan.plan import SchedulePlan
    from lrplan.specfile.load import Spec
    from lrplan.trace import Trace

_LOCKED_CURVE, _CURVE = "the locked curve", "the curve"


@dataclass(frozen=True, slots=True)
class _Drift:
    """The difference of a curve from its pin in the lock."""

    group: str
    field: str
    largest: float
    """The largest absolute difference, at a step that the lock has or of a mean between two; may be
    infinite."""
    peak: float
    step: int
    """The step of the largest difference; of a mean, the step from which it is taken."""
    first: int
    """The first step that differs, of those that the lock has."""
    begins_later: bool
    """True if the value of ``first`` is the same, but not the mean from there to the next step."""
    is_mean: bool
    """True if no value differs, only means between them."""
    relation: str
    """The relation of both curves as a sentence; empty without a simple one."""

    @property
    def share(self) -> float:
        return self.largest / self.peak if self.peak else self.largest


def locked_findings(
    spec: Spec, plans: Sequence[SchedulePlan], traces: Sequence[Trace], lock: Lock
) -> list[Finding]:
    """Findings for all that has changed since the curves were locked, in the order of the file.

    A run that stopped midway is left out: it has a finding of its own.

    Args:
        spec: the spec.
        plans: the schedules of it that were simulated.
        traces: their runs, in the same order.
        lock: the locked curves.
    """
    findings = list(_missing(spec, plans, lock))
    for plan, trace in zip(plans, traces, strict=True):
        if plan.name in lock.schedules and trace.failure is None:
            findings += _changed(plan, trace, lock.schedules[plan.name], lock.tolerance)
    return sorted(findings, key=lambda each: (each.line, each.column, each.message))


def _missing(spec: Spec, plans: Sequence[SchedulePlan], lock: Lock) -> Iterator[Finding]:
    command = f"`lrplan lock {spec.source.name}`"
    for plan in plans:
        if plan.name not in lock.schedules:
            yield spec_problem(
                "locked-schedule-missing",
                f"`{plan.name}` has no curves in the lock",
                place=plan.node.key_place or plan.node.place,
                file=plan.source.name,
                schedule=plan.name,
                path=plan.path,
                fix=f"lock it with {command}",
            )
    written = None if spec.root is None else spec.root.get("schedules")
    for name in lock.schedules:
        if written is not None and written.get(name) is None:
            yield spec_problem(
                "locked-schedule-missing",
                f"the lock has a schedule `{name}` that the spec no longer has",
                place=written.key_place or written.place,
                file=spec.source.name,
                path="schedules",
                fix=f"bring it back, or drop it from the lock with {command}",
            )


def _changed(
    plan: SchedulePlan, trace: Trace, locked: LockedSchedule, tolerance: float
) -> Iterator[Finding]:
    drifts = list(_drifts(trace, locked, tolerance))
    shape = list(_shape(trace, locked))
    if not (drifts or shape):
        return
    # Groups in proportion drift alike but for rounding: then the largest one is named.
    worst = max(drifts, key=lambda each: (float(f"{each.share:.6g}"), each.largest), default=None)
    changes = [*shape, *([] if worst is None else _describe(worst, len(drifts)))]
    causes = _causes(plan, trace, locked)
    yield spec_problem(
        "locked-curve-changed",
        f"`{plan.name}` is not what was locked: {'; '.join(changes)}. {causes}",
        place=plan.node.key_place or plan.node.place,
        file=plan.source.name,
        schedule=plan.name,
        path=plan.path,
        fix=f"if that is meant, run `lrplan lock {plan.source.name}` and commit the difference",
        step=None if worst is None else worst.first,
    )


def _shape(trace: Trace, locked: LockedSchedule) -> Iterator[str]:
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


def _drifts(trace: Trace, locked: LockedSchedule, tolerance: float) -> Iterator[_Drift]:
    for field, pins in locked.pins.items():
        for group, pin in pins.items():
            values = trace.columns.get(field, {}).get(group)
            # An equal digest saves the comparison, unless the tolerance is finer than the digest.
            if values is None or (tolerance >= RESOLUTION and curve_digest(values) == pin.digest):
                continue
            drift = _drift(trace, field, group, pin, values, locked.steps, tolerance)
            if drift is not None:
                yield drift


def _drift(
    trace: Trace,
    field: str,
    group: str,
    pin: Pin,
    values: FloatArray,
    steps: int,
    tolerance: float,
) -> _Drift | None:
    """The difference of ``values`` from ``pin``; None where it is within the tolerance.

    A pin has some steps, say 0, 100 and 200, and the means of the values from each of them to the
    next. A bump between 100 and 200 that leaves both values alone still moves the mean of 100..199.
    """
    now = finite(values)
    peak = max(largest_magnitude(now), largest_magnitude(finite(pin.values)))
    # A run that is shorter now is compared as far as it goes; its length is a finding by itself.
    at = pin.steps[pin.steps < now.size]
    distance = abs_difference(now[at], finite(pin.values[: at.size]))
    mean_distance = np.zeros(at.size)
    if now.size == steps:
        mean_distance = abs_difference(means_between(now, at), finite(pin.means))
    # A change between two points shows in their mean, unless few steps of very many change little.
    differs = (distance > tolerance * peak) | (mean_distance > tolerance * peak)
    if not differs.any():
        return None
    is_mean = not bool((distance > tolerance * peak).any())
    measured = mean_distance if is_mean else distance
    # argmax of booleans is the index of the first True.
    worst, first = int(np.argmax(measured)), int(np.argmax(differs))
    return _Drift(
        group=group,
        field=field,
        largest=float(measured[worst]),
        peak=peak,
        step=int(at[worst]),
        first=int(at[first]),
        begins_later=not distance[first] > tolerance * peak,
        is_mean=is_mean,
        relation="" if is_mean else _relation(trace, pin, now),
    )


def _relation(trace: Trace, pin: Pin, now: FloatArray) -> str:
    relation = relate(finite(pin.values), now, at=pin.steps)
    if relation.kind in ("equal", "unrelated"):
        return ""
    return describe(relation, _LOCKED_CURVE, _CURVE, facts=run_of(trace).facts)


def _describe(worst: _Drift, count: int) -> Iterator[str]:
    field = "" if worst.field == "lr" else f"{worst.field.replace('_', ' ')} of "
    column = f"{field or 'the lr of '}{worst.group}"
    if worst.largest == float("inf"):
        yield f"{column} is not finite, or was not, at step {worst.step}"
    else:
        share = format_number(100 * worst.share, 3)
        size = f"{format_number(worst.largest)} ({share}% of the peak)"
        at = "on average from" if worst.is_mean else "at"
        first = "after" if worst.begins_later else "at"
        begins = "" if worst.first == worst.step else f", first {first} step {worst.first}"
        yield f"{column} differs by up to {size} {at} step {worst.step}{begins}"
    if worst.relation:
        yield worst.relation
    if count > 1:
        yield f"{quantity(count - 1, 'other curve')} {pluralize('has', count - 1)} changed too"


def _causes(plan: SchedulePlan, trace: Trace, locked: LockedSchedule) -> str:
    """A sentence on what has changed since: the schedule in the spec, or versions of packages."""
    now = versions_of(plan, trace)
    absent = "absent"
    causes = [
        f"{name} was {locked.versions.get(name, absent)} and is {now.get(name, absent)}"
        for name in dict.fromkeys((*locked.versions, *now))
        if locked.versions.get(name) != now.get(name)
    ]
    if plan.runs_user_code:
        causes.append(f"{plan.codes[0].text} is your own code and may have changed since")
    if plan_digest(plan) != locked.plan:
        return join_words(["Since then the schedule has changed in the spec", *causes]) + "."
    if causes:
        return f"The schedule in the spec is the same; {join_words(causes)}."
    return "The schedule in the spec and all versions are the same."
