"""The possible ends of a linear warm-up, estimated from the rising rows of a log."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lrplan.arrays import FloatArray
from lrplan.auditing.shapes.least_squares import residuals
from lrplan.auditing.shapes.peak_rows import PeakRows
from lrplan.auditing.shapes.samples import Samples
from lrplan.auditing.shapes.shape import Candidates
from lrplan.auditing.shapes.solve_levels import FixedAtZero

_MOST = 12
_SAMPLES = 64


def warmups_of(samples: Samples, top: PeakRows) -> Sequence[int]:
    """The ends of a linear warm-up that the rows up to the top allow; some of them, if many.

    If only the top row shows the peak, each end is possible.
    """
    rows = samples.rows(slice(0, top.first + 1)).thin(_SAMPLES)
    earliest, latest = top.rise
    ends = np.unique(np.linspace(earliest, latest, min(latest - earliest + 1, 20_000)).round())
    held = top.last > top.first
    # Without a held peak the rate may fall before the row of the top: that row does not show the
    # peak.
    rows = rows if held else rows.rows(slice(0, len(rows.values) - 1))
    if len(rows.values) < 2:
        return _spread(ends)
    possible = ends[
        residuals(rows, "constant", Candidates(ends[:, None]), FixedAtZero(start=False)) <= 2
    ]
    return _spread(possible)


def _spread(ends: FloatArray) -> list[int]:
    """Some of the ends, evenly spaced and with the first and the last, and some multiples of 10."""
    if not len(ends):
        return []
    chosen = np.unique(np.linspace(0, len(ends) - 1, _MOST).round().astype(int))
    round_ones = [each for each in ends if each % 10 == 0][:_MOST]
    return sorted({int(each) for each in (*ends[chosen], *round_ones)})
