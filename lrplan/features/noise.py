"""The smallest change of a value that is not rounding, and the range of a curve."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from lrplan.arrays import FloatArray


NOISE = 1e-12
"""Differences below this share of the curve's largest magnitude are rounding, not change."""


class Extent(NamedTuple):
    """The range of the finite values of a curve; both ends are 0 where no value is finite."""

    low: float
    high: float
    whole: bool
    """True if every value is finite."""
    some: bool
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
        return self.some and (not self.whole or self.high - self.low > self.noise)


def extent(values: FloatArray) -> Extent:
    """The smallest and the largest finite value, without a copy where all of them are finite."""
    if values.size and values.strides == (0,):  # a constant, held once
        values = values[:1]
    if not values.size:
        return Extent(0.0, 0.0, whole=True, some=False)
    low, high = float(values.min()), float(values.max())
    if np.isfinite(low) and np.isfinite(high):
        return Extent(low, high, whole=True, some=True)
    finite = values[np.isfinite(values)]
    if not finite.size:
        return Extent(0.0, 0.0, whole=False, some=False)
    return Extent(float(finite.min()), float(finite.max()), whole=False, some=True)


def noise_floor(values: FloatArray) -> float:
    """The difference up to which two values of this curve count as the same."""
    return extent(values).noise


def varies(values: FloatArray) -> bool:
    """Return True if the curve changes by more than rounding, or is finite at some steps only."""
    return extent(values).varies
