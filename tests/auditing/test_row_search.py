"""Rows of a long log that disagree are found as a plain loop would find them."""

import numpy as np
import pytest

from lrplan.auditing import skipped_updates
from lrplan.auditing.logged_points import LoggedPoints, PlannedCurves, ticks_agreeing_with_row
from lrplan.auditing.row_search import first_disagreement, informative_rows


def _points(values):
    values = np.asarray(values, dtype=np.float64)[:, None]
    return LoggedPoints(np.arange(len(values)), values, np.zeros_like(values))


def _by_hand(points, curves, ticks, start, delay):
    for row in range(start, len(ticks)):
        if points.values[row, 0] != curves[max(ticks[row] - delay, 0), 0]:
            return row
    return len(ticks)


@pytest.mark.parametrize("wrong", [None, 0, 63, 64, 65, 191, 192, 500, 999])
@pytest.mark.parametrize(("start", "delay"), [(0, 0), (65, 0), (3, 3)])
def test_the_first_row_that_disagrees(wrong, start, delay):
    curves = np.linspace(1, 0, 1_000)[:, None]
    ticks = np.arange(1_000)
    values = curves[np.maximum(ticks - delay, 0), 0].copy()
    if wrong is not None:
        values[wrong] = 7
    points = _points(values)
    found = first_disagreement(points, curves, ticks, start=start, delay=delay)
    assert found == _by_hand(points, curves, ticks, start, delay)


def test_rows_that_tell_lie_on_both_sides_of_a_change():
    rows = informative_rows(_points([1.0] * 5_000 + [0.1] * 5_000 + [0.01] * 5_000), 100).tolist()
    assert {4_999, 5_000, 9_999, 10_000} <= set(rows)
    assert min(rows) == 100
    assert len(rows) < 200


def test_a_log_of_one_row_has_one_row_that_tells():
    assert informative_rows(_points([1.0, 1.0]), 1).tolist() == [1]


def test_only_rows_that_disagree_are_looked_at_alone(monkeypatch):
    # Two updates of 20,000 were lost: a search row by row would take minutes for a million.
    looked_at = []

    def counted(points, curves, row, ticks):
        looked_at.append(row)
        return ticks_agreeing_with_row(points, curves, row, ticks)

    monkeypatch.setattr(skipped_updates, "ticks_agreeing_with_row", counted)
    updates = np.arange(20_000)
    values = (0.1 * 0.9999**updates)[:, None]
    late = values[updates - (updates > 700) - (updates > 9_000)]
    found = skipped_updates.fit_schedule_behind(
        LoggedPoints(updates, late, late * 1e-12), PlannedCurves(values, 20_000)
    )
    assert found.losses == ((701, 1), (9_001, 1))
    assert looked_at == [701, 9_001]
