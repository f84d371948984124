"""Searches for informative rows of a log: the first disagreement, and rows beside changes."""

from __future__ import annotations

import numpy as np

from lrplan.arrays import FloatArray, IntArray
from lrplan.auditing.logged_points import LoggedPoints, values_agree, values_at

_FIRST_BLOCK, _LARGEST_BLOCK = 64, 65_536
_LEAST_SAMPLES = 64


def first_disagreement(
    points: LoggedPoints, curves: FloatArray, ticks: IntArray, *, start: int = 0, delay: int = 0
) -> int:
    """The first row from ``start`` on whose values are not those of its tick; else their count.

    A tick before 0 counts as 0.

    Args:
        points: the log.
        curves: by tick, shape ``(ticks, groups)``.
        ticks: of each row, shape ``(rows,)``.
        start: the first row that is looked at.
        delay: subtracted from each of ``ticks``.
    """
    # Blocks that grow: a log of a million rows is compared in a few calls of numpy, and one that
    # disagrees soon costs next to nothing.
    block, rows = _FIRST_BLOCK, len(ticks)
    while start < rows:
        part = slice(start, start + block)
        expected = values_at(curves, np.maximum(ticks[part] - delay, 0))
        good = values_agree(points.values[part], points.tolerance[part], expected)
        if not good.all():
            return start + int(np.argmin(good))
        start += block
        block = min(2 * block, _LARGEST_BLOCK)
    return rows


def informative_rows(points: LoggedPoints, first: int) -> IntArray:
    """Some rows from ``first`` on that distinguish curves: those around changes, and some between.

    A curve that only falls at a few steps agrees with itself moved by any number of steps, but for
    the rows next to such a step.
    """
    values = np.nan_to_num(points.values[first:])
    changes = np.flatnonzero((values[1:] != values[:-1]).any(axis=1))
    picked = changes[:: max(changes.size // _LEAST_SAMPLES, 1)]
    even = np.arange(0, len(values), max(len(values) // _LEAST_SAMPLES, 1))
    rows: IntArray = first + np.unique(np.concatenate([picked, picked + 1, even]))
    return rows
