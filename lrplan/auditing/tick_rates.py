"""Hypotheses: the scheduler was stepped several times per update, or once in several updates."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from lrplan.arrays import IntArray
from lrplan.auditing.description_length import bits_of_count
from lrplan.auditing.hypothesis_fit import HypothesisFit, Name
from lrplan.auditing.logged_points import (
    LoggedPoints,
    PlannedCurves,
    rows_agree,
    values_agree,
    values_at,
)

_MOST = 128
"""The largest factor tried: numbers of devices, accumulated batches and the like."""
_LEAST_WITHIN = 3
"""Rows that must still be within the plan at a faster tick rate, for it to be tried at all."""
_PROBES = 12
"""Rows that refute most tick rates."""
_KNOWN = 3.0
"""Bits of a factor that the plan itself has: its accumulation, devices, or updates an epoch."""


def other_tick_rates(points: LoggedPoints, plan: PlannedCurves) -> Iterator[HypothesisFit]:
    """Yield each tick rate that gives every row.

    The schedule may tick ``k`` times an update, or once in ``k``; the first tick may be early.
    """
    if plan.by_tick is not None:
        expected = values_at(plan.by_tick, points.updates)
        if rows_agree(points, expected).all():
            yield HypothesisFit("stepped-per-batch", expected, _KNOWN, 1, count=1)
    factors = dict.fromkeys((plan.accumulate, plan.world_size, *range(2, _MOST + 1)))
    for factor in (each for each in factors if each > 1):
        for phase in _phases(points, plan, factor):
            yield from _faster(points, plan, points.updates * factor + phase, factor, phase)
    yield from _short_windows(points, plan)
    for factor in dict.fromkeys((plan.steps_per_epoch or 0, *range(2, _MOST + 1))):
        if factor > 1:
            yield from _slower(points, plan, factor)


def _phases(points: LoggedPoints, plan: PlannedCurves, factor: int) -> list[int]:
    """The first ticks of a faster tick rate that the first rows within the plan allow."""
    updates = points.updates
    if (updates * factor < len(plan.values)).sum() < _LEAST_WITHIN:
        return []
    phases = np.arange(factor)
    return _allowed(points, plan, lambda row: updates[row] * factor + phases)


def _faster(
    points: LoggedPoints, plan: PlannedCurves, ticks: IntArray, factor: int, phase: int
) -> Iterator[HypothesisFit]:
    within = ticks < len(plan.values)
    if within.sum() < _LEAST_WITHIN:
        return
    # The first rows lie within the plan, and nearly always refute a factor; only one that they
    # allow, by rates that move, or that the plan itself names, is worth computing a longer run.
    first = values_at(plan.values, ticks)[within]
    is_worth = within.all() or _is_known(plan, factor) or (first != first[0]).any()
    if not is_worth or not rows_agree(points, values_at(plan.values, ticks))[within].all():
        return
    expected = values_at(plan.values_up_to(int(ticks[-1]) + 1), ticks)
    if rows_agree(points, expected).all():
        name: Name = "stepped-per-batch" if factor == plan.accumulate else "stepped-k-times"
        yield HypothesisFit(name, expected, _bits(plan, factor, phase), 1, count=factor)


def _short_windows(points: LoggedPoints, plan: PlannedCurves) -> Iterator[HypothesisFit]:
    """Yield a tick with every batch, if the last window of an epoch has fewer batches."""
    factor, per_epoch = plan.accumulate, plan.steps_per_epoch or 0
    if factor < 2 or per_epoch < 1:
        return
    epochs, windows = np.divmod(points.updates, per_epoch)
    for batches in range(factor * (per_epoch - 1) + 1, factor * per_epoch):
        # The last window ends with the epoch, before its batches are as many as in the others.
        ends = np.minimum((windows + 1) * factor, batches) - 1
        for early in (False, True):
            within_epoch = ends if early else windows * factor
            ticks = epochs * batches + within_epoch
            yield from _faster(points, plan, ticks, factor, factor - 1 if early else 0)


def _slower(points: LoggedPoints, plan: PlannedCurves, factor: int) -> Iterator[HypothesisFit]:
    updates = points.updates
    # A scheduler that never ticks within the log has a constant rate: another hypothesis.
    phases = np.arange(factor if factor <= _MOST else 1)
    for phase in _allowed(points, plan, lambda row: (updates[row] + phases) // factor):
        ticks = (updates + phase) // factor
        expected = values_at(plan.values, ticks)
        if ticks[-1] > ticks[0] and rows_agree(points, expected).all():
            per_epoch = factor == plan.steps_per_epoch and not phase
            name: Name = "stepped-per-epoch" if per_epoch else "stepped-k-times"
            bits = _bits(plan, factor, phase)
            yield HypothesisFit(name, expected, bits, 1, count=factor, slower=True)


def _bits(plan: PlannedCurves, factor: int, phase: int) -> float:
    known = _is_known(plan, factor) or factor == plan.steps_per_epoch
    bits = _KNOWN if known else 2 + bits_of_count(factor)
    return bits + (0 if phase == 0 else 1 if phase == factor - 1 else bits_of_count(factor))


def _is_known(plan: PlannedCurves, factor: int) -> bool:
    """Return True for a number of the plan: of batches an update, or of processes."""
    return factor in {plan.accumulate, plan.world_size}


def _allowed(
    points: LoggedPoints, plan: PlannedCurves, ticks_of: Callable[[int], IntArray]
) -> list[int]:
    """The phases of a tick rate that some rows do not refute."""
    rows = np.unique(np.linspace(0, len(points.updates) - 1, _PROBES).astype(int))
    good = np.ones(1, bool)
    for row in rows.tolist():
        ticks = ticks_of(row)
        inside = ticks < len(plan.values)
        agreed = values_agree(
            points.values[row], points.tolerance[row], values_at(plan.values, ticks)
        )
        agreed |= ~inside
        good = good & agreed
        if not good.any():
            return []
    return [int(each) for each in np.flatnonzero(good)]
