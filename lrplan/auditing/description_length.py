"""Description lengths in bits, to decide whether a cause may fit the rows by chance.

A cause with many free numbers fits many logs by chance. So the bits that state the cause are
compared with the bits that state the rows without it: a row that is a thousand times its rounding
away from the plan counts log2(1000) = 10 bits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import log2

import numpy as np

from lrplan.auditing.hypothesis_fit import HypothesisFit
from lrplan.auditing.logged_points import (
    LoggedPoints,
    PlannedCurves,
    rows_agree,
    slack_of,
    ticks_agreeing_with_row,
    values_at,
)
from lrplan.auditing.shapes.short_number import digits_of

BITS_A_DIGIT = 3.32
_SIMPLE, _RATIO, _CLOSE = 16, 5.0, 1e-9
_SAMPLED = 24
"""Rows whose ticks are counted; the others are assumed to be like them."""
_LEAST = 8.0
"""Bits that a cause has to save: chance does so in one log of 256."""
_MARGIN = 12.0
"""A cause that needs this many bits more than the best one is not listed as an alternative."""


def bits_of_count(count: float) -> float:
    """The bits that name one of ``count`` possibilities."""
    return log2(max(count, 1) + 1)


def bits_of_number(number: float) -> float:
    """The bits of a number: those of its digits."""
    return BITS_A_DIGIT * (digits_of(number) + 1)


def bits_of_change(before: float, after: float) -> float:
    """The bits of a number in place of another: of its digits, or of a simple ratio of both."""
    bits = bits_of_number(after)
    if after == int(after):
        bits = min(bits, bits_of_count(after) + 1)
    ratio = max(before, after) / min(before, after) if before > 0 and after > 0 else 0.0
    is_simple = 0 < ratio <= _SIMPLE and abs(ratio - round(ratio)) < _CLOSE * ratio
    return min(bits, _RATIO) if is_simple else bits


def bits_against_plan(points: LoggedPoints, plan: PlannedCurves) -> float:
    """The bits that state how far the rows are from the plan."""
    expected = values_at(plan.values, points.updates)
    apart = np.abs(points.values - expected) / slack_of(points.tolerance, points.values, expected)
    return float(np.log2(1 + np.nan_to_num(apart, posinf=0.0)[apart > 1]).sum())


def bits_of_ticks(points: LoggedPoints, plan: PlannedCurves) -> float:
    """The bits by which the unplanned rows show their ticks.

    In a plan of 600 updates, a row on a smooth curve singles out one of 600, which is 9 bits. A row
    on a stair whose rate 150 updates have singles out one of 4, and more if the row before is near
    and has another rate. Rows that repeat others add nothing.
    """
    off = ~rows_agree(points, values_at(plan.values, points.updates))
    values = np.nan_to_num(points.values)
    continues = np.append(False, off[:-1])
    off[1:] &= ~continues[1:] | (values[1:] != values[:-1]).any(axis=1)
    rows = np.flatnonzero(off)
    if not rows.size:
        return 0.0
    sampled = rows[np.unique(np.linspace(0, rows.size - 1, _SAMPLED).astype(int))].tolist()
    counts = [_ticks_of(points, plan, row, with_last=bool(continues[row])) for row in sampled]
    return float(np.log2(len(plan.values) / np.maximum(counts, 1)).mean() * rows.size)


def _ticks_of(points: LoggedPoints, plan: PlannedCurves, row: int, *, with_last: bool) -> int:
    """The number of ticks that have the rate of a row, and before it that of the last one."""
    ticks = np.arange(len(plan.values))
    good = ticks_agreeing_with_row(points, plan.values, row, ticks)
    if with_last:
        gap = int(points.updates[row] - points.updates[row - 1])
        good &= ticks_agreeing_with_row(points, plan.values, row - 1, ticks - gap)
    return int(np.count_nonzero(good))


def beyond_chance(fits: Iterable[HypothesisFit], evidence: float) -> Sequence[HypothesisFit]:
    """The hypotheses that explain the rows equally; none if all may do so by chance.

    Args:
        fits: each gives every row.
        evidence: bits against the plan.
    """
    found = list(fits)
    least = min((fit.bits for fit in found), default=np.inf)
    if least + _LEAST > evidence:
        return []
    return [fit for fit in found if fit.bits <= least + _MARGIN]
