"""How far a y axis reaches."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lrplan.render.picture.curve_stats import CurveStats

_FAR_FROM_ZERO = 0.6
"""A curve that never falls below this share of its top is drawn without zero."""
_MOST_DECADES = 7
"""How far below the top a logarithmic axis reaches: a cosine's last steps fall without end."""
_LARGEST = 1e300
_SMALLEST = 1e-290


class YRange(NamedTuple):
    """Both ends of an axis, and the largest value drawn on it."""

    low: float
    high: float
    top: float


def y_range(sketches: Iterable[CurveStats], *, log: bool, headroom: float) -> YRange:
    """The ends of a y axis that shows the curves of ``sketches``, whatever is in them.

    A linear axis includes 0 unless the values stay well away from it; a logarithmic one shows
    what is positive. Something is always left above and below the curves.

    Args:
        sketches: the curves to be shown; NaN and infinities do not count.
        log: a logarithmic axis.
        headroom: what to leave above the curves for text, as a share of the axis.
    """
    low, high = _extremes(sketches, log=log)
    if log:
        return _log_reach(low, high, headroom)
    return _linear_reach(low, high, headroom)


def _extremes(sketches: Iterable[CurveStats], *, log: bool) -> tuple[float, float]:
    low, high = math.inf, -math.inf
    for sketch in sketches:
        least = sketch.lowest_positive if log else sketch.reach.low
        if sketch.reach.some and least <= sketch.reach.high:
            low, high = min(low, least), max(high, sketch.reach.high)
    if low > high:
        return (0.1, 1.0) if log else (0.0, 0.0)
    return min(max(low, -_LARGEST), _LARGEST), max(min(high, _LARGEST), -_LARGEST)


def _linear_reach(low: float, high: float, headroom: float) -> YRange:
    top = high
    if 0 <= low < _FAR_FROM_ZERO * high or high - low <= 1e-9 * abs(high):
        low, high = min(low, 0.0), max(high, 0.0)
    if high - low < _SMALLEST:
        high = low + 1.0
    span = high - low
    return YRange(low - 0.04 * span, high + span * headroom / (1 - headroom), top)


def _log_reach(low: float, high: float, headroom: float) -> YRange:
    high = max(high, _SMALLEST)
    top, low = high, max(low, high * 10.0**-_MOST_DECADES, _SMALLEST)
    if high < 3 * low:
        low, high = low / 3, high * 1.5
    decades = math.log10(high / low)
    above = 10 ** (decades * headroom / (1 - headroom))
    return YRange(low / 10 ** (0.04 * decades), high * above, top)
