"""What a number of few digits may have been."""

import numpy as np
import pytest

from lrplan.logs.precision import FLOAT32, FLOAT64, Precision, precision_of_texts


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["0.1", "0.09938441702975689"], FLOAT64),
        (["0.1", "0.10000000149011612", "0.09938441962003708"], FLOAT32),
        (["1.0000e-03", "9.5123e-04"], Precision("digits", 5)),
        (["6.000000E-05"], Precision("digits", 7)),
        (["0.00100", "0.00095"], Precision("decimals", 5)),
        (["0.01", "0.00951"], Precision("digits", 3)),
        (["0.09938", "0.01255", "0.00955", "5e-05"], Precision("decimals", 5)),
        (["0.09938", "0.01255", "0.009549", "5.123e-05"], Precision("digits", 4)),
        (["0.100", "0.050"], Precision("decimals", 3)),
        (["0.1", "0.5"], Precision("digits", 2)),
        (["0.001", "0.002"], Precision("digits", 2)),
        (["1", "2"], Precision("digits", 2)),
        ([], Precision("digits", 2)),
    ],
)
def test_how_a_column_is_rounded(texts, expected):
    assert precision_of_texts(texts) == expected


@pytest.mark.parametrize("spelling", [".4e", ".5f", ".3g", ".6g", ".7e"])
def test_a_rounded_number_is_within_the_tolerance_of_itself(spelling):
    exact = np.exp(np.random.default_rng(1).uniform(-9, 0, 500))
    texts = [format(value, spelling) for value in exact]
    read = np.array(list(map(float, texts)))
    tolerance = precision_of_texts(texts).tolerance(read)
    assert (np.abs(read - exact) <= tolerance)[read > 0].all()
    assert (tolerance[read > 0] < 0.2 * read[read > 0] + 1e-4).all()


@pytest.mark.parametrize("places", [4, 5, 6, 7])
def test_what_python_rounded_to_decimals_is_within_the_tolerance(places):
    """``round(lr, 5)`` cuts zeros, and writes the smallest numbers with an exponent."""
    exact = 0.05 * (1 + np.cos(np.pi * np.arange(0, 101, 5) / 100))
    texts = [repr(round(float(value), places)) for value in exact]
    tolerance = precision_of_texts(texts).tolerance(np.array(list(map(float, texts))))
    assert (np.abs(np.array(list(map(float, texts))) - exact) <= tolerance).all()
    assert (tolerance <= 0.51 * 10.0**-places).all()


def test_float32_covers_the_rounding_of_float32():
    exact = np.exp(np.random.default_rng(2).uniform(-20, 3, 1000))
    read = exact.astype(np.float32).astype(np.float64)
    assert (np.abs(read - exact) <= FLOAT32.tolerance(read)).all()
    assert (FLOAT32.tolerance(read) < 1e-7 * read).all()


def test_a_number_that_is_too_large_for_float32_is_no_float32():
    assert precision_of_texts(["1.2345678901234567e+300"]).kind == "float64"
