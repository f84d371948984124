"""Traces: which groups share a curve."""

from __future__ import annotations

import numpy as np
import pytest

from lrplan.trace import CurveKeys, Trace, curve_key
from tests.render.figure_traces import warm_cosine

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
    keys = [curve_key(np.asarray(values, dtype=float)) for values in (one, other)]
    assert (keys[0] == keys[1]) is same


def test_its_repr_has_no_numbers_of_the_curve():
    names = tuple(f"block-{index}" for index in range(30))
    trace = Trace("run", {"lr": dict.fromkeys(names, SHAPE)}, {}, groups=names)
    assert repr(trace).startswith("Trace(name='run', steps=1000, groups=('block-0', 'block-1',")
    assert len(repr(trace)) < 200


def test_an_array_that_groups_share_is_read_once():
    key_of = CurveKeys()
    values = np.arange(5.0)
    first = key_of(values)
    values[0] = 7.0  # not noticed: the array is the same one
    assert key_of(values) == first
    # An array at the same place in memory, after the first is gone, is another one.
    keys = {key_of(np.full(1000, float(index))) for index in range(50)}
    assert len(keys) == 50


def test_groups_with_the_same_curve_are_together():
    lost = np.array([np.nan, 1.0])
    lr = {"a": np.ones(2), "b": lost, "c": np.ones(2), "d": lost.copy(), "e": np.zeros(2)}
    momentum = {"e": np.zeros(2), "a": -np.zeros(2)}
    one = Trace("one", {"lr": lr, "momentum": momentum}, {}, groups=tuple("abcde"))
    assert one.distinct("lr") == [("a", "c"), ("b", "d"), ("e",)]
    assert one.distinct("momentum") == [("a", "e")]
    assert one.distinct("weight_decay") == []
