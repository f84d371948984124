"""A curve in one line of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

BLOCKS = "▁▂▃▄▅▆▇█"
ASCII_LEVELS = "_.:-=+*#"
GAP = " "


def sparkline(values: FloatArray, width: int, *, ascii: bool = False) -> str:  # noqa: A002
    """``values`` drawn in exactly ``width`` characters of eight heights.

    Each character shows the largest value of its share of the steps, so that a peak of a single
    step is seen; a share without any number is a gap. The lowest character stands for 0, or for
    the smallest value where all values lie in the upper half (a momentum between 0.85 and 0.95).
    A constant is drawn at half height. Infinities are drawn at the edges.

    Args:
        values: shape ``(steps,)``.
        width: characters; values are repeated when there are fewer of them.
        ascii: use ``_.:-=+*#`` in place of the block characters.
    """
    if width <= 0 or not values.size:
        return GAP * max(width, 0)
    starts = np.arange(width) * values.size // width
    heights = _heights(np.fmax.reduceat(values, starts), values)
    levels = np.array([*(ASCII_LEVELS if ascii else BLOCKS), GAP])
    return "".join(levels[heights])


def _heights(shown: FloatArray, values: FloatArray) -> NDArray[np.intp]:
    """The height (0..7) of each value shown, or 8 for a gap."""
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    base = 0.0 if 0 <= low <= high / 2 else low
    # Halves, since the difference of two huge values may not fit a float.
    span = high / 2 - base / 2
    if span <= 1e-12 * max(abs(low), abs(high)):
        share = np.where(np.isfinite(shown), 0.45, np.sign(shown))
    else:
        share = (shown / 2 - base / 2) / span
    gap = np.isnan(shown)
    level = np.clip(np.where(gap, 0, share), 0, 1) * (len(BLOCKS) - 1)
    return np.where(gap, len(BLOCKS), np.rint(level)).astype(np.intp)
