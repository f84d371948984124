"""Ways in which the rates of a run may come from its plan, each tried against every logged row.

A hypothesis is a map from updates to ticks of the schedule, and perhaps a factor. It is accepted if
it gives every logged value to the log's digits, and not otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from lrplan.arrays import FloatArray, IntArray
from lrplan.audit.points import BoolArray, PlannedCurves, Points, agree, agreement, planned
from lrplan.audit.row_search import first_disagreement, telling_rows

Name = Literal[
    "as-planned",
    "logged-one-step-late",
    "logged-one-step-early",
    "scheduler-before-optimizer",
    "skipped-updates",
    "schedule-restarted",
    "stepped-per-epoch",
    "stepped-per-batch",
    "stepped-k-times",
    "peak-scaled",
    "group-scaled",
    "constant",
]

_FACTORS = (2, 3, 4, 5, 6, 8, 10, 12, 16, 24, 32, 48, 64, 96, 128)
"""Numbers of devices, of accumulated batches, and the like, by which a clock may be wrong."""
_MOST_STARTS = 2_000
"""Restarts that are tried where a rounded log leaves many possible."""
_MOST_LOST = 0.25
"""The share of updates that may be skipped; a schedule that loses more has another clock."""
_LEAST_WITHIN = 3
"""Rows that a faster clock must leave within the plan, to be tried at all."""
_LEAST_SCALED = 3
"""Rows of a group that have to be the same multiple of the planned ones."""
_LEAST_ROWS = 2
"""Rows after a restart that have to agree: one alone may do so by chance."""


@dataclass(frozen=True, slots=True)
class Fit:
    """A hypothesis that gives every row of the log."""

    name: Name
    expected: FloatArray
    """The value that it gives each row and group, without the factors."""
    step: int | None = None
    """The update from which on it differs from the plan."""
    offset: int = 0
    """Ticks between the update of a row and the one whose value it has."""
    count: int = 0
    """Skipped updates; the tick from which a restarted schedule goes on; ticks an update."""
    slower: bool = False
    """True if the schedule ticks once in ``count`` updates, False if ``count`` times an update."""
    places: tuple[tuple[int, int], ...] = ()
    """Of skipped updates: the last row before each delay, and how many are lost there."""
    factors: tuple[float, ...] = ()
    """By group: the logged rates as multiples of the planned ones."""


def plain(points: Points, plan: PlannedCurves, offset: int = 0) -> Fit | None:
    """Every row has the value of its update, ``offset`` ticks away."""
    # A writer that is one step late has nothing better to write in its first row than the start.
    expected = planned(plan.values, np.maximum(points.updates + offset, 0))
    name: Name = "as-planned"
    if offset:
        name = "logged-one-step-late" if offset < 0 else "logged-one-step-early"
    return Fit(name, expected, offset=offset) if agree(points, expected).all() else None


def constant(points: Points, plan: PlannedCurves) -> Fit | None:
    """The rate never changes, where the planned one does."""
    if len(points.updates) < 2:
        return None
    # One value that all rows of a group may be rounded from.
    low = np.nanmax(points.values - points.tolerance, axis=0)
    high = np.nanmin(points.values + points.tolerance, axis=0)
    moves = np.nanmax(plan.values, axis=0) > np.nanmin(plan.values, axis=0)
    if not (low <= high).all() or not moves.any():
        return None
    return Fit("constant", np.broadcast_to(points.values[0], points.values.shape), step=0)


def delayed(points: Points, plan: PlannedCurves, offset: int = 0) -> Fit | None:
    """The schedule falls behind the updates: ticks are lost, some here and some there.

    At each row the smallest further delay that gives its value is taken. A schedule that stands
    still does not tell where a tick is lost; then the delay shows at the next row that moves.

    None where the digits of the log do not tell one tick from another, and where so many rows lose
    ticks that another clock would explain them as well.
    """
    wanted = points.updates + offset
    delay, places, moving = 0, [], 0
    lost = np.zeros(len(wanted), dtype=np.int64)
    row = first_disagreement(points, plan.values, wanted)
    while row < len(wanted):
        # By example, a plan that falls by 1 a tick from 100, and a log 100 99 99 98: row 2 should
        # be 98 and is 99, so a tick was lost between rows 1 and 2, and from there on each row is
        # compared with the tick before. A gradient scaler that skips an update while the scheduler
        # is not ticked looks so.
        tick = max(int(wanted[row]) - delay, 0)
        # The ticks that are still possible, the latest first: time does not run backwards.
        last_tick = max(int(wanted[row - 1]) - delay, 0) if row else 0
        possible = np.arange(tick - 1, last_tick - 1, -1)
        found = possible[_row_agrees(points, plan.values, row, possible)]
        if not found.size or _is_blurred(plan.values[found]):
            return None
        lost[row] = tick - int(found[0])
        places.append((int(points.updates[row]), int(lost[row])))
        delay += int(lost[row])
        moving += not np.array_equal(points.values[row], points.values[max(row - 1, 0)])
        if moving > max(2, len(wanted) // 3) or delay > _MOST_LOST * (points.updates[-1] + 1):
            return None
        row = first_disagreement(points, plan.values, wanted, start=row + 1, delay=delay)
    if not places:
        return None
    ticks = np.maximum(wanted - np.cumsum(lost), 0)
    expected = planned(plan.values, ticks)
    return Fit("skipped-updates", expected, places[0][0], count=delay, places=tuple(places))


def _is_blurred(values: FloatArray) -> bool:
    """Return True if ticks of different values all agree with one rounded row."""
    return bool((values != values[0]).any())


def restarted(points: Points, plan: PlannedCurves, offset: int = 0) -> Fit | None:
    """From some update on the schedule goes on from an earlier tick, for instance from 0.

    Between two rows of the log the update is not known; it is the one at which the schedule would
    begin anew, where that lies between them.
    """
    # By example, a resume without the scheduler's state at update 500: rows up to 499 agree with
    # the plan, and from there on row 500 + n has the value of tick n. The first row that disagrees
    # names the ticks that its value may be of, and a tick that gives all later rows as well is the
    # answer.
    good = agree(points, planned(plan.values, points.updates + offset))
    if good.all():
        return None
    first = int(np.argmin(good))
    if len(good) - first < _LEAST_ROWS or _goes_on(points, first):
        return None
    before = int(points.updates[first - 1]) if first else -1
    update = int(points.updates[first])
    for tick in _starts(points, plan.values, first, offset):
        shift = update + offset - tick
        expected = planned(plan.values, points.updates + offset)
        expected[first:] = planned(plan.values, points.updates[first:] + offset - shift)
        from_start = before < shift - offset <= update
        if from_start:
            return Fit("schedule-restarted", expected, step=shift - offset, count=0)
        if tick <= before + offset:  # it has gone back, which lost ticks alone cannot do
            return Fit("schedule-restarted", expected, step=update, count=tick)
    return None


def _starts(points: Points, curves: FloatArray, first: int, offset: int) -> Iterator[int]:
    """Yield the earlier ticks from which on the schedule gives row ``first`` and all after it."""
    wanted = points.updates + offset
    earlier = np.arange(0, int(wanted[first]))
    telling = telling_rows(points, first)
    few = Points(points.updates[telling], points.values[telling], points.tolerance[telling])
    ticks = earlier[_row_agrees(points, curves, first, earlier)]
    for tick in ticks[:_MOST_STARTS].tolist():
        back = int(wanted[first]) - tick
        # A few rows refute nearly every tick, where all rows of a long log would take seconds.
        if not agree(few, planned(curves, wanted[telling] - back)).all():
            continue
        if first_disagreement(points, curves, wanted, start=first, delay=back) == len(wanted):
            yield tick


def _goes_on(points: Points, first: int) -> bool:
    """Return True if from the row before ``first`` on the logged rates stay what they are.

    So does the log of a schedule that lacks a drop: it shows no restart.
    """
    rows = slice(max(first - 1, 0), None)
    moved = np.abs(points.values[rows] - points.values[rows][0])
    return bool((np.nan_to_num(moved) <= 2 * np.nan_to_num(points.tolerance[rows])).all())


def other_clocks(points: Points, plan: PlannedCurves) -> Iterator[Fit]:
    """The schedule ticks several times an update, or once in several."""
    if plan.by_tick is not None:
        yield from _clock(points, plan.by_tick, points.updates, "stepped-per-batch", 1)
    for factor in dict.fromkeys((plan.accumulate, plan.world_size, *_FACTORS)):
        ticks = points.updates * factor
        within = ticks < len(plan.values)
        if factor < 2 or within.sum() < _LEAST_WITHIN:
            continue
        # The first rows lie within the plan, and nearly always refute a factor; only one that they
        # allow is worth the computing of a longer run.
        if agree(points, planned(plan.values, ticks))[within].all():
            name: Name = "stepped-per-batch" if factor == plan.accumulate else "stepped-k-times"
            yield from _clock(points, plan.upto(int(ticks[-1]) + 1), ticks, name, factor)
    for factor in dict.fromkeys((plan.steps_per_epoch or 0, *_FACTORS)):
        if factor >= 2:
            name = "stepped-per-epoch" if factor == plan.steps_per_epoch else "stepped-k-times"
            ticks = points.updates // factor
            for fit in _clock(points, plan.values, ticks, name, factor):
                yield replace(fit, slower=True)


def _clock(
    points: Points, curves: FloatArray, ticks: IntArray, name: Name, factor: int
) -> Iterator[Fit]:
    expected = planned(curves, ticks)
    if agree(points, expected).all():
        yield Fit(name, expected, step=1, count=factor)


def scaled(points: Points, plan: PlannedCurves, offset: int = 0) -> Fit | None:
    """The rates are multiples of the planned ones, one factor for each group."""
    expected = planned(plan.values, np.maximum(points.updates + offset, 0))
    factors = []
    for group in range(points.values.shape[1]):
        factor = _factor(points, expected, group)
        if factor is None:
            return None
        factors.append(factor)
    rows = (~np.isnan(points.values)).sum(axis=0)
    different = [count for factor, count in zip(factors, rows, strict=True) if factor != 1]
    # Any one value is some multiple of the planned one, and two rounded ones often are.
    if not different or min(different) < _LEAST_SCALED:
        return None
    one = len(set(factors)) == 1
    return Fit("peak-scaled" if one else "group-scaled", expected, step=0, factors=tuple(factors))


def _factor(points: Points, expected: FloatArray, group: int) -> float | None:
    """The factor of a group that all its rows allow, with as few digits as they allow; or None."""
    values, tolerance = points.values[:, group], points.tolerance[:, group]
    plan = expected[:, group]
    known = ~np.isnan(values)
    if np.isnan(plan[known]).any():
        return None
    still = known & (plan == 0)
    if (np.abs(values[still]) > tolerance[still]).any():
        return None
    moving = known & (plan != 0)
    if not moving.any():
        return 1.0
    edges = np.stack([values - tolerance, values + tolerance])[:, moving] / plan[moving]
    # A logged 0.0500 beside a planned 0.1 may be any factor from 0.4995 to 0.5005; each row gives
    # such an interval, and the factor lies in all of them or there is none. Of the factors left,
    # the one of the fewest digits is told: 0.5, and not 0.50013.
    low, high = float(edges.min(axis=0).max()), float(edges.max(axis=0).min())
    # The plan is rounded too.
    low, high = low - 4e-15 * abs(low), high + 4e-15 * abs(high)
    if not low <= high:
        return None
    return 1.0 if low <= 1 <= high else _shortest(low, high)


def _shortest(low: float, high: float) -> float:
    """The number between two others that has the fewest digits."""
    middle = (low + high) / 2
    for digits in range(1, 17):
        short = float(f"{middle:.{digits}g}")
        if low <= short <= high:
            return short
    return middle


def _row_agrees(points: Points, curves: FloatArray, row: int, ticks: IntArray) -> BoolArray:
    """Say of each of ``ticks`` whether its values are those of a row."""
    return agreement(points.values[row], points.tolerance[row], planned(curves, ticks))
