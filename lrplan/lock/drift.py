"""Whether a spec still gives the curves that its lock holds."""

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

    from lrplan.finding import Finding
    from lrplan.lock.model import Lock, LockedSchedule, Pin
    from lrplan.plan import SchedulePlan
    from lrplan.specfile.load import Spec
    from lrplan.trace import FloatArray, Trace

_LOCKED, _NOW = "the locked curve", "the curve"


@dataclass(frozen=True, slots=True)
class _Drift:
    """How far a curve is from its pin."""

    group: str
    field: str
    largest: float
    """At the steps that the lock keeps, or of a mean between two of them; may be infinite."""
    peak: float
    step: int
    """Where that is; of a mean, the step from which it is taken."""
    first: int
    after: bool
    """Not at that step yet, but before the next one that the lock keeps."""
    between: bool
    """It is a mean that differs most."""
    told: str
    """What relates both curves."""

    @property
    def share(self) -> float:
        return self.largest / self.peak if self.peak else self.largest


def locked_findings(
    spec: Spec, plans: Sequence[SchedulePlan], traces: Sequence[Trace], lock: Lock
) -> list[Finding]:
    """What has drifted since the curves of ``spec`` were locked, in the order of the file.

    A run that stopped midway is passed over: that is a finding of its own.

    Args:
        spec: the spec.
        plans: the schedules of it that were simulated.
        traces: what they did, in the same order.
        lock: the curves as they were.
    """
    found = list(_missing(spec, plans, lock))
    for plan, trace in zip(plans, traces, strict=True):
        if plan.name in lock.schedules and trace.failure is None:
            found += _changed(plan, trace, lock.schedules[plan.name], lock.tolerance)
    return sorted(found, key=lambda each: (each.line, each.column, each.message))


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
    plan: SchedulePlan, trace: Trace, kept: LockedSchedule, tolerance: float
) -> Iterator[Finding]:
    drifts = list(_drifts(trace, kept, tolerance))
    shape = list(_shape(trace, kept))
    if not (drifts or shape):
        return
    # Groups in proportion drift alike but for rounding: then the largest one is named.
    worst = max(drifts, key=lambda each: (float(f"{each.share:.6g}"), each.largest), default=None)
    told = [*shape, *([] if worst is None else _told(worst, len(drifts)))]
    yield spec_problem(
        "locked-curve-changed",
        f"`{plan.name}` is not what was locked: {'; '.join(told)}. {_since(plan, trace, kept)}",
        place=plan.node.key_place or plan.node.place,
        file=plan.source.name,
        schedule=plan.name,
        path=plan.path,
        fix=f"if that is meant, run `lrplan lock {plan.source.name}` and commit the difference",
        step=None if worst is None else worst.first,
    )


def _shape(trace: Trace, kept: LockedSchedule) -> Iterator[str]:
    if trace.steps != kept.steps:
        yield f"the run has {trace.steps} steps, and had {kept.steps}"
    for group in trace.groups:
        if group not in kept.groups:
            yield f"group {group} is new"
    for group in kept.groups:
        if group not in trace.groups:
            yield f"group {group} is gone"
    for group in trace.groups:
        have = {field for field, columns in trace.columns.items() if group in columns}
        had = {field for field, pins in kept.pins.items() if group in pins}
        if group in kept.groups and have != had:
            fields = ", ".join(sorted(have ^ had))
            yield f"group {group} {'has' if have - had else 'had'} {fields}"


def _drifts(trace: Trace, kept: LockedSchedule, tolerance: float) -> Iterator[_Drift]:
    for field, pins in kept.pins.items():
        for group, pin in pins.items():
            values = trace.columns.get(field, {}).get(group)
            if values is None or (tolerance >= RESOLUTION and curve_digest(values) == pin.digest):
                continue
            drift = _drift(trace, field, group, pin, values, kept.steps, tolerance)
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
    now = finite(values)
    peak = max(largest_magnitude(now), largest_magnitude(finite(pin.values)))
    at = pin.steps[pin.steps < now.size]
    gaps = abs_difference(now[at], finite(pin.values[: at.size]))
    means = np.zeros(at.size)
    if now.size == steps:
        means = abs_difference(means_between(now, at), finite(pin.means))
    # A change between two points shows in their mean, unless few steps of very many change little.
    moved = (gaps > tolerance * peak) | (means > tolerance * peak)
    if not moved.any():
        return None
    between = not bool((gaps > tolerance * peak).any())
    by = means if between else gaps
    worst, first = int(np.argmax(by)), int(np.argmax(moved))
    return _Drift(
        group=group,
        field=field,
        largest=float(by[worst]),
        peak=peak,
        step=int(at[worst]),
        first=int(at[first]),
        after=not gaps[first] > tolerance * peak,
        between=between,
        told="" if between else _relation(trace, pin, now),
    )


def _relation(trace: Trace, pin: Pin, now: FloatArray) -> str:
    relation = relate(finite(pin.values), now, at=pin.steps)
    if relation.kind in ("equal", "unrelated"):
        return ""
    return describe(relation, _LOCKED, _NOW, facts=run_of(trace).facts)


def _told(worst: _Drift, count: int) -> Iterator[str]:
    field = "" if worst.field == "lr" else f"{worst.field.replace('_', ' ')} of "
    whose = f"{field or 'the rate of '}{worst.group}"
    if worst.largest == float("inf"):
        yield f"{whose} is no number, or was none, at step {worst.step}"
    else:
        share = format_number(100 * worst.share, 3)
        how = f"{format_number(worst.largest)} ({share}% of the peak)"
        where = "on average from" if worst.between else "at"
        first = "after" if worst.after else "at"
        begins = "" if worst.first == worst.step else f", first {first} step {worst.first}"
        yield f"{whose} differs by up to {how} {where} step {worst.step}{begins}"
    if worst.told:
        yield worst.told
    if count > 1:
        yield f"{quantity(count - 1, 'other curve')} {pluralize('has', count - 1)} changed too"


def _since(plan: SchedulePlan, trace: Trace, kept: LockedSchedule) -> str:
    """Whether the spec or a package has changed, in a sentence."""
    now = versions_of(plan, trace)
    absent = "not there"
    moved = [
        f"{name} was {kept.versions.get(name, absent)} and is {now.get(name, absent)}"
        for name in dict.fromkeys((*kept.versions, *now))
        if kept.versions.get(name) != now.get(name)
    ]
    if plan.runs_user_code:
        moved.append(f"{plan.codes[0].text} is code of your own, which may be another by now")
    if plan_digest(plan) != kept.plan:
        return join_words(["Since then the schedule has changed in the spec", *moved]) + "."
    if moved:
        return f"The schedule in the spec is the same; {join_words(moved)}."
    return "The schedule in the spec and all versions are the same."
