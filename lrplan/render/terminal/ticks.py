"""Round numbers for the axes of a chart in the terminal."""

from __future__ import annotations

import math
from collections.abc import Iterable

_ROUND = (1.0, 2.0, 2.5, 5.0, 10.0)
_SLACK = 1e-9
"""Ticks carry the rounding of their arithmetic: 3 * 0.1 is to be within an axis that ends at 0.3.
"""


def linear_ticks(low: float, high: float, most: int, *, whole: bool = False) -> list[float]:
    """At most ``most`` round numbers within ``[low, high]``, evenly spread.

    Args:
        low: the lower end of the axis.
        high: the upper end, above ``low``.
        most: at least 1.
        whole: no fractions.
    """
    step = _step((high - low) / most, whole=whole)
    while True:
        slack = _SLACK * (high - low)
        first = math.ceil((low - slack) / step)
        last = math.floor((high + slack) / step)
        if last - first < most:
            return [number * step for number in range(first, last + 1)]
        step = _step(step * 1.01, whole=whole)


def _step(least: float, *, whole: bool) -> float:
    """The smallest round number that is not below ``least``."""
    if whole and least <= 1:
        return 1.0
    scale = 10.0 ** math.floor(math.log10(least))
    steps = (scale * each for each in _ROUND)
    # 2.5 is not a whole number, 25 is.
    fitting = (each for each in steps if each >= least and not (whole and each % 1))
    return next(fitting, 10 * scale)


def log_ticks(low: float, high: float, most: int) -> list[float]:
    """At most ``most`` powers of ten within ``[low, high]``; with 2 and 5 between them if few."""
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    decades = _within((10.0**each for each in exponents), low, high)
    fine = _within((digit * 10.0**each for each in exponents for digit in (1, 2, 5)), low, high)
    if len(decades) < 3 and len(fine) <= most:
        return fine
    stride = -(-len(decades) // most) or 1
    return decades[::-1][::stride][::-1]


def _within(values: Iterable[float], low: float, high: float) -> list[float]:
    return [each for each in values if low * (1 - _SLACK) <= each <= high * (1 + _SLACK)]
