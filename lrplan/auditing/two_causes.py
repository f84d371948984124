"""Two causes at once: rates of another peak, in a run that also lost updates or went back.

If no single cause gives every row, the rows before the second cause show the factor by themselves,
and the other rows have to show how the schedule moved.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from lrplan.arrays import FloatArray
from lrplan.auditing.basic_hypotheses import as_lost_updates, fit_restart
from lrplan.auditing.description_length import bits_of_change
from lrplan.auditing.hypothesis_fit import HypothesisFit
from lrplan.auditing.logged_points import LoggedPoints, PlannedCurves, values_at
from lrplan.auditing.shapes.short_number import digits_of, shortest
from lrplan.auditing.skipped_updates import fit_schedule_ahead, fit_schedule_behind

_LEAST_RATES = 6
"""Different rates that both parts of the log need: a factor and a few ticks follow any fewer."""
_MOST_DIGITS = 3
"""Digits of a factor that somebody chose."""
_BOTH = 10.0
"""Bits of two causes: one of a thousand runs has a second one."""


def scaled_and_moved(points: LoggedPoints, plan: PlannedCurves) -> Iterator[HypothesisFit]:
    """Yield each multiple of the planned rates, with what moved the schedule as second cause."""
    groups = points.values.shape[1]
    for factor in _factors(points, plan):
        bits = _BOTH + bits_of_change(1, factor)
        curves = _times(plan, factor)
        for hypothesis in (fit_schedule_behind, fit_schedule_ahead, fit_restart):
            moved = hypothesis(points, curves)
            if moved is None or moved.has_little_evidence or not _has_enough_rates(points, moved):
                continue
            for fit in (moved, *as_lost_updates(moved, points, curves)):
                yield HypothesisFit(
                    "peak-scaled",
                    fit.expected,
                    bits + fit.bits,
                    0,
                    factors=(factor,) * groups,
                    second_causes=(fit,),
                )


def merge_second_causes(fits: Sequence[HypothesisFit]) -> Sequence[HypothesisFit]:
    """The only possible factor, with every possible second cause; empty if none or several fit."""
    if len({fit.factors for fit in fits}) != 1:
        return []
    by_name: dict[str, HypothesisFit] = {}
    for fit in sorted(fits, key=lambda each: each.bits):
        by_name.setdefault(fit.second_causes[0].name, fit.second_causes[0])
    return [replace(fits[0], second_causes=tuple(by_name.values()))]


def _factors(points: LoggedPoints, plan: PlannedCurves) -> Sequence[float]:
    """The factors that the first rows allow, up to one that allows none of them.

    The first rows after a small move may still agree with another factor, so that fewer rows are
    tried too.
    """
    expected = values_at(plan.values, points.updates)
    with np.errstate(divide="ignore", invalid="ignore"):
        low = (points.values - points.tolerance) / expected
        high = (points.values + points.tolerance) / expected
    known = np.isfinite(low) & np.isfinite(high) & (expected > 0)
    least = np.maximum.accumulate(np.where(known, low, 0.0).max(axis=1))
    most = np.minimum.accumulate(np.where(known, high, np.inf).min(axis=1))
    rows = int(np.count_nonzero(least * (1 - 4e-15) <= most * (1 + 4e-15)))
    found = dict.fromkeys(
        shortest(float(least[count - 1]) * (1 - 4e-15), float(most[count - 1]) * (1 + 4e-15))
        for count in (rows, 2 * rows // 3, rows // 3)
        if count >= _LEAST_RATES and least[count - 1] > 0
    )
    return [each for each in found if each != 1 and digits_of(each) <= _MOST_DIGITS]


def _times(plan: PlannedCurves, factor: float) -> PlannedCurves:
    def longer(ticks: int) -> FloatArray:
        return factor * plan.values_up_to(ticks)

    by_tick = None if plan.by_tick is None else factor * plan.by_tick
    return replace(plan, values=factor * plan.values, simulate_longer=longer, by_tick=by_tick)


def _has_enough_rates(points: LoggedPoints, moved: HypothesisFit) -> bool:
    """Return True if the rows before the move, and those after it, have enough different rates."""
    first = int(np.searchsorted(points.updates, moved.step or 0))
    parts = (points.values[:first, 0], points.values[first:, 0])
    return all(np.unique(part[~np.isnan(part)]).size >= _LEAST_RATES for part in parts)
