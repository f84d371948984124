"""Findings about curves that differ from those in the lock of a spec."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from shlex import quote

from lrplan.comparison import run_of
from lrplan.finding import Finding, spec_problem
from lrplan.lock.deviation import LockDeviation
from lrplan.lock.drift_text import causes, describe_deviation, shape_changes
from lrplan.lock.fingerprint import plan_digest
from lrplan.lock.model import Lock, LockedSchedule
from lrplan.lock.sampled_curve import SampledCurve
from lrplan.plan import SchedulePlan
from lrplan.specfile.load import Spec
from lrplan.text import pluralize, quantity
from lrplan.trace import Trace


@dataclass(frozen=True, slots=True)
class _Drift:
    """The deviation of one field of one group."""

    field: str
    group: str
    deviation: LockDeviation


@dataclass(frozen=True, slots=True)
class LockCheck:
    """The changes since the curves were locked, and the curves that the lock cannot decide."""

    findings: tuple[Finding, ...]
    """In the order of the file."""
    matched: int
    """The schedules that are as locked."""
    undecided: tuple[str, ...] = ()
    """Schedules of a lock of format 1 that are as locked only as far as it can show."""


def check_locked(
    spec: Spec,
    plans: Sequence[SchedulePlan],
    traces: Sequence[Trace],
    lock: Lock,
    facts: Sequence[str] | None = None,
) -> LockCheck:
    """Compare the curves of ``spec`` with those of its lock.

    A run that stopped midway is left out: it has a finding of its own.

    Args:
        spec: the spec.
        plans: the schedules of it that were simulated.
        traces: their runs, in the same order.
        lock: the locked curves.
        facts: ``KEY=VALUE`` that hold now; None: those of the lock.
    """
    changed_facts = () if facts is None else tuple(_changed_facts(lock, facts))
    settings = "".join(f" --set {quote(each)}" for each in (facts if changed_facts else None) or ())
    findings = list(_missing(spec, plans, lock))
    matched, undecided = 0, list[str]()
    for plan, trace in zip(plans, traces, strict=True):
        if plan.name not in lock.schedules or trace.failure is not None:
            continue
        locked = lock.schedules[plan.name]
        changed = list(_changed(plan, trace, locked, changed_facts, settings))
        if not changed and _is_undecided(trace, locked):
            undecided.append(plan.name)
            if plan_digest(plan, format_1=True) != locked.plan:
                changed = [_perhaps_changed(plan)]
        matched += not changed
        findings += changed
    ordered = sorted(findings, key=lambda each: (each.line, each.column, each.message))
    return LockCheck(tuple(ordered), matched, tuple(undecided))


def _changed_facts(lock: Lock, facts: Sequence[str]) -> Iterator[str]:
    """Words on each fact that is not the one of the lock."""
    before, now = _by_name(lock.settings), _by_name(facts)
    for name in sorted({*before, *now}):
        if before.get(name) != now.get(name):
            was = f"was {before[name]}" if name in before else "was not set"
            yield f"`{name}` {was} and is {now.get(name, 'not set')}"


def _by_name(facts: Sequence[str]) -> dict[str, str]:
    parts = (each.partition("=") for each in facts)
    return {name.strip(): value.strip() for name, _, value in parts}


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
    plan: SchedulePlan,
    trace: Trace,
    locked: LockedSchedule,
    facts: Sequence[str],
    settings: str,
) -> Iterator[Finding]:
    drifts = list(_drifts(trace, locked))
    shape = list(shape_changes(trace, locked))
    if not (drifts or shape):
        return
    # Groups in proportion drift alike but for rounding: then the largest one is named.
    worst = max(drifts, key=_severity, default=None)
    changes = list(shape)
    if worst is not None:
        changes.append(describe_deviation(worst.field, worst.group, worst.deviation))
        changes += _relation(trace, locked, worst)
    if len(drifts) > 1:
        others = len(drifts) - 1
        changes.append(f"{quantity(others, 'other curve')} {pluralize('has', others)} changed too")
    why = causes(plan, trace, locked, facts)
    yield _finding(
        plan,
        f"`{plan.name}` is not what was locked: {'; '.join(changes)}. {why}",
        step=None if worst is None else worst.deviation.first,
        settings=settings,
    )


def _severity(drift: _Drift) -> tuple[float, float]:
    return float(f"{drift.deviation.share:.6g}"), drift.deviation.largest


def _relation(trace: Trace, locked: LockedSchedule, worst: _Drift) -> list[str]:
    curve = locked.pins[worst.field][worst.group].curve
    now = trace.columns[worst.field][worst.group]
    relation = curve.relation(now, locked.steps, run_of(trace).facts)
    return [relation] if relation else []


def _drifts(trace: Trace, locked: LockedSchedule) -> Iterator[_Drift]:
    for field, pins in locked.pins.items():
        for group, pin in pins.items():
            values = trace.columns.get(field, {}).get(group)
            if values is None:
                continue
            deviation = pin.curve.deviation(values, locked.steps, locked.tolerance)
            if deviation is not None:
                yield _Drift(field, group, deviation)


def _is_undecided(trace: Trace, locked: LockedSchedule) -> bool:
    """Return True if a curve is as locked only at the steps that the lock has."""
    return any(
        isinstance(pin.curve, SampledCurve)
        and not pin.curve.decides(trace.columns[field][group], locked.tolerance)
        for field, pins in locked.pins.items()
        for group, pin in pins.items()
    )


def _perhaps_changed(plan: SchedulePlan) -> Finding:
    return _finding(
        plan,
        f"`{plan.name}` may not be what was locked: the schedule in the spec or its metrics have"
        " changed, and so has the digest of the curve. The lock is of format 1, which has no other"
        " values than those at some steps, and these are the same.",
    )


def _finding(
    plan: SchedulePlan, message: str, step: int | None = None, settings: str = ""
) -> Finding:
    return spec_problem(
        "locked-curve-changed",
        message,
        place=plan.node.key_place or plan.node.place,
        file=plan.source.name,
        schedule=plan.name,
        path=plan.path,
        fix=f"if that is meant, run `lrplan lock {plan.source.name}{settings}` and commit the"
        " difference",
        step=step,
    )
