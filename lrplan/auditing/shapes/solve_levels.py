"""Solves for peak, floor and start of a shape of known lengths, within every row's tolerance.

Each row gives an interval: ``low <= a P + b F + c S <= high``, where a row has a share of the floor
``F`` or of the start ``S``, and never of both. For a given peak ``P`` the intervals of ``F`` and of
``S`` follow; their lengths are concave functions of ``P``, so that the peaks for which both are not
empty form one interval, which is found by shrinking a bracket.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lrplan.arrays import FloatArray
from lrplan.auditing.shapes.shape import Weights
from lrplan.auditing.shapes.short_number import shortest

_TINY = 1e-13
"""A share that counts for nothing."""
_POINTS = 17
_ROUNDS = 16


@dataclass(frozen=True, slots=True)
class Levels:
    """The learning rates of a shape."""

    peak: float
    floor: float
    start: float


@dataclass(frozen=True, slots=True)
class FixedAtZero:
    """Rates that are 0: fewer unknowns."""

    floor: bool = True
    start: bool = True


@dataclass(frozen=True, slots=True)
class _Rows:
    share: FloatArray
    other_share: FloatArray
    """The share of the unknown other than the peak."""
    low: FloatArray
    high: FloatArray


def solve_levels(
    weights: Weights, low: FloatArray, high: FloatArray, pins: FixedAtZero
) -> Levels | None:
    """Short numbers that put every row between ``low`` and ``high``; None if there are none.

    Args:
        weights: of each row, shape ``(rows,)``.
        low: the least value of each row.
        high: the largest one.
        pins: what is 0.
    """
    share, floor, start = weights.peak, weights.floor, weights.start
    # A pinned rate is 0, so that its share drops out, and the row depends on the peak alone.
    by_floor = (floor > _TINY) & (not pins.floor)
    by_start = (start > _TINY) & (not pins.start)
    only_peak = ~by_floor & ~by_start
    least, most = _peak_bounds(share[only_peak], low[only_peak], high[only_peak], high.max())
    if not least <= most:
        return None
    sets = [
        _Rows(share[rows], own[rows], low[rows], high[rows])
        for rows, own in ((by_floor, floor), (by_start, start))
    ]
    peaks = _peak_interval(sets, least, most)
    if peaks is None:
        return None
    for peak in (shortest(*peaks), sum(peaks) / 2):
        (floor_low, floor_high), (start_low, start_high) = (_own_interval(s, peak) for s in sets)
        if floor_low <= floor_high and start_low <= start_high:
            return Levels(peak, _short(floor_low, floor_high), _short(start_low, start_high))
    return None


def _short(low: float, high: float) -> float:
    return 0.0 if high == np.inf else shortest(low, high)


def _peak_bounds(
    share: FloatArray, low: FloatArray, high: FloatArray, top: float
) -> tuple[float, float]:
    counts = share > _TINY
    if ((low > 0) | (high < 0))[~counts].any():
        return 1.0, 0.0
    edges = low[counts] / share[counts], high[counts] / share[counts]
    return float(edges[0].max(initial=0.0)), float(edges[1].min(initial=1e3 * max(top, 0.0)))


def _own_interval(rows: _Rows, peak: float) -> tuple[float, float]:
    """The numbers that the other unknown may be, given the peak."""
    low = (rows.low - rows.share * peak) / rows.other_share
    high = (rows.high - rows.share * peak) / rows.other_share
    return float(low.max(initial=0.0)), float(high.min(initial=np.inf))


def _peak_interval(sets: list[_Rows], least: float, most: float) -> tuple[float, float] | None:
    sets = [rows for rows in sets if rows.other_share.size]
    if not sets:
        return least, most

    def room(peaks: FloatArray) -> FloatArray:
        return np.asarray(np.min([_lengths(rows, peaks) for rows in sets], axis=0))

    low, high = least, most
    for _ in range(_ROUNDS):
        peaks = np.linspace(low, high, _POINTS)
        rooms = room(peaks)
        best = int(np.argmax(rooms))
        if rooms[best] >= 0:
            inside = float(peaks[best])
            return _edge(room, inside, least), _edge(room, inside, most)
        low, high = float(peaks[max(best - 1, 0)]), float(peaks[min(best + 1, _POINTS - 1)])
    return None


def _lengths(rows: _Rows, peaks: FloatArray) -> FloatArray:
    """The lengths of the intervals of the other unknown, for each of ``peaks``."""
    given = rows.share * peaks[:, None]
    ends = ((rows.high - given) / rows.other_share).min(axis=1)
    # No rate is below 0.
    return np.asarray(ends - ((rows.low - given) / rows.other_share).max(axis=1, initial=0.0))


def _edge(room: Callable[[FloatArray], FloatArray], inside: float, outside: float) -> float:
    """The last peak on the way from ``inside`` to ``outside`` that is possible."""
    for _ in range(_ROUNDS):
        peaks = np.linspace(inside, outside, _POINTS)
        possible = room(peaks) >= 0
        if possible.all():
            return outside
        last = int(np.argmin(possible)) - 1
        if last < 0:
            return inside
        inside, outside = float(peaks[last]), float(peaks[last + 1])
    return inside
