"""The rows of a log beside the curves of a plan, as arrays that can be compared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lrplan.arrays import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class LoggedPoints:
    """The logged values of some groups. A row is an update, a column a parameter group."""

    updates: IntArray
    """The update of each row, from 0, ascending, shape ``(rows,)``."""
    values: FloatArray
    """Shape ``(rows, groups)``; NaN where the log has no value."""
    tolerance: FloatArray
    """The rounding of each value, of the same shape."""
    every_epoch: bool = False
    """True if the rows are the last updates of epochs that follow one another."""


@dataclass(frozen=True, slots=True, eq=False)
class PlannedCurves:
    """The curves that the plan gives to the same groups.

    ``simulate_longer`` computes them for a run of more updates; the lengths in the plan stay the
    same.
    """

    values: FloatArray
    """By update, shape ``(updates, groups)``; the last row is that of the update after the run."""
    steps: int
    """Updates of the planned run."""
    steps_per_epoch: int | None = None
    accumulate: int = 1
    world_size: int = 1
    simulate_longer: Callable[[int], FloatArray] | None = None
    by_tick: FloatArray | None = None
    """By tick of the only scheduler, if it ticks less often than once an update."""

    def values_up_to(self, ticks: int) -> FloatArray:
        """The values of at least so many ticks, as far as they can be computed."""
        if ticks <= len(self.values) or self.simulate_longer is None:
            return self.values
        return self.simulate_longer(ticks)


def values_at(curves: FloatArray, ticks: IntArray) -> FloatArray:
    """The curves at ``ticks``; NaN before their start and after their end."""
    inside = (ticks >= 0) & (ticks < len(curves))
    values = np.full((len(ticks), curves.shape[1]), np.nan)
    values[inside] = curves[ticks[inside]]
    return values


def rows_agree(points: LoggedPoints, expected: FloatArray) -> BoolArray:
    """Say of each row whether all its values are the expected ones, to the log's digits.

    A value that the log does not have agrees with anything; an expected NaN with nothing.
    """
    return values_agree(points.values, points.tolerance, expected)


def values_agree(values: FloatArray, tolerance: FloatArray, expected: FloatArray) -> BoolArray:
    """Say of any values what ``rows_agree`` says; one row is compared with every expected one."""
    # The plan is computed in float64: its own rounding counts too, besides that of the log. A log
    # writes `0.0333`, and the plan has 0.1 / 3: they agree, because 0.0333 may stand for anything
    # within half of its last digit. Without the digits of the log, no tolerance would be right for
    # both a CSV of four digits and a tensor in float64. NaN is close to nothing, so that it needs
    # no care here, where most of the time goes.
    close = np.abs(values - expected) <= tolerance + 4e-15 * np.abs(expected)
    agreed: BoolArray = np.all(close | np.isnan(values), axis=1)
    return agreed


def slack_of(tolerance: FloatArray, values: FloatArray, expected: FloatArray) -> FloatArray:
    """The distance that a value may have from an expected one; 0 only where both are 0."""
    least = 1e-15 * (np.abs(np.nan_to_num(values)) + np.abs(np.nan_to_num(expected)))
    return np.asarray(_slack(tolerance, expected) + least + 1e-300)


def ticks_agreeing_with_row(
    points: LoggedPoints, curves: FloatArray, row: int, ticks: IntArray
) -> BoolArray:
    """Say of each of ``ticks`` whether its values are those of a row."""
    return values_agree(points.values[row], points.tolerance[row], values_at(curves, ticks))


def _slack(tolerance: FloatArray, expected: FloatArray) -> FloatArray:
    return np.asarray(tolerance + 4e-15 * np.abs(np.nan_to_num(expected)))


def stays_the_same(points: LoggedPoints, first: int) -> bool:
    """Return True if the logged rates are constant from the row before ``first`` on.

    Such rows do not prove a restart: a schedule that lacks a drop gives them too.
    """
    rows = slice(max(first - 1, 0), None)
    moved = np.abs(points.values[rows] - points.values[rows][0])
    return bool((np.nan_to_num(moved) <= 2 * np.nan_to_num(points.tolerance[rows])).all())


def may_be_one_digit(points: LoggedPoints, expected: FloatArray, least_off: int) -> bool:
    """Return True if the rows may be the expected ones, rounded to the only digit that they have.

    `0.0002` and `0.0001` are two rates of a stair, or what four decimals leave of 0.00017 and
    0.00014: nothing can be said of such rows.

    Args:
        points: the rows.
        expected: the value of each row and group.
        least_off: the number of other rows that a cause needs.
    """
    values = np.abs(np.nan_to_num(points.values))
    least = np.min(values, axis=0, where=values > 0, initial=np.inf)
    with np.errstate(divide="ignore", invalid="ignore"):
        unit = 10.0 ** np.floor(np.log10(least) + 1e-9)
        counts = values / unit
    whole = np.abs(counts - np.round(counts)) <= 1e-6 * np.maximum(counts, 1)
    near = np.abs(points.values - expected) <= unit * (0.5 + 1e-6)
    few = np.isfinite(unit) & (counts.max(axis=0) < 10)
    off = ~(near | np.isnan(points.values)).all(axis=1)
    return bool(few.all() and whole.all() and np.count_nonzero(off) < least_off)
