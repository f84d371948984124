"""What a lock decides: more than the tolerance is always found, nine tenths of it never.

The reference is the curve itself: one step, or all of them, moved by a known share of the peak.
"""

from __future__ import annotations

import numpy as np
import pytest

from lrplan.lock import Lock
from lrplan.lock.block_curve import BlockCurve
from lrplan.lock.pieces import MOST_NUMBERS
from lrplan.lock.reader import lock_of
from lrplan.lock.writer import lock_text
from lrplan.text_position import InputText
from tests.lock.curves import CURVES, IRREGULAR, locked, torch_cosine

TOLERANCES = [1e-9, *(pytest.param(each, marks=pytest.mark.slow) for each in (1e-5, 0.03))]

_READ = {}


def read_back(values, tolerance):
    """The curve as a check gets it: written to a file, and read again."""
    key = values.tobytes(), tolerance
    if key not in _READ:
        _READ[key] = _read_back(values, tolerance)
    return _READ[key]


def _read_back(values, tolerance):
    text = lock_text(Lock({"run": locked({"all": values}, tolerance)}))
    return lock_of(InputText("a", text)).schedules["run"].pins["lr"]["all"].curve


def deviation(curve, values, now, tolerance):
    return curve.deviation(now, values.size, tolerance)


def moved(values, step, share):
    """``values`` with one step moved by ``share`` of the larger peak of both."""
    peak = np.nanmax(np.abs(np.where(np.isfinite(values), values, np.nan)))
    now = values.copy()
    # Towards 0, so that the peak stays what it is.
    now[step] -= np.copysign(share * peak, values[step])
    return now


def steps_of(values, rng):
    finite = np.flatnonzero(np.isfinite(values))
    peak = int(np.argmax(np.abs(values[finite])))
    chosen = {*finite[[0, -1, len(finite) // 2]], *rng.choice(finite, 12)}
    return [int(step) for step in chosen if step != finite[peak]]


@pytest.mark.parametrize("tolerance", TOLERANCES)
def test_every_step_is_decided(tolerance):
    rng = np.random.default_rng(7)
    wrong = []
    for name, values in {**CURVES, **IRREGULAR}.items():
        curve = read_back(values, tolerance)
        for step in steps_of(values, rng):
            found = deviation(curve, values, moved(values, step, 1.0001 * tolerance), tolerance)
            if found is None or not found.first <= step < found.first + found.span:
                wrong.append((name, step, found))
            if isinstance(curve, BlockCurve):
                continue
            if found is not None and (found.first, found.span) != (step, 1):
                wrong.append((name, step, "is not placed", found))
            if deviation(curve, values, moved(values, step, 0.9 * tolerance), tolerance):
                wrong.append((name, step, "within the tolerance"))
    assert wrong == []


@pytest.mark.parametrize("tolerance", TOLERANCES)
def test_nine_tenths_of_the_tolerance_at_all_steps_pass(tolerance):
    rng = np.random.default_rng(8)
    for name, values in CURVES.items():
        curve = read_back(values, tolerance)
        peak = np.nanmax(np.abs(values[np.isfinite(values)]))
        noise = rng.choice([-0.9, 0.0, 0.9], values.size) * tolerance * peak
        now = np.where(np.abs(values + noise) <= peak, values + noise, values)
        assert deviation(curve, values, now, tolerance) is None, name


@pytest.mark.parametrize("tolerance", TOLERANCES)
def test_last_bits_pass(tolerance):
    rng = np.random.default_rng(9)
    for name, values in {**CURVES, **IRREGULAR}.items():
        curve = read_back(values, tolerance)
        for _ in range(3):
            bits = rng.integers(-3, 4, values.size)
            now = values * (1 + bits * np.finfo(float).eps)
            assert deviation(curve, values, now, tolerance) is None, name


def test_the_smallest_tolerance_decides():
    values = CURVES["cosine"]
    curve = read_back(values, 1e-11)
    assert deviation(curve, values, moved(values, 500, 1.01e-11), 1e-11).first == 500
    assert deviation(curve, values, moved(values, 500, 0.9e-11), 1e-11) is None


def test_what_is_not_finite_is_decided():
    values = np.array([1.0, np.nan, np.nan, 2.0, np.inf, -np.inf, 3.0, 3.0])
    curve = read_back(values, 1e-9)
    assert deviation(curve, values, values, 1e-9) is None
    for step in range(values.size):
        now = values.copy()
        now[step] = 2.5 if step in (1, 2, 4, 5) else np.nan
        assert deviation(curve, values, now, 1e-9).first == step


def test_rounding_of_torch_is_kept_within_the_tolerance():
    values = torch_cosine(1000)
    formula = 0.05 * (1 + np.cos(np.pi * np.arange(1000) / 1000))
    curve = read_back(values, 1e-9)
    assert len(curve.pieces) == 1
    assert deviation(curve, values, formula, 1e-9) is None


def test_an_irregular_curve_has_few_lines():
    for values in IRREGULAR.values():
        curve = read_back(values, 1e-9)
        assert isinstance(curve, BlockCurve)
        assert len(curve.blocks) <= 256


def test_a_regular_curve_has_few_numbers():
    most = {name: sum(map(len, numbers_of(values))) for name, values in CURVES.items()}
    assert max(most.values()) <= MOST_NUMBERS
    assert {name: count for name, count in most.items() if count > 150} == {}


def numbers_of(values):
    return [piece.numbers for piece in read_back(values, 1e-9).pieces]


def test_irregular_curves_in_proportion_are_told():
    values = IRREGULAR["noise"]
    curve = read_back(values, 1e-9)
    now = 2 * values
    assert curve.relation(now, now.size, {}) == "the curve is the locked curve times 2"
    now[1234] *= 1.001
    assert curve.relation(now, now.size, {}) == ""


def test_a_shorter_run_is_compared_as_far_as_it_goes():
    for values in (CURVES["cosine"], IRREGULAR["noise"]):
        curve = read_back(values, 1e-9)
        assert deviation(curve, values, values[:700], 1e-9) is None
        assert deviation(curve, values, moved(values, 300, 1e-6)[:700], 1e-9) is not None


def test_groups_in_proportion_take_one_line():
    base = CURVES["warm-up and cosine"]
    columns = {"a": base, "b": 3 * base, "c": base / 7, "d": base + 1e-6, "e": 0 * base}
    pins = locked(columns, 1e-9).pins["lr"]
    assert [pins[name].like for name in "abcde"] == [
        None,
        ("a", 3.0),
        ("a", float(f"{1 / 7:.15g}")),
        None,
        None,
    ]
    for name, values in columns.items():
        assert deviation(pins[name].curve, values, values, 1e-9) is None
        if name != "e":
            assert deviation(pins[name].curve, values, moved(values, 600, 1.0001e-9), 1e-9)
