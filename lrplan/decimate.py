"""Decimation of long curves: chooses a few steps that give the same picture."""

from __future__ import annotations

import numpy as np

from lrplan.arrays import FloatArray, IntArray

PER_BUCKET = 6
"""The most indices that :func:`decimate` keeps of one bucket."""


def changes(values: FloatArray) -> IntArray:
    """The indices where a value differs from the previous one, and index 0; NaN equals NaN."""
    if len(values) == 0:
        return np.empty(0, dtype=np.int64)
    previous, current = values[:-1], values[1:]
    same = (previous == current) | (np.isnan(previous) & np.isnan(current))
    return np.concatenate(([0], np.flatnonzero(~same) + 1)).astype(np.int64)


def decimate(values: FloatArray, buckets: int) -> IntArray:
    """Indices of the values that are visible in a picture of ``buckets`` columns of pixels.

    Every bucket of ``ceil(n / buckets)`` neighbours keeps its first and last element, its
    first finite minimum and maximum, and its first finite and first non-finite element. So the
    vertical extent of every column is exact, a jump between two columns is exact, and a gap
    never vanishes. Arrays of up to ``PER_BUCKET * buckets`` elements are kept whole.

    Args:
        values: shape ``(n,)``; NaN and infinities are allowed.
        buckets: number of columns; at least 1.

    Returns:
        Indices into ``values``, ascending and without repeats.

    Raises:
        ValueError: ``buckets`` is less than 1.
    """
    if buckets < 1:
        raise ValueError(f"buckets must be at least 1, not {buckets}")
    count = len(values)
    if count <= PER_BUCKET * buckets:
        return np.arange(count, dtype=np.int64)
    # Example: 1,000,000 values on 900 columns are 900 buckets of 1,112 neighbours; a table of 899
    # rows of 1,112 values holds the full ones, a single row the rest. Of each row at most 6 indices
    # are kept: both ends, both extremes, and the first finite and non-finite value.
    size = -(-count // buckets)
    full = count // size * size
    parts = [_kept_indices(values[:full].reshape(-1, size))]
    if full < count:
        parts.append(full + _kept_indices(values[full:].reshape(1, -1)))
    return np.concatenate(parts)


def _kept_indices(block: FloatArray) -> IntArray:
    """The indices to keep of each row of ``block``, counted over all of its rows."""
    rows, size = block.shape
    ends = np.stack([np.zeros(rows, dtype=np.int64), np.full(rows, size - 1)], axis=1)
    inside = np.concatenate([_extremes(block), ends], axis=1)
    # Indices within a row become indices of the whole: in rows of 5, index 3 of row 1 is 8.
    # `unique` sorts them and drops what was found twice, such as a minimum that is also the first
    # element.
    return np.unique(inside + np.arange(rows)[:, None] * size).astype(np.int64)


def _extremes(block: FloatArray) -> IntArray:
    """Columns of extremes and of the first NaN or infinity, for each row of ``block``."""
    low, high = block.argmin(axis=1), block.argmax(axis=1)
    rows = np.arange(len(block))
    # The first NaN or infinity of a row is one of these, if it has any.
    if np.isfinite(block[rows, low]).all() and np.isfinite(block[rows, high]).all():
        return np.stack([low, high], axis=1)
    finite = np.isfinite(block)
    return np.stack(
        [
            np.where(finite, block, np.inf).argmin(axis=1),
            np.where(finite, block, -np.inf).argmax(axis=1),
            finite.argmax(axis=1),
            (~finite).argmax(axis=1),
        ],
        axis=1,
    )
