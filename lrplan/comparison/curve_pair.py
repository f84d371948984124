"""Two curves side by side on one scale, and numbers that describe them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from lrplan.arrays import FloatArray, IntArray


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
    is_complete: bool
    """True if ``a`` is known at every step."""

    @cached_property
    def unit(self) -> int:
        """The step width of both curves together (see ``step_width``); 0: no change."""
        own = step_width(self.b, self.slack)
        return int(np.gcd(own, step_width(self.a, self.slack))) if self.is_complete else own

    @cached_property
    def swapped(self) -> Pair:
        """The same with both roles exchanged; needs ``is_complete``."""
        return Pair(np.arange(self.b.size), self.b, self.a, self.slack, is_complete=True)

    def between(self, start: int, stop: int | None) -> Pair:
        """Only the steps from ``start`` to before ``stop``, counted from ``start``."""
        stop = max(self.b.size, int(self.at[-1]) + 1) if stop is None else stop
        # With at = [0, 50, 100], between(40, 90) has the second value, at step 10.
        first, last = np.searchsorted(self.at, [start, stop])
        return Pair(
            self.at[first:last] - start,
            self.a[first:last],
            self.b[start:stop],
            self.slack,
            self.is_complete,
        )


def pair_of(a: FloatArray, b: FloatArray, at: IntArray | None, tolerance: float) -> Pair:
    """``a`` and ``b`` on one scale; ``at`` are the steps of ``a``, all from 0 when None."""
    # On the scale of the larger peak the tolerance is a plain number, and a factor between both
    # curves stays what it is.
    one, other = finite(a), finite(b)
    peak = max(largest_magnitude(one), largest_magnitude(other)) or 1.0
    steps = np.arange(one.size) if at is None else np.asarray(at, dtype=np.int64)
    return Pair(steps, one / peak, other / peak, max(tolerance, _FLOOR), is_complete=at is None)


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
    """The absolute difference at each step: 0 where both are NaN, infinite where one is."""
    nan, other_nan = np.isnan(one), np.isnan(other)
    if_nan = np.where(nan & other_nan, 0, np.inf)
    return np.asarray(np.where(nan | other_nan, if_nan, np.abs(one - other)))


def within_tolerance(one: FloatArray, other: FloatArray, slack: float | FloatArray) -> bool:
    """Return True if two curves differ by at most ``slack`` at every step."""
    return bool((abs_difference(one, other) <= slack).all())


def change_steps(values: FloatArray, slack: float) -> IntArray:
    """The steps at which the value differs from the one before it."""
    return np.flatnonzero(abs_difference(values[1:], values[:-1]) > slack) + 1


def count_changes(values: FloatArray, slack: float) -> int:
    """The number of steps at which the value changes."""
    return int(np.count_nonzero(abs_difference(values[1:], values[:-1]) > slack))


def varies(values: FloatArray, slack: float) -> bool:
    """Return True if the curve is not constant, however slowly it changes."""
    finite = values[~np.isnan(values)]
    spread = float(np.ptp(finite)) if finite.size else 0.0
    return 0 < finite.size < values.size or spread > slack


def step_width(values: FloatArray, slack: float) -> int:
    """The largest number of steps that divides the start of every stair; 0: a constant.

    Changes at steps 100, 300 and 400 have a width of 100: the curve may tick once per 100 steps.
    """
    # Much finer than the tolerance of values: a curve that creeps by 1e-10 a step changes at every
    # step, although no two neighbors differ by more than 1e-9.
    return int(np.gcd.reduce(change_steps(values, slack * 1e-3), initial=0))


def factor_of(a: FloatArray, b: FloatArray) -> float | None:
    """The least-squares factor from ``a`` to ``b``; None where it is not positive and finite.

    The factor with the least sum of (factor * a - b)**2 is sum(a * b) / sum(a * a).
    """
    usable = ~(np.isnan(a) | np.isnan(b))
    squares = float(np.dot(a[usable], a[usable]))
    products = float(np.dot(a[usable], b[usable]))
    if not squares or not products > 0:
        return None
    factor = products / squares
    return factor if np.isfinite(factor) and np.isfinite(1 / factor) else None
