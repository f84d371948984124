"""Differences of two runs, checked by hand on a few numbers."""

import math

import numpy as np
import pytest

from lrplan.resume import differences_between
from lrplan.resume.differences import TOLERANCE, equal_to_the_bit


def columns(*values):
    return {"lr": {"all": np.array(values, dtype=float)}}


def test_first_worst_and_share_of_the_peak():
    (gap,) = differences_between(columns(1, 2, 4, 1), columns(1, 1, 1, 1))
    assert (gap.first, gap.worst, gap.steps) == (1, 2, 2)
    assert (gap.largest, gap.relative) == (3, 0.75)


def test_rounding_is_none_but_not_the_same_bits():
    one, other = columns(1, 0.5), columns(1, 0.5 + 0.5 * TOLERANCE)
    assert differences_between(one, other) == ()
    assert not equal_to_the_bit(one, other)
    assert equal_to_the_bit(one, columns(1, 0.5))


def test_a_shorter_run_is_compared_where_both_are():
    one, other = columns(1, 2, 3), columns(1, 2)
    assert differences_between(one, other) == ()
    assert not equal_to_the_bit(one, other)


@pytest.mark.parametrize("odd", [math.nan, math.inf])
def test_what_is_no_number_is_as_far_as_can_be(odd):
    (gap,) = differences_between(columns(1, 2, 3), columns(1, odd, 0))
    assert gap.worst == 1
    assert not math.isfinite(gap.largest)
    assert differences_between(columns(1, odd), columns(1, odd)) == ()


def test_all_zero_differs_from_what_is_not():
    (gap,) = differences_between(columns(0, 0), columns(0, 1))
    assert gap.relative == math.inf
