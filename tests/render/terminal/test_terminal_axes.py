"""Ticks and columns of charts in the terminal."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrplan.render.terminal.columns import column_ranges
from lrplan.render.terminal.scale import Scale
from lrplan.render.terminal.ticks import linear_ticks, log_ticks
from lrplan.render.view.y_range import YRange


@pytest.mark.parametrize(
    ("low", "high", "most", "whole", "wanted"),
    [
        (0, 0.1, 5, False, [0, 0.025, 0.05, 0.075, 0.1]),
        (-0.004, 0.1, 4, False, [0, 0.05, 0.1]),
        (0.84, 0.96, 3, False, [0.85, 0.9, 0.95]),
        (0, 3910, 4, True, [0, 1000, 2000, 3000]),
        (0, 5, 3, True, [0, 2, 4]),
        (0, 5, 9, True, [0, 1, 2, 3, 4, 5]),
        (0, 1, 6, True, [0, 1]),
        (2, 3, 1, False, [2]),
    ],
)
def test_ticks_are_round(low, high, most, whole, wanted):
    assert linear_ticks(low, high, most, whole=whole) == pytest.approx(wanted, abs=1e-12)


@given(
    st.floats(-1e6, 1e6),
    st.floats(1e-6, 1e6),
    st.integers(1, 20),
    st.booleans(),
)
def test_ticks_are_within_and_not_too_many(low, span, most, whole):
    ticks = linear_ticks(low, low + span, most, whole=whole)
    assert len(ticks) <= most
    assert all(low - 1e-6 * span <= tick <= low + span * (1 + 1e-6) for tick in ticks)
    if len(ticks) > 2:
        assert np.allclose(np.diff(ticks), ticks[1] - ticks[0])


@pytest.mark.parametrize(
    ("low", "high", "most", "wanted"),
    [
        (1e-5, 1e-2, 4, [1e-5, 1e-4, 1e-3, 1e-2]),
        (1e-8, 1e0, 4, [1e-6, 1e-3, 1e0]),
        (0.02, 0.2, 5, [0.02, 0.05, 0.1, 0.2]),
        (2e-4, 3e-4, 3, [2e-4]),
    ],
)
def test_ticks_of_a_log_axis_are_decades(low, high, most, wanted):
    assert log_ticks(low, high, most) == pytest.approx(wanted)


def brute(values, edges, end, columns, column):
    """The values that hold somewhere in a column: at many points of it."""
    begin = edges[0]
    width = (end - begin) / columns
    points = begin + width * (column + np.linspace(0, 1, 401)[:-1])
    steps = np.searchsorted(edges, points, side="right") - 1
    shown = [values[step] for step in steps if step < len(values)]
    return [each for each in shown if np.isfinite(each)]


@given(
    st.lists(st.floats(-10, 10) | st.sampled_from([math.nan, math.inf]), min_size=1, max_size=40),
    st.integers(1, 30),
    st.floats(0, 10),
)
def test_a_column_shows_what_holds_in_it(values, columns, beyond):
    values = np.array(values)
    edges = np.arange(len(values) + 1, dtype=float)
    end = len(values) + beyond
    ranges = column_ranges(values, edges, end, columns)
    for column in range(columns):
        shown = brute(values, edges, end, columns, column)
        low, high = ranges[column]
        if not shown:
            continue
        assert low <= min(shown) + 1e-12
        assert high >= max(shown) - 1e-12


def test_columns_of_a_curve_without_gaps_touch():
    values = np.random.default_rng(0).uniform(size=1000)
    for columns in (7, 100, 250, 1000, 1999):
        ranges = column_ranges(values, np.arange(1001.0), 1000.0, columns)
        assert not np.isnan(ranges).any()
        assert (ranges[1:, 0] <= ranges[:-1, 1]).all()
        assert (ranges[1:, 1] >= ranges[:-1, 0]).all()


def test_a_column_shows_nothing_that_is_far_away():
    values = np.array([1.0, 5.0, 2.0, 2.0])
    ranges = column_ranges(values, np.arange(5.0), 4.0, 8)
    wanted = [(1, 1), (1, 1), (1, 5), (5, 5), (2, 5), (2, 2), (2, 2), (2, 2)]
    assert ranges.tolist() == [list(pair) for pair in wanted]


def test_nothing_is_drawn_behind_the_last_step_or_below_zero_on_a_log_axis():
    values = np.array([0.0, 1.0])
    ranges = column_ranges(values, np.arange(3.0), 4.0, 4, positive=True)
    assert np.isnan(ranges[[0, 2, 3]]).all()
    assert ranges[1].tolist() == [1.0, 1.0]


def test_labels_stand_at_their_values():
    scale = Scale(YRange(-0.004, 0.1, 0.1), 64)
    assert scale.labels(4) == {2: "0", 33: "0.05", 63: "0.1"}
    assert scale.row(-1) == 0
    assert scale.row(1) == 63
    log = Scale(YRange(1e-5, 1e-2, 1e-2), 31, log=True)
    assert log.labels(4) == {0: "1e-5", 10: "1e-4", 20: "1e-3", 30: "1e-2"}


def test_huge_values_have_rows():
    scale = Scale(YRange(-1e300, 1e300, 1e300), 11)
    assert [scale.row(each) for each in (-1e300, 0.0, 1e300)] == [0, 5, 10]
