"""The choice of a linear or a logarithmic y axis; ``y_range.py`` chooses its limits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from lrplan.render.view.curve_stats import CurveStats

_APART = 10.0
"""Groups whose peaks differ by a larger factor get a logarithmic axis: on a linear one the smaller
curve takes less than a tenth of the height."""
_BELOW_SMALLEST = 100.0
"""How far below the smallest peak a chosen axis goes. A cosine to 0 falls without end, and would
push everything else to the top."""


class YScale(NamedTuple):
    """The kind of a y axis."""

    log: bool = False
    floor: float = 0.0
    """The lowest value that a logarithmic axis has to show; 0: what suits the curves."""
    with_zero: bool = True
    """A linear axis begins at 0 unless the values stay well away from it."""


LINEAR = YScale()


def y_scale(curves: Sequence[CurveStats], *, log: bool | None) -> YScale:
    """The kind of axis for ``curves``: as asked by ``log``, or the one that suits their peaks."""
    # Example: peaks 1e-3 and 1e-5 are apart by 100, so that the axis is logarithmic and ends at
    # 1e-7; 1e-3 and 1e-4 are apart by no more than 10, and the axis is linear.
    if log is not None:
        return YScale(log)
    if any(stats.extent.has_finite and stats.extent.low < 0 for stats in curves):
        return LINEAR
    peaks = [
        stats.extent.high for stats in curves if stats.extent.has_finite and stats.extent.high > 0
    ]
    # A thousandth of tolerance: 1e-3 is no more than ten times 1e-4, whatever the last bits say.
    if not peaks or max(peaks) <= _APART * min(peaks) * 1.001:
        return LINEAR
    return YScale(log=True, floor=min(peaks) / _BELOW_SMALLEST)
