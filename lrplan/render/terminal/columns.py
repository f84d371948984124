"""The part of a curve that each column of dots shows."""

from __future__ import annotations

import numpy as np

from lrplan.arrays import FloatArray


def column_ranges(
    values: FloatArray, edges: FloatArray, end: float, columns: int, *, positive: bool = False
) -> FloatArray:
    """The least and the largest value of a curve in each column.

    A value holds from the beginning of its step to the next one. A column also reaches to the last
    value of the column before it, so that a jump is drawn as a line.

    Args:
        values: one value per step, shape ``(steps,)``.
        edges: the x where each step begins, and where the last one ends.
        end: the x of the right end of the last column.
        columns: how many there are between ``edges[0]`` and ``end``.
        positive: only values above 0 can be drawn.

    Returns:
        Shape ``(columns, 2)``; NaN where there is nothing to draw.
    """
    steps = values.size
    ranges = np.full((columns, 2), np.nan)
    if not steps:
        return ranges
    bounds = np.linspace(float(edges[0]), end, columns + 1)
    firsts = np.searchsorted(edges[: steps + 1], bounds[:-1], side="right") - 1
    lasts = np.searchsorted(edges[: steps + 1], bounds[1:], side="left") - 1
    for column, (first, last) in enumerate(zip(firsts.tolist(), lasts.tolist(), strict=True)):
        if first >= steps:
            break
        # Where a step begins at the very edge, no column has both values of the jump.
        joined = first - 1 if column and lasts[column - 1] < first else first
        piece = values[joined : min(max(last, first), steps - 1) + 1]
        shown = piece[np.isfinite(piece) & (piece > 0) if positive else np.isfinite(piece)]
        if shown.size and np.isfinite(values[first : last + 1]).any():
            ranges[column] = shown.min(), shown.max()
    return ranges
