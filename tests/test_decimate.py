from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lrplan.decimate import PER_BUCKET, changes, decimate

anything = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True), st.sampled_from([0.0, 0.1, np.nan, np.inf])
)
curves = arrays(np.float64, st.integers(0, 400), elements=anything)


def spans(values, buckets):
    """The columns of pixels, cut by a plain loop: (begin, end) of each."""
    size = -(-len(values) // buckets)
    return [(at, min(at + size, len(values))) for at in range(0, len(values), max(size, 1))]


def held(values, kept):
    """The value at every step of a drawing that repeats each kept value."""
    return values[kept][np.searchsorted(kept, np.arange(len(values)), side="right") - 1]


@given(curves, st.integers(1, 30))
def test_indices_ascend_and_stay_inside(values, buckets):
    kept = decimate(values, buckets)
    assert np.all(np.diff(kept) > 0)
    assert np.all((kept >= 0) & (kept < len(values)))
    assert len(kept) <= PER_BUCKET * buckets


@given(curves, st.integers(1, 30))
def test_every_column_keeps_its_extremes_and_ends(values, buckets):
    kept = decimate(values, buckets)
    for begin, end in spans(values, buckets):
        column = values[begin:end]
        chosen = values[kept[(kept >= begin) & (kept < end)]]
        finite, kept_finite = column[np.isfinite(column)], chosen[np.isfinite(chosen)]
        assert begin in kept
        assert end - 1 in kept
        assert (len(finite) == len(column)) == (len(kept_finite) == len(chosen))
        if len(finite):
            assert (finite.min(), finite.max()) == (kept_finite.min(), kept_finite.max())


@given(curves, st.integers(1, 30))
def test_jumps_between_columns_are_kept_to_the_step(values, buckets):
    kept = set(decimate(values, buckets).tolist())
    for begin, _ in spans(values, buckets)[1:]:
        assert {begin - 1, begin} <= kept


@given(arrays(np.float64, st.integers(0, 60), elements=anything))
def test_short_arrays_are_kept_whole(values):
    assert decimate(values, 10).tolist() == list(range(len(values)))


@given(arrays(np.float64, st.integers(1, 300), elements=st.sampled_from([0.1, 0.2, np.nan])))
def test_changes_lose_nothing(values):
    np.testing.assert_array_equal(held(values, changes(values)), values)


def test_step_decay_over_a_million_steps_is_exact_in_four_points():
    values = 0.1 * 0.1 ** (np.arange(1_000_000) // 300_001)
    kept = changes(values)
    assert kept.tolist() == [0, 300_001, 600_002, 900_003]
    np.testing.assert_array_equal(held(values, kept), values)


def test_a_spike_of_one_step_in_a_million_survives():
    values = np.linspace(1.0, 0.0, 1_000_000)
    values[123_457] = 5.0
    kept = decimate(values, 500)
    assert 123_457 in kept
    assert len(kept) <= PER_BUCKET * 500


def test_a_jump_inside_a_column_of_constant_pieces_stays_in_place():
    values = np.sin(np.arange(100_000) / 1e4)
    values[50_003:] = -9.0
    assert 50_003 in decimate(values, 100)


@pytest.mark.parametrize("values", [[], [np.nan], [1.0]], ids=["none", "nan", "one"])
def test_the_smallest_arrays(values):
    array = np.array(values, dtype=np.float64)
    assert decimate(array, 1).tolist() == list(range(len(values)))


def test_no_buckets_are_refused():
    with pytest.raises(ValueError, match="at least 1"):
        decimate(np.zeros(5), 0)
