"""The limits of a y axis; ``y_scale.py`` chooses whether it is linear or logarithmic."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

from lrplan.render.view.curve_stats import CurveStats
from lrplan.render.view.y_scale import YScale

_FAR_FROM_ZERO = 0.6
"""A curve that never falls below this share of its top is drawn without zero."""
_MOST_DECADES = 7
"""Decades below the top that a logarithmic axis shows: a cosine's last steps fall without end."""
_LARGEST = 1e300
_SMALLEST = 1e-290


class YRange(NamedTuple):
    """Both ends of an axis, and the largest value drawn on it."""

    low: float
    high: float
    top: float


def y_range(curves: Iterable[CurveStats], scale: YScale, *, headroom: float) -> YRange:
    """The ends of a y axis that shows the curves of ``curves``, whatever is in them.

    A linear axis includes 0 unless the values stay well away from it; a logarithmic one shows
    what is positive. Something is always left above and below the curves.

    Args:
        curves: the curves to be shown; NaN and infinities do not count.
        scale: linear or logarithmic.
        headroom: what to leave above the curves for text, as a share of the axis.
    """
    low, high = _extremes(curves, log=scale.log)
    if scale.log:
        return _log_range(max(low, min(scale.floor, high)), high, headroom)
    return _linear_range(low, high, headroom, with_zero=scale.with_zero)


def _extremes(curves: Iterable[CurveStats], *, log: bool) -> tuple[float, float]:
    low, high = math.inf, -math.inf
    for stats in curves:
        least = stats.lowest_positive if log else stats.extent.low
        if stats.extent.has_finite and least <= stats.extent.high:
            low, high = min(low, least), max(high, stats.extent.high)
    if low > high:
        return (0.1, 1.0) if log else (0.0, 0.0)
    return min(max(low, -_LARGEST), _LARGEST), max(min(high, _LARGEST), -_LARGEST)


def _linear_range(low: float, high: float, headroom: float, *, with_zero: bool) -> YRange:
    # Example: an lr from 0.01 to 0.1 is far from constant, so that 0 is shown and heights are
    # shares of the peak; a momentum from 0.85 to 0.95 never comes near 0 and fills the axis.
    top = high
    if (with_zero and 0 <= low < _FAR_FROM_ZERO * high) or high - low <= 1e-9 * abs(high):
        low, high = min(low, 0.0), max(high, 0.0)
    if high - low < _SMALLEST:
        high = low + 1.0
    span = high - low
    # The headroom is a share of the finished axis: for 20% above curves that span 1, a quarter of 1
    # is added, which is 0.25 of 1.25.
    return YRange(low - 0.04 * span, high + span * headroom / (1 - headroom), top)


def _log_range(low: float, high: float, headroom: float) -> YRange:
    high = max(high, _SMALLEST)
    # Seven decades at most: a cosine from 1e-3 that comes down to 1e-12 is shown from 1e-10 on.
    top, low = high, max(low, high * 10.0**-_MOST_DECADES, _SMALLEST)
    # Curves within half a decade would fill the axis and look as if they moved a lot.
    if high < 3 * low:
        low, high = low / 3, high * 1.5
    decades = math.log10(high / low)
    above = 10 ** (decades * headroom / (1 - headroom))
    return YRange(low / 10 ** (0.04 * decades), high * above, top)
