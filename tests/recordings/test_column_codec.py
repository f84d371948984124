"""Columns come out of a table bit for bit, and proportional ones take little room."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrplan.recordings.column_codec import DamagedTableError, EncodedTable, encode_table

STEPS = np.arange(5000)
COSINE = 0.5 * 1e-3 * (1 + np.cos(np.pi * STEPS / 5000))
MOST = 10**7


def roundtrip(columns):
    table = EncodedTable(encode_table(columns), MOST)
    assert (table.rows, table.width) == (len(columns[0]), len(columns))
    for index, column in enumerate(columns):
        assert table.column(index).tobytes() == column.tobytes()


bits = st.integers(-(2**63), 2**63 - 1)
columns = st.integers(0, 20).flatmap(
    lambda rows: st.lists(st.lists(bits, min_size=rows, max_size=rows), min_size=1, max_size=4)
)


@given(columns)
def test_any_bits_come_back(values):
    roundtrip([np.array(each, dtype=np.int64).view(np.float64) for each in values])


def test_curves_come_back():
    odd = np.array([0.0, -0.0, np.nan, np.inf, -np.inf, 5e-324, 1.0] * 10)
    roundtrip([odd, odd * 1.0, -odd])
    constant = np.full(5000, 0.1)
    roundtrip([COSINE, COSINE * 0.65, COSINE.copy(), constant, -COSINE, COSINE + 1e-9, STEPS * 1.0])


@pytest.mark.parametrize("factor", [0.65, 1 / 3, 1e-4, 7.0])
def test_a_proportional_column_takes_less_than_a_byte_a_value(factor):
    # Computed apart, each rounds by itself: no product of the other.
    other = 0.5 * (1e-3 * factor) * (1 + np.cos(np.pi * STEPS / 5000))
    alone, both = len(encode_table([COSINE])), len(encode_table([COSINE, other]))
    assert both - alone < 0.6 * len(STEPS)
    roundtrip([COSINE, other])


def test_an_equal_column_takes_next_to_nothing():
    assert len(encode_table([COSINE, COSINE])) - len(encode_table([COSINE])) < 10


def test_damage_is_refused():
    data = encode_table([COSINE, COSINE * 0.5, COSINE, np.full(5000, 1.0)])
    for broken in (b"", data[:3], data[:-1], data + b"x", data[:8] + b"\x09" + data[9:]):
        with pytest.raises(DamagedTableError):
            EncodedTable(broken, MOST)
    with pytest.raises(DamagedTableError, match="too large"):
        EncodedTable(data, 4 * 5000 - 1)


def test_a_column_that_follows_from_a_later_one_is_refused():
    data = bytearray(encode_table([np.full(2, 1.0), np.array([1.0, 2.0]), np.array([1.0, 2.0])]))
    assert data[-5:] == b"\x01\x01\x00\x00\x00"  # a copy of column 1
    data[-4] = 2
    with pytest.raises(DamagedTableError, match="follows from none"):
        EncodedTable(bytes(data), MOST)


def test_packed_values_of_another_number_are_refused():
    data = encode_table([COSINE])
    table = EncodedTable((4999).to_bytes(4, "little") + data[4:], MOST)
    with pytest.raises(DamagedTableError, match="another number"):
        table.column(0)
