"""A curve in a lock of format 1: values at some steps, means between them, and one digest."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256

import numpy as np

from lrplan.arrays import BoolArray, FloatArray, IntArray
from lrplan.comparison import abs_difference, finite, largest_magnitude
from lrplan.lock.deviation import LockDeviation

_DIGEST_DIGITS = 9
"""Decimal digits of a digest, counted from the first one of the peak."""
RESOLUTION = 1e-9
"""Curves with the same digest differ by less than this share of their peak."""
_HEX = 16
_NOT_FINITE = np.iinfo(np.int64).min


@dataclass(frozen=True, slots=True, eq=False)
class SampledCurve:
    """A curve known at some steps; the digest is of all of them."""

    digest: str
    steps: IntArray
    """The steps (from 0, ascending) whose values are in the file; the last of the run is one."""
    values: FloatArray
    means: FloatArray
    """The mean of all values from each of ``steps`` to before the next one."""
    is_constant: bool = False
    """True if the file has one number for all steps."""

    def times(self, factor: float) -> SampledCurve:
        """The curve ``factor`` times as high, but for its digest."""
        return replace(self, digest="", values=factor * self.values, means=factor * self.means)

    def decides(self, now: FloatArray, tolerance: float) -> bool:
        """Return True if ``now`` is known to be this curve at every step."""
        is_constant = bool((np.append(self.values, self.means) == self.values[0]).all())
        if is_constant:
            return bool((abs_difference(now, self.values[:1]) <= tolerance * abs(now[0])).all())
        return tolerance >= RESOLUTION and curve_digest(now) == self.digest

    def deviation(self, now: FloatArray, steps: int, tolerance: float) -> LockDeviation | None:
        """The deviation of ``now`` from this curve of ``steps`` steps, as far as samples show it.

        Of steps 0, 100 and 200 there are the values and the means of 0..99 and 100..199. A bump
        between 100 and 200 that leaves both values alone moves the mean, unless it is too small.
        """
        if self.decides(now, tolerance):
            return None
        peak = max(largest_magnitude(now), largest_magnitude(self.values))
        # A run that is shorter now is compared as far as it goes.
        at = self.steps[self.steps < now.size]
        distance = abs_difference(finite(now[at]), finite(self.values[: at.size]))
        mean_distance = np.zeros(at.size)
        if now.size == steps:
            mean_distance = abs_difference(means_between(now, at), finite(self.means))
        differs = (distance > tolerance * peak) | (mean_distance > tolerance * peak)
        if not differs.any():
            return None
        known = bool((distance > tolerance * peak).any())
        measured = distance if known else mean_distance
        worst = int(measured.argmax())
        first, span = self._first(differs, distance > tolerance * peak, now.size)
        return LockDeviation(
            first=first,
            span=span,
            step=int(at[worst]),
            largest=float(measured[worst]),
            peak=peak,
            is_mean=not known,
        )

    def changed_steps(self, now: FloatArray) -> list[tuple[int, int]] | None:
        """No steps if the digest is that of ``now``; None if it is not, which may be rounding."""
        return [] if self.digest and curve_digest(now) == self.digest else None

    def changed_from(self, other: object, _steps: int) -> list[tuple[int, int]] | None:
        """No steps if both digests are the same; None if not, which may be rounding."""
        same = isinstance(other, SampledCurve) and bool(self.digest) and self.digest == other.digest
        return [] if same else None

    def relation(self, _now: FloatArray, _steps: int, _facts: Mapping[int, str]) -> str:
        """No relation: it would be read from few steps, and stated of all."""
        return ""

    def _first(self, differs: BoolArray, value_differs: BoolArray, size: int) -> tuple[int, int]:
        """The first step that may differ, and how many the first that does is among."""
        ends = np.append(self.steps[1:], size)
        index = int(np.argmax(differs))
        begin, end = int(self.steps[index]), int(ends[index])
        if not value_differs[index]:
            # The value of this step is the same, the mean up to the next one is not.
            return min(begin + 1, end - 1), max(end - begin - 1, 1)
        before = int(self.steps[index - 1]) if index else -1
        return before + 1, begin - before


def means_between(values: FloatArray, steps: IntArray) -> FloatArray:
    """The mean of ``values`` from each of ``steps`` to before the next; the last to the end."""
    if not steps.size:
        return np.zeros(0)
    # Steps 0, 4, 6 of 10 values: counts 4, 2, 4, and reduceat sums values 0..3, 4..5 and 6..9.
    counts = np.diff(np.append(steps, values.size))
    # Divided first: the sum of huge values would overflow.
    return np.asarray(np.add.reduceat(values / np.repeat(counts, counts), steps))


def curve_digest(values: FloatArray) -> str:
    """A digest of all values, rounded to the ninth digit of the peak.

    A curve with a peak of 3e-4 is counted in units of 1e-13. Its values are then integers, and the
    last bits of another platform do not change them, but for values at the edge of a unit.
    """
    top = largest_magnitude(values)
    exponent = math.floor(math.log10(top)) if top > 0 else 0
    # 3e-4 has the exponent -4, and 9 digits below it are units of 1e-13. The bound keeps the unit
    # above 0 for the smallest peaks. "<i8" below: the same bytes on every platform.
    unit = 10.0 ** max(exponent - _DIGEST_DIGITS, -300)
    is_finite = np.isfinite(values)
    units = np.rint(np.where(is_finite, values, 0.0) / unit).astype(np.int64)
    return sha256(np.where(is_finite, units, _NOT_FINITE).astype("<i8").tobytes()).hexdigest()[
        :_HEX
    ]
