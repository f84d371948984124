"""Curves in a few numbers, and pictures that hold no column."""

from __future__ import annotations

import math
import tracemalloc

import numpy as np
import pytest

from lrplan.render.picture.curve_stats import curve_stats, sketcher
from lrplan.render.schedule_picture import PictureOptions, render
from tests.render.figure_traces import trace, warm_cosine
from tests.support.deferred_columns import layers, lazily

SHAPE = warm_cosine(1000, 100)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param(SHAPE, SHAPE.copy(), True, id="equal"),
        pytest.param(SHAPE, np.nextafter(SHAPE, 1), False, id="a-bit-apart"),
        pytest.param([0.0, 1.0], [-0.0, 1.0], True, id="both-zeros"),
        pytest.param(np.full(9, 0.9), np.broadcast_to(0.9, 9), True, id="constant-held-once"),
        pytest.param(np.full(9, 0.9), np.full(8, 0.9), False, id="lengths"),
        pytest.param([np.nan, 1.0], [np.nan, 1.0], True, id="nan"),
        pytest.param([np.nan, 1.0], [1.0, 1.0], False, id="nan-and-constant"),
        pytest.param(np.zeros(70_000), np.arange(70_000) == 69_999, False, id="at-the-very-end"),
    ],
)
def test_keys_are_equal_where_every_bit_is(one, other, same):
    keys = [curve_stats(np.asarray(values, dtype=float)).key for values in (one, other)]
    assert (keys[0] == keys[1]) is same


@pytest.mark.parametrize(
    ("values", "lowest", "last", "mean"),
    [
        ([3, 1, 2], 1, 2, 2),
        ([0, -1, 4], 4, 4, 1),
        ([np.nan, 5, np.inf], 5, 5, 5),
        ([-2, 0], math.inf, 0, -1),
        ([np.nan], math.inf, 0, 0),
        ([], math.inf, 0, 0),
    ],
)
def test_numbers(values, lowest, last, mean):
    sketch = curve_stats(np.array(values, dtype=float))
    assert (sketch.lowest_positive, sketch.last, sketch.mean) == (lowest, last, mean)


def test_an_array_that_groups_share_is_looked_at_once():
    sketch = sketcher()
    values = np.arange(5.0)
    assert sketch(values) is sketch(values)
    # An array at the same place in memory, after the first is gone, is another one.
    keys = {sketch(np.full(1000, float(index))).key for index in range(50)}
    assert len(keys) == 50


@pytest.mark.parametrize("log", [False, True], ids=["linear", "log"])
def test_computed_columns_give_the_picture_of_held_ones(log):
    broken = np.where(np.arange(1000) % 97 == 5, np.nan, SHAPE)
    one = trace(
        {"a": SHAPE, "b": SHAPE / 2, "c": SHAPE.copy(), "d": broken},
        per_epoch=100,
        more={"momentum": {"a": np.linspace(0.95, 0.85, 1000)}},
    )
    options = PictureOptions(log=log)
    pictures = [render([each], options, format="svg") for each in (one, lazily(one))]
    assert pictures[0] == pictures[1]


def test_memory_does_not_grow_with_groups():
    def peak(groups):
        one = layers(200_000, groups, SHAPE.repeat(200))
        tracemalloc.start()
        try:
            render([one], PictureOptions(dpi=50), format="png")
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(1)  # fonts are read once
    # A column has 1.6 MB; thirty more may add what their lines hold, 0.1 MB each.
    assert peak(31) - peak(1) < 8_000_000


def test_columns_are_read_twice_each():
    one = layers(500, 30)
    render([one], PictureOptions(), format="svg")
    reads = one.columns["lr"].read
    assert max(reads[name] for name in one.groups[1:]) == 2
