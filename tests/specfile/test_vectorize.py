"""Expressions at many ticks at once, against the same expressions called tick by tick."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrplan.specfile.expressions import vectorize
from lrplan.specfile.expressions.expression import Expression, ExpressionError

TICKS = np.arange(0.0, 40_000.0)

SMOOTH = [
    "0.5 * (1 + cos(pi * t / 30000))",
    "t / 100 if t < 100 else 0.5 * (1 + cos(pi * (t - 100) / 39900))",
    "0.9999 ** t",
    "pow(t + 1, -0.5) * min(1, t / 4000)",
    "exp(-t / 5000) * (1 + 0.1 * sin(t / 50))",
    "log(t + 1) + log(t + 2, 10) + tan(1 / (t + 1))",
]

EXACT = [
    "1",
    "x",
    "0.1 ** 2",
    "1 / (t - 100) if t != 100 else 0",
    "sqrt(t) if t >= 7 else abs(t - 7)",
    "t // 7 + t % 3.5 - (-t) // 7 + (-t) % 7",
    "floor(t / 3) - ceil(t / 3)",
    "max(t, 5) - min(t, 9, 20) + max(3)",
    "(0 < t < 50 <= 2 * t) + (t == 3) + (t != 4)",
    "not t",
    "t and 1 / t",
    "t - 5 or 2",
    "1 if t > 5 and 1 / (t - 5) > 0.1 or not t % 2 else -t",
    "+t - -t",
]

ROUNDED_THEN_COMPARED = [
    "floor(log(t + 1) / log(10))",
    "0.5 ** floor(log(t + 1, 2))",
    "1 if cos(pi * t) == 1 else 0",
    "(2 ** t) % 7 if t < 1000 else 1",
    "exp(-t) and 1",
    "2 if sin(t) else 3",
]


def called(text, ticks):
    expression = Expression(text)
    return np.array([expression(tick) for tick in ticks.tolist()])


@pytest.mark.pinned  # to the last bit with this release of numpy
@pytest.mark.parametrize("text", EXACT + ROUNDED_THEN_COMPARED)
def test_values_are_the_same_to_the_last_bit(text):
    values = vectorize.values(Expression(text), TICKS)
    np.testing.assert_array_equal(values, called(text, TICKS))


@pytest.mark.parametrize("text", SMOOTH)
def test_values_of_functions_that_round_differ_in_the_last_bits_only(text):
    values = vectorize.values(Expression(text), TICKS)
    np.testing.assert_allclose(values, called(text, TICKS), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize(
    "text",
    ["1 / (t - 9)", "log(t - 3)", "sqrt(5 - t)", "exp(t)", "10 ** t", "t ** -1", "t % (t - 1)"],
)
def test_an_expression_without_a_value_somewhere_says_where(text):
    with pytest.raises(ExpressionError) as alone:
        called(text, TICKS)
    with pytest.raises(ExpressionError) as together:
        vectorize.values(Expression(text), TICKS)
    assert str(together.value) == str(alone.value)


def test_what_overflows_without_a_word_does_so_here_too():
    text = "1e300 * (t + 1) * (t + 1)"
    with np.errstate(all="ignore"):
        expected = called(text, np.arange(1e6, 1e6 + 4))
    assert np.isinf(expected).all()
    assert np.isinf(vectorize.values(Expression(text), np.arange(1e6, 1e6 + 4))).all()


def test_no_ticks_have_no_values():
    assert vectorize.values(Expression("1 / t"), np.zeros(0)).shape == (0,)


def test_thresholds_are_what_ticks_are_compared_with():
    text = "1 if t < 100 else 2 if 2.5 <= t / 2 < 70 else (t > 0) + (t == -3) + (t != 5)"
    assert vectorize.thresholds(Expression(text)) == [2, 5, 70, 100]


numbers = st.sampled_from(["t", "x", "2", "0.5", "7", "0", "pi", "100"])


def combined(part):
    pairs = st.tuples(part, part)
    operator = st.sampled_from(["+", "-", "*", "/", "//", "%"])
    comparison = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])
    return st.one_of(
        st.tuples(part, operator, part).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
        st.tuples(part, comparison, part).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
        st.tuples(part, part, part).map(lambda p: f"({p[0]} if {p[1]} else {p[2]})"),
        pairs.map(lambda p: f"({p[0]} and {p[1]})"),
        pairs.map(lambda p: f"({p[0]} or {p[1]})"),
        pairs.map(lambda p: f"max({p[0]}, {p[1]})"),
        part.map(lambda p: f"(not {p})"),
        part.map(lambda p: f"(-{p})"),
        part.map(lambda p: f"floor({p})"),
        part.map(lambda p: f"sqrt(abs({p}))"),
    )


def outcome(compute):
    """Values, or what is said instead."""
    try:
        return compute().tolist()
    except ExpressionError as error:
        return str(error)


@given(st.recursive(numbers, combined, max_leaves=12))
def test_exact_arithmetic_is_the_same_to_the_last_bit(text):
    ticks = np.arange(0.0, 120.0)
    together = outcome(lambda: vectorize.values(Expression(text), ticks))
    assert together == outcome(lambda: called(text, ticks))
