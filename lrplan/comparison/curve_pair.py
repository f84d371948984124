"""Two curves on a common scale, and numbers that describe them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from lrplan.arrays import BoolArray, FloatArray, IntArray
from lrplan.features import opening_rise

_FLOOR = 1e-12
"""Rounding inside a recursive scheduler; no tolerance is smaller when a relation is looked for."""


@dataclass(frozen=True)
class Pair:
    """Curve ``a``, known at every step, and curve ``b``, known at the steps ``at``.

    Both are divided by the larger of their peaks, or by that of the whole curves.
    """

    a: FloatArray
    at: IntArray
    b: FloatArray
    slack: float
    """Values nearer to each other than this are the same."""
    is_complete: bool
    """True if ``b`` is known at every step."""

    @cached_property
    def common(self) -> int:
        """The number of values of ``b`` at steps that ``a`` has too: the first ones."""
        return int(np.searchsorted(self.at, self.a.size))

    @cached_property
    def gap(self) -> FloatArray:
        """The absolute difference at each of the common steps."""
        return abs_difference(self.a[self.at[: self.common]], self.b[: self.common])

    @cached_property
    def b_peak(self) -> float:
        """The largest magnitude of ``b``."""
        return largest_magnitude(self.b)

    @cached_property
    def ramps(self) -> tuple[int, int]:
        """For each curve, the index of the value at which its first rise ends; 0 without one."""
        return _ramp(self.a), _ramp(self.b)

    @property
    def swap(self) -> Pair:
        """The same with both roles exchanged; needs ``is_complete``."""
        return Pair(self.b, np.arange(self.a.size), self.a, self.slack, is_complete=True)

    def chosen(self, index: IntArray) -> Pair:
        """The same with only some of the values of ``b``."""
        return replace(self, at=self.at[index], b=self.b[index], is_complete=False)


def pair_of(
    a: FloatArray, b: FloatArray, at: IntArray | None, tolerance: float, peak: float | None = None
) -> Pair:
    """``a`` and ``b`` on one scale; ``at`` are the steps of ``b``, all from 0 when None.

    The scale is ``peak``, or the larger of both peaks when None.
    """
    # On the scale of the larger peak the tolerance is a plain number, and a factor between both
    # curves stays what it is.
    one, other = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    peak = peak or max(largest_magnitude(one), largest_magnitude(other)) or 1.0
    steps = np.arange(other.size) if at is None else np.asarray(at, dtype=np.int64)
    return Pair(one / peak, steps, other / peak, max(tolerance, _FLOOR), is_complete=at is None)


def _ramp(values: FloatArray) -> int:
    rise = opening_rise(values)
    return 0 if rise is None or rise.kind == "unfinished" else rise.step


def finite(values: FloatArray) -> FloatArray:
    """``values`` with NaN for whatever is not finite."""
    values = np.asarray(values, dtype=np.float64)
    return values if np.isfinite(values).all() else np.where(np.isfinite(values), values, np.nan)


def largest_magnitude(values: FloatArray) -> float:
    """The largest magnitude; 0 if nothing is finite."""
    return float(
        np.abs(values, where=np.isfinite(values), out=np.zeros(values.size)).max(initial=0)
    )


@np.errstate(over="ignore", invalid="ignore")
def abs_difference(one: FloatArray, other: FloatArray) -> FloatArray:
    """The absolute difference at each step; infinite where only one is a finite number.

    Two NaN are the same, and so are two infinities of one sign.
    """
    gap = np.abs(one - other)
    odd = ~np.isfinite(gap)
    if odd.any():
        same = (one == other) | (np.isnan(one) & np.isnan(other))
        gap = np.where(odd, np.where(same, 0.0, np.inf), gap)
    return np.asarray(gap)


def changes_of(values: FloatArray, slack: float) -> BoolArray:
    """Mask of the steps, from step 1 on, whose value differs from the one before."""
    return np.asarray(abs_difference(values[1:], values[:-1]) > slack)


def step_width(values: FloatArray, slack: float, begin: int = 0) -> int:
    """The largest number of steps that divides the start of every stair; 0: a constant.

    Changes at steps 100, 300 and 400 have a width of 100: the curve may tick once per 100 steps.

    Args:
        values: a curve, known at every step.
        slack: values nearer to each other than this are the same.
        begin: changes up to this step do not count.
    """
    # Much finer than the tolerance of values: a curve that creeps by 1e-10 a step changes at every
    # step, although no two neighbors differ by more than 1e-9.
    steps = np.flatnonzero(changes_of(values, slack * 1e-3)) + 1
    return int(np.gcd.reduce(steps[steps > begin], initial=0))


def factor_of(a: FloatArray, b: FloatArray) -> float | None:
    """The least-squares factor from ``a`` to ``b``; None if it is not positive and finite.

    The factor with the least sum of (factor * a - b)**2 is sum(a * b) / sum(a * a).
    """
    usable = np.isfinite(a) & np.isfinite(b)
    squares = float(np.dot(a[usable], a[usable]))
    products = float(np.dot(a[usable], b[usable]))
    if not squares or not products > 0:
        return None
    factor = products / squares
    return factor if np.isfinite(factor) and np.isfinite(1 / factor) else None
