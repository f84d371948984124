"""Numbers as pictures label them: ``2e-4``, ``0.1``, ``150k``."""

from __future__ import annotations

import math
from collections.abc import Sequence


def value_label(value: float, digits: int = 6) -> str:
    """A learning rate or the like: plain from 0.01 to 9999, else a short ``1.5e-4``."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g}".replace("-0", "0")
    if 0.01 <= abs(value) < 10_000:
        return f"{value:.{digits}g}"
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"


def value_labels(ticks: Sequence[float]) -> list[str]:
    """Labels for the ticks of one axis, all plain or all with an exponent."""
    # One axis has one spelling: ticks 0.002, 0.004 ... 0.01 stay plain, 0.0005 among them makes
    # all of them 5e-4, 2e-3 and so on. 0.000999 and 0.00999 leave room for the rounding of ticks.
    sizes = [abs(tick) for tick in ticks if tick]
    if sizes and 0.00999 <= max(sizes) < 10_000 and min(sizes) >= 0.000999:
        return [f"{tick:.10g}" for tick in ticks]
    return [_exponent(tick) for tick in ticks]


def _exponent(tick: float) -> str:
    if tick == 0:
        return "0"
    mantissa, exponent = f"{tick:.9e}".split("e")
    digits = mantissa.rstrip("0").rstrip(".")
    # 1e-1, 1 and 1e1: nobody writes 1e0.
    return f"{digits}e{int(exponent)}" if int(exponent) else digits


def count_label(count: float, beside: Sequence[float] = ()) -> str:
    """A number of steps: ``2,500``, ``150k``, ``25,025``, ``1.25M``; no digit is lost.

    Args:
        count: the number.
        beside: others in the same picture; where one of them has to be written out, all are.
    """
    # Example: 150,000 is 150k; beside 25,025, which thousands cannot spell, it is 150,000 too.
    if any(abs(each) >= 10_000 and each % 1_000 for each in (count, *beside)):
        return f"{count:,.10g}"
    if abs(count) >= 1_000_000:
        return f"{count / 1_000_000:,.6g}M"
    if abs(count) >= 10_000:
        return f"{count / 1_000:.6g}k"
    return f"{count:,.6g}"


def count_labels(ticks: Sequence[float]) -> list[str]:
    """Labels for the ticks of one axis that counts: all in thousands where one has to be."""
    largest = max(ticks, default=0.0)
    if 10_000 <= largest < 1_000_000 and all(tick % 100 == 0 for tick in ticks):
        return [f"{tick / 1_000:g}k" if tick else "0" for tick in ticks]
    return [count_label(tick) for tick in ticks]
