"""Curves in one line."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrplan.render.sparkline import sparkline

NAN, INF = np.nan, np.inf


@pytest.mark.parametrize(
    ("values", "width", "expected"),
    [
        pytest.param(range(8), 8, "▁▂▃▄▅▆▇█", id="one-character-a-step"),
        pytest.param(range(16), 8, "▁▂▃▄▅▆▇█", id="the-mean-of-each-share"),
        pytest.param([0, 1], 6, "▁▁▁███", id="stretched"),
        pytest.param([1, 1, 1], 3, "▄▄▄", id="constant"),
        pytest.param([0, 0], 2, "▄▄", id="zero"),
        pytest.param([0.8, 1], 2, "▁█", id="between-smallest-and-largest"),
        pytest.param([0.5, 1], 2, "▅█", id="from-zero-where-values-reach-low"),
        pytest.param([0, NAN, 1], 3, "▁ █", id="gap"),
        pytest.param([0, NAN, 1, 1], 2, "▁█", id="no-gap-where-a-share-has-a-number"),
        pytest.param([NAN, NAN], 2, "  ", id="nothing"),
        pytest.param([0, 1, INF, -INF], 4, "▁██▁", id="infinite"),
        pytest.param([-1e308, 1e308], 2, "▁█", id="huge"),
        pytest.param([], 3, "   ", id="no-steps"),
        pytest.param([1], 0, "", id="no-width"),
    ],
)
def test_sparkline(values, width, expected):
    assert sparkline(np.array(values, dtype=float), width) == expected


def test_a_spike_of_one_step_hides_nothing_of_the_rest():
    values = np.linspace(1, 0, 10_000)
    plain = sparkline(values, 20)
    values[4321] = 5
    assert sparkline(values, 20) == plain


def test_steps_up_and_down_in_turn_are_drawn_between_them():
    values = np.append(np.tile([0.0, 1.0], 500), np.ones(1000))
    assert sparkline(values, 4) == "▅▅██"


def test_ascii_has_the_same_heights():
    assert sparkline(np.arange(8.0), 8, ascii=True) == "_.:-=+*#"


@given(st.lists(st.floats(width=64), max_size=50), st.integers(0, 40))
def test_is_as_wide_as_asked(numbers, width):
    assert len(sparkline(np.array(numbers, dtype=float), width)) == width
