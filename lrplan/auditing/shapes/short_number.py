"""The number with the fewest digits in an interval: the one that a person would write."""

from __future__ import annotations

import math

_MOST_DIGITS = 17


def shortest(low: float, high: float) -> float:
    """The number from ``low`` to ``high`` that has the fewest significant digits; 0 has none."""
    if low <= 0 <= high:
        return 0.0
    exponent = math.floor(math.log10(max(abs(low), abs(high))))
    middle = (low + high) / 2
    for digits in range(1, _MOST_DIGITS):
        scale = exponent - digits + 1
        rounded = float(f"{round(middle / 10.0**scale)}e{scale}")
        for short in (rounded, float(f"{math.ceil(low / 10.0**scale)}e{scale}")):
            if low <= short <= high:
                return short
    return middle


def digits_of(number: float) -> int:
    """The significant digits by which a number is written; 0 for 0."""
    if number == 0:
        return 0
    mantissa = f"{abs(number):.16e}".partition("e")[0]
    short = repr(abs(float(number))).lower().partition("e")[0]
    text = short if "." in short or len(short) < len(mantissa) else mantissa
    return max(len(text.replace(".", "").strip("0")), 1)
