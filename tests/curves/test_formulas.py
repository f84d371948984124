"""Curves against definitions written once more here, for one tick, with the math module."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrplan import curves

# Near the end of a cosine 1 + cos(x) cancels: two correct roundings of cos differ by up to 1e-16.
REL, ABS = 1e-12, 2e-16


def linear_warmup(s, w):
    return s / max(1, w) if s < w else 1.0


def warmup_ramp(s, w, a, shape):
    p = min(1.0, s / w) if w else 1.0
    if shape == "exponential":
        return math.exp(math.log(a) * (1 - p))
    return a + (1 - a) * (p if shape == "linear" else math.sin(math.pi * p / 2) ** 2)


def warmup_cosine(s, w, total):
    if s < w:
        return s / max(1, w)
    return 0.5 * (1 + math.cos(math.pi * (s - w) / max(1, total - w)))


def inverse_sqrt(s, w):
    return s / max(1, w) if s < w else math.sqrt(w) / math.sqrt(s)


def gradual_warmup(s, m, total):
    s = min(s, total)
    return s / total if m == 1 else (m - 1) * s / total + 1


def linear(s, a, b, total):
    return a + (b - a) * s / total if s < total else b


def cosine(s, a, b, total):
    return b + (a - b) * 0.5 * (1 + math.cos(math.pi * s / total)) if s < total else b


def step_decay(s, n, g):
    value = 1.0
    for _ in range(n, s + 1, n):
        value *= g
    return value


def milestone_decay(s, milestones, g):
    value = 1.0
    for milestone in milestones:
        value *= g if s >= milestone else 1
    return value


def restarts(count, base, peak, first, mult, warmup, gamma):
    """The first ``count`` values, walking from cycle to cycle."""
    values, length = [], first
    while len(values) < count:
        for t in range(length):
            if t < warmup:
                values.append(base + (peak - base) * t / warmup)
            else:
                angle = math.pi * (t - warmup) / (length - warmup)
                values.append(base + (peak - base) * (1 + math.cos(angle)) / 2)
        length = (length - warmup) * mult + warmup
        peak *= gamma
    return values[:count]


CASES = [
    (curves.linear_warmup, linear_warmup, (10,)),
    (curves.linear_warmup, linear_warmup, (1,)),
    (curves.linear_warmup, linear_warmup, (0,)),
    (curves.warmup_ramp, warmup_ramp, (10, 0.0, "linear")),
    (curves.warmup_ramp, warmup_ramp, (0, 0.1, "linear")),
    (curves.warmup_ramp, warmup_ramp, (7, 2.0, "cosine")),
    (curves.warmup_ramp, warmup_ramp, (9, 0.01, "exponential")),
    (curves.half_cosine, lambda s, total: 0.5 * (1 + math.cos(math.pi * s / total)), (40,)),
    (curves.warmup_cosine, warmup_cosine, (100, 1000)),
    (curves.warmup_cosine, warmup_cosine, (0, 30)),
    (curves.warmup_cosine, warmup_cosine, (30, 30)),
    (curves.inverse_sqrt, inverse_sqrt, (16,)),
    (curves.inverse_sqrt, inverse_sqrt, (1,)),
    (curves.gradual_warmup, gradual_warmup, (1, 5)),
    (curves.gradual_warmup, gradual_warmup, (8, 5)),
    (curves.gradual_warmup, gradual_warmup, (1.5, 1)),
    (
        curves.gradual_warmup,
        lambda s, m, t, a, _: a + (m - a) * min(s / t, 1),
        (2, 5, 0.5, "linear"),
    ),
    (
        curves.gradual_warmup,
        lambda s, m, t, a, _: a * (m / a) ** min(s / t, 1),
        (4, 5, 0.5, "exponential"),
    ),
    (curves.linear, linear, (0.8, 0.937, 30)),
    (curves.linear, linear, (1.0, 0.0, 1)),
    (curves.cosine, cosine, (0.04, 0.4, 30)),
    (curves.cosine, cosine, (1.0, 0.0, 7)),
    (curves.step_decay, step_decay, (10, 1.1)),
    (curves.step_decay, step_decay, (1, 0.5)),
    (curves.milestone_decay, milestone_decay, ([200, 400, 500], 0.5)),
    (curves.milestone_decay, milestone_decay, ([7, 3, 3], 0.1)),
    (curves.milestone_decay, milestone_decay, ([], 0.1)),
]
IDS = [f"{curve.__name__}-{index}" for index, (curve, _, _) in enumerate(CASES)]


@pytest.mark.parametrize(("curve", "definition", "arguments"), CASES, ids=IDS)
def test_equals_its_definition_at_and_past_every_boundary(curve, definition, arguments):
    expected = [definition(s, *arguments) for s in range(1200)]
    np.testing.assert_allclose(curve(np.arange(1200), *arguments), expected, REL, ABS)


@pytest.mark.parametrize(("curve", "definition", "arguments"), CASES, ids=IDS)
def test_keeps_the_shape_of_its_ticks_and_clamps_before_zero(curve, definition, arguments):
    for ticks in (3, np.int64(3), [3, -2], np.array([[3], [0]]), []):
        result = curve(ticks, *arguments)
        assert isinstance(result, np.ndarray)
        assert result.shape == np.shape(ticks)
        assert result.dtype == np.float64
    assert curve(-5, *arguments) == curve(0, *arguments)


@pytest.mark.parametrize(
    ("value", "exactly"),
    [
        (curves.warmup_cosine(100, 100, 1000), 1.0),
        (curves.warmup_cosine(1000, 100, 1000), 0.0),
        (curves.warmup_cosine(1900, 100, 1000), 1.0),
        (curves.inverse_sqrt(16, 16), 1.0),
        (curves.inverse_sqrt(64, 16), 0.5),
        (curves.gradual_warmup(5, 1, 5), 1.0),
        (curves.linear(30, 0.8, 0.937, 30), 0.937),
        (curves.linear(0, 0.8, 0.937, 30), 0.8),
        (curves.cosine(30, 0.04, 0.4, 30), 0.4),
        (curves.cosine(10**9, 0.04, 0.4, 30), 0.4),
        (curves.cosine_warmup_restarts(0, 1e-4, 0.1, 150, warmup=10), 1e-4),
        (curves.cosine_warmup_restarts(10, 0.0, 0.1, 150, warmup=10), 0.1),
        (curves.cosine_warmup_restarts(160, 0.0, 0.1, 150, warmup=10, gamma=0.5), 0.05),
    ],
)
def test_reaches_its_marks_without_rounding(value, exactly):
    assert value == exactly


RESTARTS = [
    (0.001, 0.1, 150, 1, 10, 0.5),
    (0.001, 0.1, 50, 2, 10, 0.5),
    (0.001, 0.1, 100, 1, 10, 0.5),
    (0.0, 0.1, 1, 1, 0, 1.0),
    (0.0, 0.1, 1, 3, 0, 1.0),
    (0.02, 0.1, 11, 2, 10, 0.9),
]


@pytest.mark.parametrize("case", RESTARTS, ids=str)
def test_restarts_equal_a_walk_through_the_cycles(case):
    base, peak, first, mult, warmup, gamma = case
    values = curves.cosine_warmup_restarts(
        np.arange(2000), base, peak, first, mult=mult, warmup=warmup, gamma=gamma
    )
    np.testing.assert_allclose(values, restarts(2000, *case), REL, ABS)


@given(
    first=st.integers(1, 40),
    mult=st.integers(1, 4),
    warmup=st.integers(0, 39),
    gamma=st.floats(0.1, 1.0),
    base=st.floats(0.0, 0.1),
)
def test_restarts_equal_a_walk_for_any_cycles(first, mult, warmup, gamma, base):
    warmup = min(warmup, first - 1)
    values = curves.cosine_warmup_restarts(
        np.arange(500), base, 0.5, first, mult=mult, warmup=warmup, gamma=gamma
    )
    expected = restarts(500, base, 0.5, first, mult, warmup, gamma)
    np.testing.assert_allclose(values, expected, REL, ABS)


@pytest.mark.parametrize("mult", [1, 2])
def test_restarts_of_a_million_ticks_agree_with_single_ticks(mult):
    ticks = np.arange(1_000_000)
    values = curves.cosine_warmup_restarts(ticks, 0.01, 0.1, 50, mult=mult, warmup=5, gamma=0.99)
    for tick in (0, 49, 50, 54, 55, 95, 96, 123_456, 999_999):
        alone = curves.cosine_warmup_restarts(tick, 0.01, 0.1, 50, mult=mult, warmup=5, gamma=0.99)
        assert values[tick] == pytest.approx(float(alone), rel=REL)


def test_warns_of_nothing_at_tick_zero():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        curves.inverse_sqrt([0, 1], 1)
        curves.cosine_warmup_restarts([0, 1], 0.0, 0.1, 2)
        curves.warmup_cosine([0, 1], 0, 1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: curves.linear_warmup(0, -1), "warmup must be at least 0, got -1"),
        (lambda: curves.warmup_cosine(0, -1, 10), "warmup must be at least 0"),
        (lambda: curves.warmup_cosine(0, 0, 0), "total must be at least 1"),
        (lambda: curves.inverse_sqrt(0, 0), "warmup must be at least 1"),
        (lambda: curves.gradual_warmup(0, 0.9, 5), "multiplier must be at least 1"),
        (lambda: curves.gradual_warmup(0, 1, 0), "total must be at least 1"),
        (lambda: curves.half_cosine(0, 0), "total must be at least 1"),
        (lambda: curves.half_cosine(0, math.nan), "total must be at least 1"),
        (lambda: curves.linear(0, 0, 1, 0), "total must be at least 1"),
        (lambda: curves.cosine(0, 0, 1, 0), "total must be at least 1"),
        (lambda: curves.step_decay(0, 0, 0.5), "every must be at least 1"),
        (lambda: curves.milestone_decay(0, [3, -1], 0.5), "milestones must be at least 0"),
        (lambda: curves.cosine_warmup_restarts(0, 0, 1, 5, mult=0), "mult must be at least 1"),
        (lambda: curves.cosine_warmup_restarts(0, 0, 1, 5, warmup=-1), "warmup must be at least"),
        (lambda: curves.cosine_warmup_restarts(0, 0, 1, 5, warmup=5), "first must be above"),
        (lambda: curves.cosine_warmup_restarts(math.inf, 0, 1, 5, mult=2), "must be finite"),
    ],
)
def test_refuses_degenerate_arguments_by_name(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_powers_of_a_few_cuts_are_the_same_on_every_processor():
    """Products are rounded alike everywhere; the last bit of ``np.power`` is not."""
    for gamma in (0.1, 0.3, 0.7):
        products = [1.0]
        for _ in range(50):
            products.append(products[-1] * gamma)
        assert curves.step_decay(range(51), 1, gamma).tolist() == products
        assert curves.milestone_decay(range(51), range(1, 51), gamma).tolist() == products
