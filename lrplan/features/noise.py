"""The smallest change of a value that is not rounding, and the range of a curve."""

from __future__ import annotations

import sys
from typing import NamedTuple

import numpy as np

from lrplan.arrays import FloatArray

NOISE = 1e-12
"""Differences below this share of the curve's largest magnitude are rounding, not change."""
_ROUNDING_OF_A_STEP = 4 * sys.float_info.epsilon
"""A recursive scheduler rounds a few times in each step, so two equal tops may drift apart by this
share of the magnitude for every step between them."""


class Extent(NamedTuple):
    """The range of the finite values of a curve; both ends are 0 if no value is finite."""

    low: float
    high: float
    all_finite: bool
    """True if every value is finite."""
    has_finite: bool
    """True if at least one value is finite."""

    @property
    def magnitude(self) -> float:
        """The largest finite magnitude."""
        return max(abs(self.low), abs(self.high))

    @property
    def noise(self) -> float:
        """The difference up to which two values of the curve count as the same."""
        return NOISE * self.magnitude

    @property
    def varies(self) -> bool:
        """True if the curve changes by more than rounding, or is finite at some steps only."""
        # Values near the end of float64's range differ by more than it holds: then by infinity.
        return self.has_finite and (not self.all_finite or self.high - self.low > self.noise)


def extent(values: FloatArray) -> Extent:
    """The smallest and the largest finite value, without a copy if all of them are finite."""
    if values.size and values.strides == (0,):  # a constant, held once
        values = values[:1]
    if not values.size:
        return Extent(0.0, 0.0, all_finite=True, has_finite=False)
    low, high = float(values.min()), float(values.max())
    if np.isfinite(low) and np.isfinite(high):
        return Extent(low, high, all_finite=True, has_finite=True)
    finite = values[np.isfinite(values)]
    if not finite.size:
        return Extent(0.0, 0.0, all_finite=False, has_finite=False)
    return Extent(float(finite.min()), float(finite.max()), all_finite=False, has_finite=True)


def first_at_top(values: FloatArray, magnitude: float) -> int:
    """The first step at the largest finite value, where rounding makes no value the larger one.

    A cosine with restarts, stepped recursively, returns to 0.1 at step 10,620 as
    0.10000000000040135: the top is at step 0 all the same.

    Args:
        values: a curve of which at least one value is finite.
        magnitude: the largest finite magnitude of the whole curve, whose rounding counts.
    """
    largest = int(np.argmax(values))
    if not np.isfinite(values[largest]):  # NaN counts as the largest
        values = np.where(np.isfinite(values), values, -np.inf)
        largest = int(np.argmax(values))
    until = values[: largest + 1]
    near = np.flatnonzero(until >= until[-1] - magnitude * (NOISE + _ROUNDING_OF_A_STEP * largest))
    # The more steps lie between, the more rounding: 1 step more is worth 9e-16 of the magnitude.
    rounding = magnitude * (NOISE + _ROUNDING_OF_A_STEP * (largest - near))
    return int(near[np.argmax(until[near] >= until[-1] - rounding)])


def varies(values: FloatArray) -> bool:
    """Return True if the curve changes by more than rounding, or is finite at some steps only."""
    return extent(values).varies
