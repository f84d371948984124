"""Curves in a few numbers, and pictures that hold no column."""

from __future__ import annotations

import math
import tracemalloc

import numpy as np
import pytest

from lrplan.render.picture_options import PictureOptions
from lrplan.render.schedule_picture import render
from lrplan.render.view.curve_stats import curve_stats
from tests.render.figure_traces import trace, warm_cosine
from tests.support.deferred_columns import layers, lazily

SHAPE = warm_cosine(1000, 100)


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
    stats = curve_stats(np.array(values, dtype=float))
    assert (stats.lowest_positive, stats.last, stats.mean) == (lowest, last, mean)


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
