"""Numbers as people read them."""

from __future__ import annotations

import math

import pytest

from lrplan.render.numbers import align, format_ratio, format_share, format_value, format_values


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (1e-5, "1e-05"),
        (0.0001, "0.0001"),
        (0.1 + 0.2, "0.3"),
        (1 / 3e5, "3.33333e-06"),
        (450360.0, "450360"),
        (math.nan, "nan"),
        (-math.inf, "-inf"),
    ],
)
def test_value(value, text):
    assert format_value(value) == text


def test_values_that_differ_look_different():
    assert format_values([0.001, 0.00099999997, 0.5]) == ["0.001", "0.00099999997", "0.5"]


def test_rounding_noise_looks_alike():
    assert format_values([0.1, 0.1 * (1 - 1e-15)]) == ["0.1", "0.1"]


def test_decimal_points_stand_below_each_other():
    assert align(["0.5", "12.5", "1e-05", "nan"]) == [" 0.5", "12.5", " 1e-05", "nan"]


@pytest.mark.parametrize(
    ("ratio", "text"),
    [(0.1, "x0.1"), (4049.7, "x4050"), (2.5e-7, "x2.5e-07"), (1e9, "x1e+09"), (None, "-")],
)
def test_ratio(ratio, text):
    assert format_ratio(ratio) == text


@pytest.mark.parametrize(("share", "text"), [(0.4949, "49.5%"), (0, "0%"), (math.nan, "-")])
def test_share(share, text):
    assert format_share(share) == text
