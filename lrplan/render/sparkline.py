"""Sparklines: a curve in one line of text."""

from __future__ import annotations

import numpy as np

from lrplan.arrays import FloatArray, IndexArray

BLOCKS = "▁▂▃▄▅▆▇█"
ASCII_LEVELS = "_.:-=+*#"
GAP = " "


def sparkline(values: FloatArray, width: int, *, ascii: bool = False) -> str:  # noqa: A002
    """``values`` drawn in exactly ``width`` characters of eight heights.

    Each character shows the mean of the finite values in its share of the steps: what most of
    them are, and not what a single step reaches. A share without any number is a gap, one of
    infinities only is drawn at the edge. The lowest character means 0, or for the smallest
    mean where all of them lie in the upper half (a momentum between 0.85 and 0.95). A constant is
    drawn at half height.

    Args:
        values: shape ``(steps,)``.
        width: characters; values are repeated when there are fewer of them.
        ascii: use ``_.:-=+*#`` in place of the block characters.
    """
    if width <= 0 or not values.size:
        return GAP * max(width, 0)
    # 10 values in 4 characters have the shares 0-1, 2-4, 5-6 and 7-9. With fewer values than
    # characters starts repeat: 3 values in 6 begin at 0 0 1 1 2 2, and each is drawn twice
    # (`_means` gives a share one value at least).
    starts = np.arange(width) * values.size // width
    heights = _heights(_means(values, starts))
    levels = np.array([*(ASCII_LEVELS if ascii else BLOCKS), GAP])
    return "".join(levels[heights])


def _means(values: FloatArray, starts: IndexArray) -> FloatArray:
    """The mean of each stretch of ``values`` that begins at one of ``starts``."""
    ends = np.maximum(np.append(starts[1:], values.size), starts + 1)
    return np.array([_mean(values[a:b]) for a, b in zip(starts, ends, strict=True)])


def _mean(share: FloatArray) -> float:
    finite = share[np.isfinite(share)]
    if not finite.size:
        return float(np.fmax.reduce(share))
    # Divided first: the sum of huge values would overflow.
    return float(np.sum(finite / finite.size))


def _heights(means: FloatArray) -> IndexArray:
    """The height (0..7) of each of ``means``, or 8 for a gap."""
    finite = means[np.isfinite(means)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    # Example: means 0, 0.5 and 1 have the heights 0, 4 and 7; momenta 0.85, 0.9 and 0.95 lie in the
    # upper half, so that the lowest of them is the base, not 0: the heights are 0, 4 and 7 again.
    base = 0.0 if 0 <= low <= high / 2 else low
    # Halves, since the difference of two huge values may not fit a float.
    span = high / 2 - base / 2
    if span <= 1e-12 * max(abs(low), abs(high)):
        share = np.where(np.isfinite(means), 0.45, np.sign(means))
    else:
        share = (means / 2 - base / 2) / span
    gap = np.isnan(means)
    level = np.clip(np.where(gap, 0, share), 0, 1) * (len(BLOCKS) - 1)
    return np.where(gap, len(BLOCKS), np.rint(level)).astype(np.intp)
