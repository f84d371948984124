"""Rates that are a multiple of the planned ones, one factor for each parameter group."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lrplan.arrays import FloatArray
from lrplan.auditing.description_length import bits_of_change
from lrplan.auditing.hypothesis_fit import HypothesisFit, Name
from lrplan.auditing.logged_points import LoggedPoints, PlannedCurves, slack_of, values_at
from lrplan.auditing.shapes.short_number import shortest

_LEAST_ROWS = 3
"""Rows of a group that have to be the same multiple of the planned ones."""


def fit_scaled(points: LoggedPoints, plan: PlannedCurves, offset: int = 0) -> HypothesisFit | None:
    """The rates are multiples of the planned ones, one factor for each group."""
    expected = values_at(plan.values, np.maximum(points.updates + offset, 0))
    ranges = _ranges(points, expected)
    # Rates that are rounded to 0 allow a factor of 0 and others: they determine none.
    if ranges is None or any(low <= 0 < high < 1 for low, high in ranges):
        return None
    return _fit(points, expected, [_shortest_factor(*each) for each in ranges])


def scaled_together(
    points: LoggedPoints, plan: PlannedCurves, offset: int = 0
) -> HypothesisFit | None:
    """All rates are one multiple of the planned ones, which rounding lets differ by group."""
    expected = values_at(plan.values, np.maximum(points.updates + offset, 0))
    ranges = _ranges(points, expected) or []
    low, high = (
        (max(each[0] for each in ranges), min(each[1] for each in ranges)) if ranges else (1, 0)
    )
    return (
        _fit(points, expected, [_shortest_factor(low, high)] * len(ranges)) if low <= high else None
    )


def _shortest_factor(low: float, high: float) -> float:
    """The factor of the fewest digits from ``low`` to ``high``: 0.5, and not 0.50013."""
    return 1.0 if low <= 1 <= high else shortest(low, high)


def _ranges(points: LoggedPoints, expected: FloatArray) -> list[tuple[float, float]] | None:
    """The factors that the rows of each group allow; None if a group has none."""
    found = [_range(points, expected, group) for group in range(points.values.shape[1])]
    ranges = [each for each in found if each is not None]
    return ranges if len(ranges) == len(found) else None


def _fit(
    points: LoggedPoints, expected: FloatArray, factors: Sequence[float]
) -> HypothesisFit | None:
    different = [group for group, factor in enumerate(factors) if factor != 1]
    if not different or not all(_is_determined(points, expected, group) for group in different):
        return None
    one = len(set(factors)) == 1
    bits = 2 + sum(bits_of_change(1, factor) for factor in {factors[group] for group in different})
    bits += 0 if one else len(factors)
    name: Name = "peak-scaled" if one else "group-scaled"
    return HypothesisFit(name, expected, bits, 0, factors=tuple(factors))


def _is_determined(points: LoggedPoints, expected: FloatArray, group: int) -> bool:
    """Return True if the rows show that the factor of a group is not 1.

    Any one value is some multiple of the planned one, and two rounded ones often are. If most rows
    are the planned ones to their digits, the others are noise, and no factor.
    """
    values, plan = points.values[:, group], expected[:, group]
    counted = ~np.isnan(values) & (plan != 0)
    apart = np.abs(values - plan) > slack_of(points.tolerance[:, group], values, plan)
    return bool(counted.sum() >= _LEAST_ROWS and (apart & counted).sum() * 2 > counted.sum())


def _range(points: LoggedPoints, expected: FloatArray, group: int) -> tuple[float, float] | None:
    """The factors of a group that all its rows allow; None if they allow none."""
    values, tolerance = points.values[:, group], points.tolerance[:, group]
    plan = expected[:, group]
    known = ~np.isnan(values)
    if np.isnan(plan[known]).any():
        return None
    still = known & (plan == 0)
    if (np.abs(values[still]) > tolerance[still]).any():
        return None
    moving = known & (plan != 0)
    if not moving.any():
        return 0.0, np.inf
    edges = np.stack([values - tolerance, values + tolerance])[:, moving] / plan[moving]
    # A logged 0.0500 beside a planned 0.1 may be any factor from 0.4995 to 0.5005; each row gives
    # such an interval, and the factor lies in all of them or there is none.
    low, high = float(edges.min(axis=0).max()), float(edges.max(axis=0).min())
    # The plan is rounded too.
    low, high = low - 4e-15 * abs(low), high + 4e-15 * abs(high)
    return (low, high) if low <= high else None
