"""Numbers as tables show them; exports write full precision instead."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

DIGITS = 6
"""Significant digits of a value; more if two different values of a column would look the same."""
_MOST_DIGITS = 10


def format_value(value: float, digits: int = DIGITS) -> str:
    """``value`` in at most ``digits`` significant digits: ``0``, ``0.001``, ``1e-05``, ``nan``."""
    return format(value + 0.0, f".{digits}g")


def format_values(values: Sequence[float]) -> list[str]:
    """A column of values; those that would look alike though they differ get more digits.

    They get up to 10: what differs by less is rounding, and looks alike.
    """
    texts = {value: format_value(value) for value in values}
    for digits in range(DIGITS + 2, _MOST_DIGITS + 1, 2):
        shared = Counter(texts.values())
        # Example: 0.1 and 0.10000001 both read 0.1 in 6 digits; 8 digits show the difference.
        ambiguous = [value for value, text in texts.items() if shared[text] > 1]
        more = {value: format_value(value, digits) for value in ambiguous}
        if len(set(more.values())) > len({texts[value] for value in ambiguous}):
            texts |= more
    return [texts[value] for value in values]


def align(texts: Sequence[str]) -> list[str]:
    """``texts`` padded on the left so that their decimal points are aligned."""
    widest = max((_whole(text) for text in texts), default=0)
    # `10.5` and `9.25` have 2 and 1 digits before the point, so that the second one gets a space.
    # Text without such digits, `nan`, counts as the widest and stays where it is.
    return [" " * (widest - (_whole(text) or widest)) + text for text in texts]


def _whole(text: str) -> int:
    """The width of the whole part of a number; 0 for text that is not one, such as ``nan``."""
    whole = text.partition(".")[0].partition("e")[0]
    return len(whole) if whole[-1:].isdigit() else 0


def format_share(share: float | None) -> str:
    """A ratio as a percentage in three digits: ``49.5%``; ``-`` where it is undefined."""
    if share is None or not math.isfinite(share):
        return "-"
    return f"{format_value(100 * share, 3)}%"


def format_ratio(ratio: float | None) -> str:
    """A factor in three digits: ``x0.1``, ``x4050``; ``-`` where it is undefined."""
    if ratio is None or not math.isfinite(ratio):
        return "-"
    text = format_value(ratio, 3)
    return f"x{float(text):.0f}" if 1e3 <= abs(ratio) < 1e7 else f"x{text}"
