"""The rounding of logged values: the numbers that may be written as a few digits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lrplan.arrays import FloatArray

_REPR_DIGITS = 12
"""Values of this many significant digits are not rounded for a reader: they are a float in full."""
_LEAST_DIGITS = 2
_HALF = 0.5
_SLACK = 1 + 1e-9
"""For values that lie on the edge between two roundings."""


@dataclass(frozen=True, slots=True)
class Precision:
    """The rounding of a column.

    ``float64``: none. ``float32``: stored in 32 bits. ``digits``: ``count`` significant digits.
    ``decimals``: ``count`` digits after the point.
    """

    kind: Literal["float64", "float32", "digits", "decimals"]
    count: int = 0

    def tolerance(self, values: FloatArray) -> FloatArray:
        """The largest distance, for each of ``values``, to what it may have been rounded from.

        Args:
            values: as read, shape ``(n,)``.

        Returns:
            Shape ``(n,)``, in the unit of the values.
        """
        size = np.abs(values)
        if self.kind == "decimals":
            return np.full(values.shape, _HALF * 10.0**-self.count * _SLACK)
        if self.kind == "digits":
            # 0.00123 with 3 digits: the last one counts 1e-5, and half of that may be missing.
            with np.errstate(divide="ignore"):
                exponent = np.floor(np.log10(size, where=size > 0, out=np.zeros_like(size)))
            half = _HALF * 10.0 ** (exponent - self.count + 1)
            return np.where(size > 0, half, 0.0) * _SLACK
        # Float64 values are compared to the last few bits: two frameworks that compute one formula
        # may differ in the order of their operations.
        return size * (2.0**-24 * _SLACK if self.kind == "float32" else 1e-12)


FLOAT64 = Precision("float64")
FLOAT32 = Precision("float32")


def precision_of_texts(texts: Iterable[str]) -> Precision:
    """The rounding of a column of numbers, by how they are written.

    Examples: ``0.1, 0.09938441702975689`` is float64. ``1.0000e-03, 9.5123e-04`` has 5 digits.
    ``0.00100, 0.00095`` has 5 decimals, and so have ``0.09938, 0.01255, 0.00955, 5e-05``. Trailing
    zeros may have been cut (``0.01`` among ``0.00951``), so what the longest number has counts for
    all.
    """
    digits: list[int] = []
    decimals: list[int] = []
    lengths: set[int] = set()
    exact32, with_exponent, is_padded, is_fixed = True, False, False, False
    for text in texts:
        mantissa, _, exponent = text.lower().partition("e")
        whole, _, fraction = mantissa.strip().lstrip("+-").partition(".")
        digits.append(len((whole + fraction).lstrip("0")))
        decimals.append(len(fraction) - int(exponent or 0))
        lengths.add(len(fraction))
        with_exponent |= bool(exponent)
        is_padded |= fraction.endswith("0") and len(fraction) > 1
        is_fixed |= not whole.strip("0") and fraction.startswith("0000")
        if digits[-1] >= _REPR_DIGITS:
            value = float(text)
            with np.errstate(over="ignore"):  # 1e300 is not a float32
                exact32 &= float(np.float32(value)) == value
    most_digits, most_decimals = max(digits, default=1), max(decimals, default=0)
    if most_digits >= _REPR_DIGITS:
        return FLOAT32 if exact32 else FLOAT64
    # `0.1, 0.1, 0.5` is what a program writes that cuts zeros: a column rounded to decimals has
    # zeros at an end, or more digits. No program rounds rates to one digit.
    has_one_length = len(lengths) == 1 and not with_exponent and (is_padded or most_digits > 2)
    # A zero is cut from one number in ten: most numbers are as long as the rounding lets them be.
    is_shorter = decimals.count(most_decimals) > digits.count(most_digits)
    # Shortest numbers below 0.0001 have an exponent: 0.000008 is written with that many decimals.
    is_fixed &= not with_exponent
    if most_decimals > 0 and (has_one_length or is_shorter or is_fixed):
        return Precision("decimals", most_decimals)
    return Precision("digits", max(most_digits, _LEAST_DIGITS))
