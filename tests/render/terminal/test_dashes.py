"""Dashes along a curve of dots."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lrplan.render.terminal.dashes import Dashes, dots_of

SHAPE = Dashes(dash=6, gap=4)


def drawn(rows, dashed=None, columns=None, dashes=SHAPE):
    """The dots that are drawn, as pairs of a column and a row."""
    columns = range(len(rows)) if columns is None else columns
    dashed = np.ones(len(rows), dtype=bool) if dashed is None else np.array(dashed)
    found = dots_of(np.array(rows), list(columns), dashed, dashes)
    return {(column, row) for column, low, high in found for row in range(low, high + 1)}


def test_a_flat_curve_has_gaps_and_dashes_in_turn():
    wanted = [column for column in range(40) if column % 10 >= 4]
    assert sorted(drawn([(7, 7)] * 40)) == [(column, 7) for column in wanted]


def test_a_jump_is_dashed_from_the_side_where_the_curve_comes_from():
    up = drawn([(0, 0), (0, 30), (30, 30)])
    assert [row for column, row in sorted(up) if column == 1] == [
        row for row in range(31) if (row + 7) % 10 < 6
    ]
    down = drawn([(30, 30), (0, 30), (0, 0)])
    assert {(column, 30 - row) for column, row in down} == up


def test_a_band_is_dashed_in_columns():
    band = drawn([(0, 20)] * 30)
    heights = [sum(1 for column, _ in band if column == each) for each in range(1, 30)]
    assert set(heights) == {0, 21}
    # Dashes of six columns, gaps of four: three of the first gap are left behind column 0.
    assert "".join("x" if each else " " for each in heights) == "   " + "xxxxxx    " * 2 + "xxxxxx"


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), st.booleans()), min_size=1))
def test_what_is_dashed_is_a_part_and_the_rest_is_whole(points):
    rows = [(min(a, b), max(a, b)) for a, b, _ in points]
    dashed = [each for _, _, each in points]
    found = drawn(rows, dashed)
    whole = {(c, row) for c, (low, high) in enumerate(rows) for row in range(low, high + 1)}
    assert found <= whole
    assert found >= {(column, row) for column, row in whole if not dashed[column]}
