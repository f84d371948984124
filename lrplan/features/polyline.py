"""A curve as straight lines: long flat stretches keep both ends, stairs collapse to corners."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from lrplan.arrays import BoolArray, FloatArray, IndexArray

_SIMILAR = 2.5
"""Flat stretches whose lengths differ by less than this ratio are stairs of one staircase."""
_STANDS_OUT = 8.0
"""The ratio by which a slope or bend exceeds its neighbours if the curve breaks there."""
_LONG_HOLD = 0.02
"""A flat stretch of this share of the run is reported, however gently it begins."""
_PIECE = 16_384
"""Steps looked at in one go: arrays of them stay in the processor's cache."""


@dataclass(frozen=True, slots=True, eq=False)
class Polyline:
    """The corners of a curve, and the segments between them.

    Values and slopes are computed when they are read: of a long smooth curve every step is a
    corner, and each array of them is as large as the curve.
    """

    values: FloatArray
    top: float
    """Values are measured as shares of this."""
    step: IndexArray
    """Of each corner."""
    flat: BoolArray
    """Per segment: a hold long enough to be reported."""

    @property
    def segments(self) -> int:
        """The number of segments."""
        return self.step.size - 1

    def value(self, corners: IndexArray | slice) -> FloatArray:
        """The values at these corners."""
        return np.asarray(self.values[self.step[corners]] / self.top)

    def slope(self, segments: IndexArray) -> FloatArray:
        """The change of value per step in these segments."""
        rise = self.value(segments + 1) - self.value(segments)
        return np.asarray(rise / (self.step[segments + 1] - self.step[segments]))

    def slopes(self, first: int, end: int) -> FloatArray:
        """The change of value per step in the segments from ``first`` to before ``end``."""
        corners = slice(first, end + 1)
        return np.asarray(np.diff(self.value(corners)) / np.diff(self.step[corners]))

    def value_at(self, steps: IndexArray) -> FloatArray:
        """The heights of the polyline at these steps, on a corner or between two."""
        before = np.searchsorted(self.step, steps, side="right") - 1
        segment = np.clip(before, 0, self.segments - 1)
        return self.value(segment) + self.slope(segment) * (steps - self.step[segment])


def polyline(values: FloatArray, top: float, starts: BoolArray, sparse: int) -> Polyline:
    """The corners of a curve, as shares of ``top``; ``starts`` masks the steps with a new value.

    A corner is the first step of every flat stretch, and its last one, too, if it is a hold: 9 9 9
    5 5 5 has corners at steps 0, 2, 3 and 5. Of a staircase (more than ``sparse`` flat stretches in
    a row, all about as long) only the first steps are corners, so that the polyline is the smooth
    curve that the staircase samples.
    """
    first, length = _holds(starts, sparse)
    is_corner = starts.copy()
    is_corner[first + length - 1] = True
    is_long = np.zeros(values.size, dtype=bool)
    is_long[first[length >= _LONG_HOLD * values.size]] = True
    step = np.flatnonzero(is_corner)
    return Polyline(values, top, step, is_long[step[:-1]])


def _holds(starts: BoolArray, sparse: int) -> tuple[IndexArray, IndexArray]:
    """First steps and lengths of the flat stretches that are no stairs."""
    first = np.flatnonzero(starts)
    length = np.empty_like(first)
    np.subtract(first[1:], first[:-1], out=length[:-1])
    length[-1] = starts.size - first[-1]
    hold = length > 1
    if hold.any():
        hold &= ~_in_staircase(length, sparse)
    return first[hold], length[hold]


def _in_staircase(length: IndexArray, sparse: int) -> BoolArray:
    """Mask of flat stretches in a row of more than ``sparse`` of about the same length."""
    similar = np.empty(length.size - 1, dtype=bool)
    for first, end in pieces(similar.size):
        ratio = length[first + 1 : end + 1] / length[first:end]
        similar[first:end] = (ratio <= _SIMILAR) & (ratio >= 1 / _SIMILAR)
    # The run may end in the middle of a stair.
    similar[-1] |= length[-1] < length[-2]
    # Lengths 5 5 5 90 90: similar T T F T, so that rows of 3 and 2 stretches meet at index 3.
    meet = np.flatnonzero(~similar) + 1
    row = np.diff(meet, prepend=0, append=length.size)
    return np.repeat(row > sparse, row)


def stands_out(magnitudes: Callable[[int, int], FloatArray], size: int) -> BoolArray:
    """Mask of elements that are much larger than usual on their left and on their right.

    Usual is the smaller of the two neighbours on a side, so that a second break nearby hides none.
    Infinite neighbours do not count.

    Args:
        magnitudes: returns the elements from one index to before another.
        size: the number of elements.
    """
    result = np.zeros(size, dtype=bool)
    if size < 3:
        return result
    for first, end in pieces(size):
        before, after = min(first, 2), min(size - end, 2)
        near = magnitudes(first - before, end + after)
        near = np.pad(near, (2 - before, 2 - after), mode="reflect")
        result[first:end] = _exceeds(near)
    return result


def pieces(size: int) -> Iterator[tuple[int, int]]:
    """First indices and ends of the pieces in which ``size`` elements are looked at."""
    for first in range(0, size, _PIECE):
        yield first, min(first + _PIECE, size)


def _exceeds(near: FloatArray) -> BoolArray:
    """Mask for ``near`` without two elements at each end: much larger than usual on both sides."""
    sides = np.minimum(near[:-4], near[1:-3]), np.minimum(near[3:-1], near[4:])
    left, right = (np.where(np.isfinite(side), side, 0.0) for side in sides)
    return np.asarray(near[2:-2] > _STANDS_OUT * np.maximum(left, right))
