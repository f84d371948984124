"""The key numbers of a curve, which a picture needs before it reads the curve again to draw it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lrplan.arrays import FloatArray
from lrplan.features import Extent, Peak, extent, peak

_SAMPLES = 400
_PIECE = 65_536
"""Values looked at in one go: they stay in the processor's cache."""


@dataclass(frozen=True, slots=True, eq=False)
class CurveStats:
    """A curve in a few numbers."""

    extent: Extent
    lowest_positive: float
    """The smallest finite value above 0, infinity where there is none."""
    peak: Peak | None
    last: float
    """The last finite value, 0 where there is none."""
    mean: float
    """Of the finite values, 0 where there are none."""
    samples: FloatArray
    """Values at some steps, spread evenly over the run."""


def curve_stats(values: FloatArray) -> CurveStats:
    """``values`` in a few numbers."""
    bounds = extent(values)
    finite = values if bounds.all_finite else values[np.isfinite(values)]
    return CurveStats(
        extent=bounds,
        lowest_positive=_lowest_positive(values, bounds),
        peak=peak(values),
        last=float(finite[-1]) if finite.size else 0.0,
        # Divided first: the sum of huge values would overflow.
        mean=float(np.sum(finite / finite.size)) if finite.size else 0.0,
        samples=_samples(values),
    )


def _samples(values: FloatArray) -> FloatArray:
    steps = np.linspace(0, values.size - 1, _SAMPLES if values.size else 0)
    return np.asarray(values[steps.round().astype(np.int64)])


def _lowest_positive(values: FloatArray, bounds: Extent) -> float:
    if bounds.low > 0:
        return bounds.low
    if bounds.high <= 0:
        return math.inf
    pieces = (values[start : start + _PIECE] for start in range(0, values.size, _PIECE))
    return min(float(piece[piece > 0].min(initial=np.inf)) for piece in pieces)
