"""Skipped updates: the schedule falls behind the updates of the log, or runs ahead of them."""

from __future__ import annotations

from collections.abc import Sequence
from math import log2

import numpy as np

from lrplan.arrays import FloatArray, IntArray
from lrplan.auditing.description_length import bits_of_count
from lrplan.auditing.hypothesis_fit import HypothesisFit
from lrplan.auditing.logged_points import (
    LoggedPoints,
    PlannedCurves,
    stays_the_same,
    ticks_agreeing_with_row,
    values_at,
)
from lrplan.auditing.row_search import first_disagreement

_MOST_LOST = 0.25
"""The share of updates that may be skipped; a schedule that loses more has another tick rate."""
_MOST_PLACES, _ROWS_A_PLACE = 8, 32
"""Places at which updates may be lost: with more of them any slower curve could be followed."""

_AT_ONCE = 4
"""Updates that a gradient scaler may skip one after the other, while it finds its scale."""


def fit_schedule_behind(
    points: LoggedPoints, plan: PlannedCurves, offset: int = 0
) -> HypothesisFit | None:
    """The schedule falls behind: the log counts updates that the schedule does not."""
    return _drifted(points, plan, offset, ahead=False)


def fit_schedule_ahead(
    points: LoggedPoints, plan: PlannedCurves, offset: int = 0
) -> HypothesisFit | None:
    """The schedule runs ahead: it counts updates that were skipped, and that the log leaves out."""
    return _drifted(points, plan, offset, ahead=True)


def _drifted(
    points: LoggedPoints, plan: PlannedCurves, offset: int, *, ahead: bool
) -> HypothesisFit | None:
    """The hypothesis that ticks were lost, or gained, at one or more places of the run.

    None if the digits of the log do not distinguish one tick from another, or if so many rows drift
    that another tick rate would explain them as well.
    """
    most = int(_MOST_LOST * (points.updates[-1] + 1))
    followed = _followed(points, plan, offset, most, ahead=ahead)
    if followed is None:
        return None
    expected, places, moving = followed
    drift, rows = sum(lost for _, lost in places), len(points.updates)
    if not places or drift > most or moving > max(2, rows // 3):
        return None
    if len(places) > max(_MOST_PLACES, rows // _ROWS_A_PLACE):
        return None
    bits = sum(bits_of_count(rows) + 2 * log2(lost) for _, lost in places)
    first = places[0][0]
    # Constant rates may also come from a missing drop, or from a restart.
    thin = stays_the_same(points, int(np.searchsorted(points.updates, first)))
    return HypothesisFit(
        "skipped-updates",
        expected,
        bits,
        first,
        count=drift,
        losses=tuple(places),
        ahead=ahead,
        has_little_evidence=thin or (ahead and _is_a_leap(points, places)),
    )


_Followed = tuple[FloatArray, list[tuple[int, int]], int]
"""The rate of each row, the places at which ticks are lost, and how often the log moves there."""


def _followed(
    points: LoggedPoints, plan: PlannedCurves, offset: int, most: int, *, ahead: bool
) -> _Followed | None:
    """Take at each row the smallest further drift that gives its value; None if none does.

    By example, a plan that falls by 1 a tick from 100, and a log 100 99 99 98: row 2 should be 98
    and is 99, so a tick was lost between rows 1 and 2, and from there on each row is compared with
    the tick before. A gradient scaler that skips an update while the scheduler is not ticked gives
    such a log.
    """
    drift, row, moving = 0, -1, 0
    places: list[tuple[int, int]] = []
    wanted, curves = points.updates + offset, plan.values
    ticks = np.maximum(wanted, 0)
    while True:
        delay, begin = -drift if ahead else drift, row + 1
        row = first_disagreement(points, curves, wanted, start=begin, delay=delay)
        ticks[begin:row] = np.maximum(wanted[begin:row] - delay, 0)
        if row == len(ticks):
            return values_at(curves, ticks), places, moving
        tick = max(int(wanted[row]) - delay, 0)
        if ahead and tick + 1 >= len(curves):
            longer = plan.values_up_to(int(points.updates[-1]) + most + 2)
            if len(longer) > len(curves):
                curves, row = longer, row - 1
                continue
        last_tick = int(ticks[row - 1]) if row else -1
        possible = _possible(tick, last_tick, most - drift, ahead=ahead)
        found = possible[ticks_agreeing_with_row(points, curves, row, possible)]
        if not found.size or _is_blurred(values_at(curves, found)):
            return None
        ticks[row] = found[0]
        drift += abs(int(found[0]) - tick)
        stands = _stands_still(curves, int(found[0]), ahead=ahead)
        _add(places, points, row, abs(int(found[0]) - tick), stands=stands)
        moving += not np.array_equal(points.values[row], points.values[max(row - 1, 0)])


def _add(
    places: list[tuple[int, int]], points: LoggedPoints, row: int, moved: int, *, stands: bool
) -> None:
    """Add a place, or move the last one there.

    While the planned rate is constant, its updates cannot be told apart: the loss shows at the next
    row whose rate changes.
    """
    if places and stands and not _moves(points, places[-1][0], row):
        moved += places.pop()[1]
    places.append((int(points.updates[row]), moved))


def _is_a_leap(points: LoggedPoints, places: Sequence[tuple[int, int]]) -> bool:
    """Return True if more updates were left out than were logged meanwhile.

    Few programs lose more than half of their updates, and warm restarts whose cycles grow have the
    rates of a slower tick rate at a later tick.
    """
    rows = np.searchsorted(points.updates, [update for update, _ in places])
    logged = np.diff(points.updates, prepend=-1)[rows]
    moved = np.array([count for _, count in places])
    return bool((moved > np.maximum(logged, _AT_ONCE)).any())


def _stands_still(curves: FloatArray, tick: int, *, ahead: bool) -> bool:
    """Return True if the plan has the value of a tick at the tick before it, or after it."""
    other = tick + 1 if ahead else tick - 1
    return 0 <= other < len(curves) and np.array_equal(curves[tick], curves[other])


def _moves(points: LoggedPoints, update: int, row: int) -> bool:
    """Return True if the logged rates change between the row of an update and another row."""
    rows = points.values[int(np.searchsorted(points.updates, update)) : row + 1]
    return not bool(((rows == rows[0]) | np.isnan(rows)).all())


def _possible(tick: int, last: int, room: int, *, ahead: bool) -> IntArray:
    """The ticks that a row may be of, the nearest first: time does not run backwards."""
    if ahead:
        return np.arange(tick + 1, tick + max(room, 0) + 1)
    return np.arange(tick - 1, max(last, 0) - 1, -1)


def _is_blurred(values: FloatArray) -> bool:
    """Return True if ticks of different values all agree with one rounded row."""
    return bool((values != values[0]).any())
