"""The ticks of an axis: round numbers, or decades of a logarithmic one."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.ticker import MaxNLocator

from lrplan.arrays import IntArray

_STEPS = [1, 2, 2.5, 5, 10]


def linear_ticks(low: float, high: float, most: int, *, whole: bool = False) -> list[float]:
    """At most ``most + 1`` round numbers within ``[low, high]``."""
    locator = MaxNLocator(nbins=max(most, 1), steps=_STEPS, integer=whole, min_n_ticks=1)
    # Ticks carry the rounding of their arithmetic: 3 * 0.1 is 0.30000000000000004, which is to be
    # within an axis that ends at 0.3, and a tick of 1e-17 on that axis is to be labelled 0.
    slack = 1e-9 * (high - low)
    ticks = locator.tick_values(low, high)
    return [
        0.0 if abs(tick) < slack else float(tick)
        for tick in ticks
        if low - slack <= tick <= high + slack
    ]


def log_ticks(low: float, high: float, most: int) -> tuple[list[float], list[float]]:
    """Labelled and unlabelled ticks of a logarithmic axis, both within ``[low, high]``.

    Whole decades are labelled; the top one, the lowest and every n-th between where they are many;
    2 and 5 too where they are few.
    """
    # Example: 2e-5 to 3e-2 holds the decades 1e-4, 1e-3 and 1e-2: labelled where ``most`` is 3 or
    # more, with 2e-5, 3e-5 ... between them; 1e-9 to 1 at ``most`` 4 labels every third one.
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    decades = np.arange(first, last + 1)
    inside = _within(decades, (1,), low, high)
    if len(inside) > most:
        return _thinned(inside, -(-len(inside) // most)), inside
    fine = _within(decades, tuple(range(1, 10)), low, high) if len(inside) <= 8 else []
    if len(inside) < 3:
        wanted = _within(decades, (1, 2, 5), low, high)
        inside = wanted if len(wanted) <= most + 1 else inside
    return inside, fine


def _thinned(ticks: list[float], stride: int) -> list[float]:
    """Every ``stride``-th from the top; the lowest in place of one that is nearer to it."""
    # Of 1e-8 ... 1 every third from the top is 1, 1e-3 and 1e-6; the lowest, 1e-8, takes the place
    # of 1e-6, which is near to it. Of 1e-9 ... 1 the lowest is one of them anyway.
    kept = ticks[::-1][::stride]
    return [*reversed(kept)] if kept[-1] == ticks[0] else [ticks[0], *reversed(kept[:-1])]


def _within(decades: IntArray, digits: tuple[int, ...], low: float, high: float) -> list[float]:
    ticks = [digit * 10.0 ** float(decade) for decade in decades for digit in digits]
    return [tick for tick in ticks if low * (1 - 1e-9) <= tick <= high * (1 + 1e-9)]
