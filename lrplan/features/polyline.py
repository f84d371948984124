"""A curve as straight lines: long flat stretches keep both ends, stairs collapse to corners."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lrplan.arrays import BoolArray, FloatArray, IndexArray

_SIMILAR = 2.5
"""Flat stretches whose lengths differ by less than this ratio are stairs of one staircase."""
_STANDS_OUT = 8.0
"""The ratio by which a slope or bend exceeds its neighbours where the curve breaks."""
_LONG_HOLD = 0.02
"""A flat stretch of this share of the run is reported, however gently it begins."""
_PIECE = 16_384
"""Steps looked at in one go."""


class Polyline(NamedTuple):
    """The corners of a curve, and the segments between them."""

    step: IndexArray
    value: FloatArray
    slope: FloatArray
    """Per segment: change of value per step."""
    flat: BoolArray
    """Per segment: a hold long enough to be reported."""


def polyline(curve: FloatArray, steps: IndexArray, sparse: int) -> Polyline:
    """The corners of ``curve``, whose value changes at each of ``steps``.

    A corner is the first step of every flat stretch, and its last one, too, where it is a hold:
    9 9 9 5 5 5 has corners at steps 0, 2, 3 and 5. Of a staircase (more than ``sparse`` flat
    stretches in a row, all about as long) only the first steps are corners, so that the polyline
    is the smooth curve that the staircase samples.
    """
    starts = np.concatenate([[0], steps])
    ends = np.concatenate([steps, [curve.size]]) - 1
    length = ends - starts + 1
    hold = length > 1
    if hold.any():
        hold &= ~_in_staircase(length, sparse)
    corner = np.flatnonzero(_marked(starts, curve.size) | _marked(ends[hold], curve.size))
    long = starts[hold & (length >= _LONG_HOLD * curve.size)]
    slope = np.diff(curve[corner]) / np.diff(corner)
    return Polyline(corner, curve[corner], slope, _marked(long, curve.size)[corner[:-1]])


def _marked(steps: IndexArray, size: int) -> BoolArray:
    mask = np.zeros(size, dtype=bool)
    mask[steps] = True
    return mask


def _in_staircase(length: IndexArray, sparse: int) -> BoolArray:
    """Mask of flat stretches in a row of more than ``sparse`` of about the same length."""
    ratio = length[1:] / length[:-1]
    similar = (ratio <= _SIMILAR) & (ratio >= 1 / _SIMILAR)
    # The run may end in the middle of a stair.
    similar[-1] |= ratio[-1] < 1
    # Lengths 5 5 5 90 90: similar T T F T, rows 0 0 0 1 1; bincount(row)[row] is 3 3 3 2 2.
    row = np.concatenate([[0], np.cumsum(~similar)])
    return np.asarray(np.bincount(row)[row] > sparse)


def stands_out(magnitude: FloatArray) -> BoolArray:
    """Mask of elements that are much larger than usual on their left and on their right.

    Usual is the smaller of the two neighbours on a side, so that a second break nearby hides none.
    Infinite neighbours do not count.
    """
    if magnitude.size < 3:
        return np.zeros(magnitude.size, dtype=bool)
    near = np.pad(magnitude, 2, mode="reflect")
    # In pieces that stay in the processor's cache: a long curve takes a third of the time.
    masks = [
        _exceeds(near[begin : begin + _PIECE + 4]) for begin in range(0, magnitude.size, _PIECE)
    ]
    return np.concatenate(masks)


def _exceeds(near: FloatArray) -> BoolArray:
    """Mask for ``near`` without two elements at each end: much larger than usual on both sides."""
    sides = np.minimum(near[:-4], near[1:-3]), np.minimum(near[3:-1], near[4:])
    left, right = (np.where(np.isfinite(side), side, 0.0) for side in sides)
    return np.asarray(near[2:-2] > _STANDS_OUT * np.maximum(left, right))
