"""What counts as a change of a value, and what is only rounding."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

NOISE = 1e-12
"""Differences below this share of the curve's largest magnitude are rounding, not change."""


class Extent(NamedTuple):
    """Between which finite values a curve runs; both are 0 where nothing is finite."""

    low: float
    high: float
    whole: bool
    """Every value is finite."""
    some: bool
    """At least one value is finite."""

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
        """Whether the curve changes: by more than rounding, or to or from no number."""
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
    """Whether the curve changes during the run: by more than rounding, or to or from no number."""
    return extent(values).varies
