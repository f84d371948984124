"""Whether one curve is the other run through in more steps, or in fewer.

Where both have come the same way, measured by their total variation, they are at the same place of
their course: the ratio of those steps is the stretch. What it predicts is then tested at every
step, exactly where a step of one curve falls on a step of the other, by cubic interpolation where
it falls between two.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from lrplan.comparison.curve_pair import Pair, abs_difference, count_changes, within_tolerance

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lrplan.comparison.curve_pair import FloatArray

_SHARES = (1 - 1e-9, 0.9, 0.75, 0.5, 0.25, 0.1)
"""Parts of the common way at which places are compared."""
_SAMPLE = 256
_LOOK = 16
_FITTED = 2048
_PASSES = 4
_FEWEST_STAIRS = 2
_FEWEST_MOVES = 8
_BEND = 0.5
"""Of the fourth difference: the error of cubic interpolation is at most a twentieth of it, and at
a jump the value may be on either side."""
_SMOOTH = 1e-3
_ROUGH_SHARE = 0.1
"""Where more of a curve than this bends by more than ``_SMOOTH``, interpolation proves nothing."""
_ON_STEP = 1e-6
_USUAL = 64
"""Whole numbers up to this are tried in any case."""
_LEAST = 1e-3
"""A stretch nearer to 1 than this is not looked for."""


@dataclass(frozen=True, slots=True)
class _Test:
    """What a stretch predicts for some steps of one curve, and what is there."""

    passed: bool
    moves: int
    exact: bool
    """Every step fell on a step of the other curve."""
    smooth: bool


def stretch_of(pair: Pair) -> float | None:
    """Steps of ``b`` for one step of ``a``, where ``b`` runs through ``a`` otherwise; or None."""
    if pair.a.size < 3 or pair.b.size < 3:
        return None
    found = (_best(pair, candidates) for candidates in _candidates(pair))
    return next((stretch for stretch in found if stretch is not None), None)


def _candidates(pair: Pair) -> Iterator[Iterable[float]]:
    """What the stretch may be, the likeliest first; each is worked out when it is asked for."""
    guesses = list(dict.fromkeys(float(f"{guess:.9g}") for guess in _guesses(pair)))
    if not guesses:
        return
    yield _simple(guesses)
    # Where one curve misses the turns of the other, the way it has come is of no use.
    yield (1.0 * times for times in range(2, _USUAL + 1) if _is_picked(pair, times))
    if pair.whole:
        yield (1 / times for times in range(2, _USUAL + 1) if _is_picked(pair.swapped, times))
    fitted = [_fitted(pair, guess) for guess in guesses[:_PASSES]]
    better = [value for value in fitted if value is not None]
    yield _simple(better)
    yield better


def _is_picked(pair: Pair, times: int) -> bool:
    """Whether ``a`` has every ``times``-th value of ``b``: a look at the first few."""
    few = pair.at[:_LOOK] * times
    few = few[few < pair.b.size]
    return few.size > 2 and within_tolerance(pair.a[: few.size], pair.b[few], pair.slack)


def _best(pair: Pair, candidates: Iterable[float]) -> float | None:
    """The first candidate that holds at every step, best where no step falls between two."""
    second: float | None = None
    for stretch in candidates:
        if abs(stretch - 1) > _LEAST and (tests := _passed(pair, stretch)):
            if all(test.exact for test in tests):
                return stretch
            second = second or stretch
    return second


def _guesses(pair: Pair) -> Iterator[float]:
    way, other = _way(pair.a), _way(pair.b)
    common = min(way[-1], other[-1])
    if common <= pair.slack:
        return
    at, steps = pair.at.astype(np.float64), np.arange(pair.b.size, dtype=np.float64)
    for share in _SHARES:
        for place in (_last, _place):
            here, there = (place(*each, share * common) for each in ((at, way), (steps, other)))
            if here > 0 and there > 0:
                yield float(there / here)


def _way(values: FloatArray) -> FloatArray:
    """How far the curve has moved, up and down, up to each step."""
    gaps = abs_difference(values[1:], values[:-1])
    return np.concatenate(([0.0], np.cumsum(np.where(np.isfinite(gaps), gaps, 0.0))))


def _last(steps: FloatArray, way: FloatArray, length: float) -> float:
    """The first step that has come as far as ``length``."""
    return float(steps[min(int(np.searchsorted(way, length)), way.size - 1)])


def _place(steps: FloatArray, way: FloatArray, length: float) -> float:
    """The same between two steps: where a smooth curve has come as far."""
    after = int(np.clip(np.searchsorted(way, length), 1, way.size - 1))
    gone = (length - way[after - 1]) / max(way[after] - way[after - 1], np.finfo(float).tiny)
    return float(steps[after - 1] + gone * (steps[after] - steps[after - 1]))


def _simple(guesses: list[float]) -> Iterator[float]:
    """Whole numbers, their inverses and short fractions near ``guesses``, the simplest first."""
    found: set[Fraction] = set()
    for guess in guesses:
        ratio = max(guess, 1 / guess)
        for limit in (1, 2, 4, 16, 100):
            near = Fraction(ratio).limit_denominator(limit)
            if near > 0 and abs(float(near) / ratio - 1) < 0.05:
                found.add(near if guess >= 1 else 1 / near)
    for each in sorted(found, key=lambda each: (min(each.numerator, each.denominator), each)):
        yield float(each)


def _passed(pair: Pair, stretch: float) -> list[_Test]:
    """The tests that prove ``stretch``; none where they do not.

    Where a curve has the other's value at every one of its steps, nothing else is needed: what
    the other does between these steps, it does not show.
    """
    directions = [(pair, stretch)]
    if pair.whole:
        directions.append((pair.swapped, 1 / stretch))
    if not _proof([_tested(_thinned(each), ratio) for each, ratio in directions], fewest=0):
        return []
    return _proof([_tested(each, ratio) for each, ratio in directions])


def _proof(tests: list[_Test], fewest: int = _FEWEST_MOVES) -> list[_Test]:
    exact = max((test.moves for test in tests if test.exact), default=-1)
    if exact >= fewest:
        return tests
    smooth = all(test.smooth for test in tests) and min(test.moves for test in tests) >= fewest
    passed = all(test.passed for test in tests)
    return tests if passed and (smooth or exact >= _FEWEST_STAIRS) else []


def _thinned(pair: Pair) -> Pair:
    every = max(1, pair.at.size // _SAMPLE)
    return replace(pair, at=pair.at[::every], a=pair.a[::every], whole=False)


def _tested(pair: Pair, stretch: float) -> _Test:
    """The curve ``a`` against ``b`` at the places to which ``stretch`` moves its steps."""
    place = np.asarray(pair.at * stretch, dtype=np.float64)
    inside = place <= pair.b.size - 1 + _ON_STEP
    place, values = place[inside], pair.a[inside]
    step = np.floor(place + _ON_STEP).astype(np.int64)
    changes = count_changes(values, pair.slack)
    if (abs_difference(values, pair.b[step]) <= pair.slack).all():
        return _Test(passed=True, moves=changes, exact=True, smooth=True)
    if (place - step <= _ON_STEP).all() or pair.b.size < 6:
        return _Test(passed=False, moves=changes, exact=False, smooth=False)
    between, bend = _interpolated(pair.b, place)
    passed = bool((abs_difference(values, between) <= pair.slack + _BEND * bend).all())
    rough = float(np.mean(bend > _SMOOTH))
    return _Test(passed=passed, moves=changes, exact=False, smooth=rough <= _ROUGH_SHARE)


def _interpolated(values: FloatArray, place: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The cubic through the four steps around each place, and the fourth difference there."""
    first = np.clip(np.floor(place).astype(np.int64) - 2, 0, values.size - 6)
    near = np.stack([values[first + offset] for offset in range(6)])
    fourth = np.abs(near[:-4] - 4 * near[1:-3] + 6 * near[2:-2] - 4 * near[3:-1] + near[4:])
    start = np.clip(np.floor(place).astype(np.int64) - 1 - first, 0, 2)
    four = np.stack([np.choose(start, near[offset : offset + 3]) for offset in range(4)])
    u = place - first - start
    weights = (
        -(u - 1) * (u - 2) * (u - 3) / 6,
        u * (u - 2) * (u - 3) / 2,
        -u * (u - 1) * (u - 3) / 2,
        u * (u - 1) * (u - 2) / 6,
    )
    value = sum(weight * row for weight, row in zip(weights, four, strict=True))
    return np.asarray(value), np.asarray(fourth.max(axis=0))


def _fitted(pair: Pair, stretch: float) -> float | None:
    """The stretch near ``stretch`` that leaves the least: Gauss-Newton with one unknown."""
    every = max(1, pair.at.size // _FITTED)
    at, values = pair.at[::every], pair.a[::every]
    for _ in range(_PASSES):
        inside = (at * stretch <= pair.b.size - 1) & (at > 0)
        if pair.b.size < 6 or not inside.any():
            return None
        place = np.asarray(at[inside] * stretch, dtype=np.float64)
        here, bend = _interpolated(pair.b, place)
        slope = at[inside] * (_interpolated(pair.b, place + 0.25)[0] - here) * 4
        left = values[inside] - here
        good = np.isfinite(left) & np.isfinite(slope) & (bend <= _SMOOTH)
        below = float(np.dot(slope[good], slope[good]))
        if not below:
            return None
        stretch += float(np.dot(slope[good], left[good])) / below
        if not 0 < stretch < np.inf:
            return None
    return stretch
