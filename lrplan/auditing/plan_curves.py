"""The curves of a plan as an audit compares them: by update, by tick, and beyond the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from math import ceil

import numpy as np

from lrplan.arrays import FloatArray
from lrplan.auditing.logged_points import PlannedCurves
from lrplan.clock import Clock
from lrplan.clock.duration import ClockError
from lrplan.limits import STEPS
from lrplan.plan import SchedulePlan
from lrplan.trace import Trace


def planned_curves(
    plan: SchedulePlan,
    trace: Trace,
    groups: Sequence[str],
    simulate: Callable[[SchedulePlan], Trace],
) -> PlannedCurves:
    """Return the curves of some parameter groups.

    Args:
        plan: the schedule.
        trace: its curves.
        groups: names of the groups that the log has.
        simulate: gives the trace of a plan; for a longer run of the same schedule.
    """
    clock = plan.clock

    @cache
    def longer(ticks: int) -> FloatArray:
        lengthened = _longer(plan, ticks)
        return values if lengthened is None else _values(simulate(lengthened), groups)

    values = _values(trace, groups)
    return PlannedCurves(
        values,
        clock.steps,
        clock.steps_per_epoch,
        clock.settings.accumulate,
        clock.settings.world_size,
        simulate_longer=longer,
        by_tick=_by_tick(plan, values),
    )


def mean_curve(curves: PlannedCurves) -> PlannedCurves:
    """Return the mean curve over all groups, as timm logs it."""

    def longer(ticks: int) -> FloatArray:
        values: FloatArray = curves.values_up_to(ticks).mean(axis=1, keepdims=True)
        return values

    by_tick = None if curves.by_tick is None else curves.by_tick.mean(axis=1, keepdims=True)
    mean = curves.values.mean(axis=1, keepdims=True)
    return replace(curves, values=mean, simulate_longer=longer, by_tick=by_tick)


def _values(trace: Trace, groups: Sequence[str]) -> FloatArray:
    """The rates by update, and at the end those of the next one, shape ``(steps + 1, groups)``."""
    next_values = trace.next_values.get("lr", {})
    columns = [
        np.append(np.asarray(trace.lr[group]), next_values.get(group, np.nan)) for group in groups
    ]
    return np.stack(columns, axis=1)


def _by_tick(plan: SchedulePlan, values: FloatArray) -> FloatArray | None:
    """The rates by tick of the only scheduler; None if a tick an update makes them the same."""
    if len(plan.schedulers) != 1:
        return None
    calls = plan.clock.calls_before(plan.schedulers[0].cadence)
    if np.array_equal(calls, np.arange(calls.size)):
        return None
    # The first update that follows each tick: an example is a tick an epoch of 3 updates, calls
    # 0 0 0 1 1 1 2 2 2, whose ticks show at updates 0, 3 and 6.
    ticks, updates = np.unique(calls, return_index=True)
    if not np.array_equal(ticks, np.arange(ticks.size)):
        return None
    return values[updates]


def _longer(plan: SchedulePlan, ticks: int) -> SchedulePlan | None:
    """The same plan in a run of at least ``ticks`` updates; None if that cannot be said."""
    settings, per_epoch = plan.clock.settings, plan.clock.steps_per_epoch
    if ticks > STEPS.value:
        return None
    if isinstance(settings.steps, int) and settings.epochs is None:
        settings = replace(settings, steps=ticks)
    elif settings.epochs is not None and per_epoch:
        settings = replace(settings, epochs=ceil(ticks / per_epoch), steps=None)
    else:
        return None
    try:
        return replace(plan, clock=Clock.derive(settings))
    except ClockError:
        return None
