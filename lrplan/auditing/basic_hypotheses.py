"""The basic hypotheses: as planned, shifted by one step, constant, or restarted.

A hypothesis is a map from updates to ticks of the schedule. It is accepted if it gives every logged
value to the log's digits, and not otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import log2

import numpy as np

from lrplan.auditing.description_length import bits_of_count, bits_of_number
from lrplan.auditing.hypothesis_fit import HypothesisFit, Name
from lrplan.auditing.logged_points import (
    LoggedPoints,
    PlannedCurves,
    rows_agree,
    stays_the_same,
    ticks_agreeing_with_row,
    values_agree,
    values_at,
)
from lrplan.auditing.row_search import first_disagreement, informative_rows
from lrplan.auditing.shapes.short_number import shortest

_MOST_STARTS = 2_000
"""Restarts that are tried if a rounded log leaves many possible."""
_LEAST_ROWS = 2
"""Rows after a restart that have to agree: one alone may do so by chance."""
_LEAST_EPOCHS = 3
"""Rows that have to be an epoch off."""
_OFFSET = 2.0
"""Bits of a log that is one step late, or early."""


def fit_shifted(points: LoggedPoints, plan: PlannedCurves, offset: int = 0) -> HypothesisFit | None:
    """Every row has the value of its update, ``offset`` ticks away."""
    # A writer that is one step late has nothing better to write in its first row than the start.
    expected = values_at(plan.values, np.maximum(points.updates + offset, 0))
    name: Name = "as-planned"
    if offset:
        name = "logged-one-step-late" if offset < 0 else "logged-one-step-early"
    bits = _OFFSET if offset else 0.0
    return (
        HypothesisFit(name, expected, bits, offset=offset)
        if rows_agree(points, expected).all()
        else None
    )


def fit_epoch_late(points: LoggedPoints, plan: PlannedCurves) -> HypothesisFit | None:
    """From some row on, each row has the planned rate of the row before it, an epoch earlier.

    The same happens if the release in use sets the rate an epoch later than the planned one.
    """
    rows = np.arange(len(points.updates))
    good = rows_agree(points, values_at(plan.values, points.updates))
    first = int(np.argmin(good))
    if not points.every_epoch or rows.size - first < _LEAST_EPOCHS or stays_the_same(points, first):
        return None
    before = np.append(0, points.updates[:-1])
    expected = values_at(plan.values, np.where(rows < first, points.updates, before))
    if not rows_agree(points, expected).all():
        return None
    since = f"from update {points.updates[first]:,} on " if first else ""
    bits = _OFFSET + (bits_of_count(rows.size) if first else 0)
    message = f"{since}the log has each rate one epoch late"
    step = int(points.updates[first])
    return HypothesisFit("logged-one-step-late", expected, bits, step, message=message)


def fit_constant(points: LoggedPoints, plan: PlannedCurves) -> HypothesisFit | None:
    """The rate never changes, but the planned one does."""
    if len(points.updates) < 2:
        return None
    # One value that all rows of a group may be rounded from.
    low = np.nanmax(points.values - points.tolerance, axis=0)
    high = np.nanmin(points.values + points.tolerance, axis=0)
    moves = np.nanmax(plan.values, axis=0) > np.nanmin(plan.values, axis=0)
    if not (low <= high).all() or not moves.any():
        return None
    known = rows_agree(points, np.broadcast_to(plan.values[0], points.values.shape)).all()
    values = np.array([shortest(*each) for each in zip(low, high, strict=True)])
    bits = _OFFSET if known else sum(bits_of_number(float(value)) for value in values)
    return HypothesisFit("constant", np.broadcast_to(values, points.values.shape), bits, step=0)


def fit_restart(points: LoggedPoints, plan: PlannedCurves, offset: int = 0) -> HypothesisFit | None:
    """From some update on the schedule goes on from an earlier tick, for instance from 0.

    Between two rows of the log the update is not known; it is taken to be the one at which the
    schedule would begin again, if that lies between them.
    """
    # By example, a resume without the scheduler's state at update 500: rows up to 499 agree with
    # the plan, and from there on row 500 + n has the value of tick n. The first row that disagrees
    # names the ticks that its value may be of, and a tick that gives all later rows as well is the
    # answer.
    good = rows_agree(points, values_at(plan.values, points.updates + offset))
    if good.all():
        return None
    first = int(np.argmin(good))
    if len(good) - first < _LEAST_ROWS or stays_the_same(points, first):
        return None
    before = int(points.updates[first - 1]) if first else -1
    update = int(points.updates[first])
    bits = 1 + bits_of_count(len(points.updates))
    earlier = np.arange(0, update + offset)
    ticks = earlier[ticks_agreeing_with_row(points, plan.values, first, earlier)]
    wanted, telling = points.updates + offset, informative_rows(points, first)
    few = LoggedPoints(points.updates[telling], points.values[telling], points.tolerance[telling])
    for tick in ticks[:_MOST_STARTS].tolist():
        shift = update + offset - tick
        if not rows_agree(few, values_at(plan.values, wanted[telling] - shift)).all():
            continue
        if first_disagreement(points, plan.values, wanted, start=first, delay=shift) < len(wanted):
            continue
        later = values_at(plan.values, wanted - shift)
        expected = np.where(
            (np.arange(len(points.updates)) < first)[:, None],
            values_at(plan.values, points.updates + offset),
            later,
        )
        from_start = before < shift - offset <= update
        if from_start and shift - offset <= 1:
            return None  # the first update again: a skipped one, or a log that is late
        if from_start:
            return HypothesisFit("schedule-restarted", expected, bits, step=shift - offset, count=0)
        back = bits + 2 * log2(max(shift - offset, 1))
        return HypothesisFit("schedule-restarted", expected, back, step=update, count=tick)
    return None


def as_lost_updates(
    fit: HypothesisFit, points: LoggedPoints, plan: PlannedCurves
) -> Iterator[HypothesisFit]:
    """Yield lost updates that give the same rows as a restart from some ticks earlier.

    Lost updates delay a schedule, but never move it back: earlier rows beyond the tick from which
    it goes on must already have the rate of that tick.
    """
    if fit.name != "schedule-restarted" or fit.step is None:
        return
    row = int(np.searchsorted(points.updates, fit.step))
    lost = fit.step + fit.offset - fit.count
    tick = int(points.updates[row]) + fit.offset - lost
    ahead = np.flatnonzero(points.updates[:row] + fit.offset > tick)
    rate = values_at(plan.values, np.array([tick]))
    held_up = values_agree(points.values[ahead], points.tolerance[ahead], rate)
    if lost > 0 and held_up.all():
        place = int(points.updates[row])
        yield replace(fit, name="skipped-updates", step=place, count=lost, losses=((place, lost),))
