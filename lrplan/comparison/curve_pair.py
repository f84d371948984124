"""Two curves side by side, on one scale, and what can be asked about them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]
    BoolArray = NDArray[np.bool_]

_FLOOR = 1e-12
"""Rounding inside a recursive scheduler; no tolerance is smaller when a relation is looked for."""


@dataclass(frozen=True)
class Pair:
    """Curve ``a``, known at the steps ``at``, and curve ``b``, known at every step.

    Both are divided by the larger of their peaks; what is not finite is NaN.
    """

    at: IntArray
    a: FloatArray
    b: FloatArray
    slack: float
    """Values nearer to each other than this are the same."""
    whole: bool
    """Whether ``a`` is known at every step."""

    @cached_property
    def unit(self) -> int:
        """The number of steps of which every change of either curve is a multiple; 0: no change."""
        own = step_width(self.b, self.slack)
        return int(np.gcd(own, step_width(self.a, self.slack))) if self.whole else own

    @cached_property
    def swapped(self) -> Pair:
        """The same with both roles exchanged; needs ``whole``."""
        return Pair(np.arange(self.b.size), self.b, self.a, self.slack, whole=True)

    def between(self, start: int, stop: int | None) -> Pair:
        """Only the steps from ``start`` to before ``stop``, counted from ``start``."""
        stop = max(self.b.size, int(self.at[-1]) + 1) if stop is None else stop
        first, last = np.searchsorted(self.at, [start, stop])
        return Pair(
            self.at[first:last] - start,
            self.a[first:last],
            self.b[start:stop],
            self.slack,
            self.whole,
        )


def pair_of(a: FloatArray, b: FloatArray, at: IntArray | None, tolerance: float) -> Pair:
    """``a`` and ``b`` on one scale; ``at`` are the steps of ``a``, all from 0 when None."""
    one, other = finite(a), finite(b)
    peak = max(largest_magnitude(one), largest_magnitude(other)) or 1.0
    steps = np.arange(one.size) if at is None else np.asarray(at, dtype=np.int64)
    return Pair(steps, one / peak, other / peak, max(tolerance, _FLOOR), whole=at is None)


def finite(values: FloatArray) -> FloatArray:
    """``values`` with NaN for whatever is not finite."""
    values = np.asarray(values, dtype=np.float64)
    return values if np.isfinite(values).all() else np.where(np.isfinite(values), values, np.nan)


def largest_magnitude(values: FloatArray) -> float:
    """The largest magnitude; 0 where nothing is finite."""
    return float(
        np.abs(values, where=np.isfinite(values), out=np.zeros(values.size)).max(initial=0)
    )


@np.errstate(over="ignore")
def abs_difference(one: FloatArray, other: FloatArray) -> FloatArray:
    """How far two curves are apart at each step: 0 where both are NaN, infinite where one is."""
    lost, gone = np.isnan(one), np.isnan(other)
    return np.asarray(np.where(lost | gone, np.where(lost & gone, 0, np.inf), np.abs(one - other)))


def within_tolerance(one: FloatArray, other: FloatArray, slack: float | FloatArray) -> bool:
    """Whether two curves are nowhere further apart than ``slack``."""
    return bool((abs_difference(one, other) <= slack).all())


def change_steps(values: FloatArray, slack: float) -> IntArray:
    """The steps at which the value differs from the one before it."""
    return np.flatnonzero(abs_difference(values[1:], values[:-1]) > slack) + 1


def count_changes(values: FloatArray, slack: float) -> int:
    """How many times the value changes."""
    return int(np.count_nonzero(abs_difference(values[1:], values[:-1]) > slack))


def varies(values: FloatArray, slack: float) -> bool:
    """Whether the curve is more than a constant, however slowly it changes."""
    known = values[~np.isnan(values)]
    return 0 < known.size < values.size or float(np.ptp(known) if known.size else 0) > slack


def step_width(values: FloatArray, slack: float) -> int:
    """The number of steps of which the start of every stair is a multiple; 0: a constant."""
    return int(np.gcd.reduce(change_steps(values, slack * 1e-3), initial=0))


def factor_of(a: FloatArray, b: FloatArray) -> float | None:
    """The least-squares factor from ``a`` to ``b``; None where it is no positive number."""
    known = ~(np.isnan(a) | np.isnan(b))
    below = float(np.dot(a[known], a[known]))
    above = float(np.dot(a[known], b[known]))
    if not below or not above > 0:
        return None
    factor = above / below
    return factor if np.isfinite(factor) and np.isfinite(1 / factor) else None
