"""Rates that are a multiple of the planned ones, one factor for each parameter group."""

from __future__ import annotations

import numpy as np

from lrplan.arrays import FloatArray
from lrplan.auditing.evidence import bits_of_change
from lrplan.auditing.fit import Fit, Name
from lrplan.auditing.points import PlannedCurves, Points, planned, slack_of
from lrplan.auditing.shapes.short_number import shortest

_LEAST_ROWS = 3
"""Rows of a group that have to be the same multiple of the planned ones."""


def scaled(points: Points, plan: PlannedCurves, offset: int = 0) -> Fit | None:
    """The rates are multiples of the planned ones, one factor for each group."""
    expected = planned(plan.values, np.maximum(points.updates + offset, 0))
    factors = []
    for group in range(points.values.shape[1]):
        factor = _factor(points, expected, group)
        if factor is None:
            return None
        factors.append(factor)
    different = [group for group, factor in enumerate(factors) if factor != 1]
    if not different or not all(_is_told(points, expected, group) for group in different):
        return None
    one = len(set(factors)) == 1
    bits = 2 + sum(bits_of_change(1, factor) for factor in {factors[group] for group in different})
    bits += 0 if one else len(factors)
    name: Name = "peak-scaled" if one else "group-scaled"
    return Fit(name, expected, bits, 0, offset=offset, factors=tuple(factors))


def _is_told(points: Points, expected: FloatArray, group: int) -> bool:
    """Return True if the rows tell the factor of a group from 1.

    Any one value is some multiple of the planned one, and two rounded ones often are. Where most
    rows are the planned ones to their digits, the others are noise, and no factor.
    """
    values, plan = points.values[:, group], expected[:, group]
    counted = ~np.isnan(values) & (plan != 0)
    apart = np.abs(values - plan) > slack_of(points.tolerance[:, group], values, plan)
    return bool(counted.sum() >= _LEAST_ROWS and (apart & counted).sum() * 2 > counted.sum())


def _factor(points: Points, expected: FloatArray, group: int) -> float | None:
    """The factor of a group that all its rows allow, with as few digits as they allow; or None."""
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
        return 1.0
    edges = np.stack([values - tolerance, values + tolerance])[:, moving] / plan[moving]
    # A logged 0.0500 beside a planned 0.1 may be any factor from 0.4995 to 0.5005; each row gives
    # such an interval, and the factor lies in all of them or there is none. Of the factors left,
    # the one of the fewest digits is told: 0.5, and not 0.50013.
    low, high = float(edges.min(axis=0).max()), float(edges.max(axis=0).min())
    # The plan is rounded too.
    low, high = low - 4e-15 * abs(low), high + 4e-15 * abs(high)
    if not low <= high:
        return None
    return 1.0 if low <= 1 <= high else shortest(low, high)
