"""The stretch of two curves: one is the other in more steps, or in fewer.

Guess, then prove. Where both curves have moved by the same total amount, up and down, they are at
the same point of their course. If ``a`` has fallen by 0.3 at step 50 and ``b`` at step 200, the
stretch may be 4. A stretch of 4 predicts ``b[4 * i] == a[i]``, which is then tested at every step:
exactly where a step of one curve falls on a step of the other, by cubic interpolation where it
falls between two.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from lrplan.comparison.curve_pair import Pair, abs_difference, count_changes, within_tolerance

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lrplan.arrays import FloatArray


_SHARES = (1 - 1e-9, 0.9, 0.75, 0.5, 0.25, 0.1)
"""Parts of the total movement that both curves have, at which their steps are compared."""
_SAMPLE_SIZE = 256
_FEW_STEPS = 16
_FIT_SIZE = 2048
_PASSES = 4
_FEWEST_STAIRS = 2
_FEWEST_CHANGES = 8
_BEND = 0.5
"""Of the fourth difference: the error of cubic interpolation is at most a twentieth of it, and at
a jump the value may be on either side."""
_SMOOTH = 1e-3
_ROUGH_SHARE = 0.1
"""If more of a curve than this bends by more than ``_SMOOTH``, interpolation proves nothing."""
_ON_STEP = 1e-6
_LARGEST_USUAL = 64
"""Whole numbers up to this are tried in any case."""
_SMALLEST = 1e-3
"""A stretch nearer to 1 than this is not looked for."""


@dataclass(frozen=True, slots=True)
class _Test:
    """The result of testing a stretch on some steps of one curve."""

    passed: bool
    changes: int
    exact: bool
    """Every step fell on a step of the other curve."""
    smooth: bool


def stretch_of(pair: Pair) -> float | None:
    """The steps of ``b`` for one step of ``a``; None where ``b`` is no stretched ``a``."""
    if pair.a.size < 3 or pair.b.size < 3:
        return None
    proven = (_first_exact(pair, candidates) for candidates in _candidates(pair))
    return next((stretch for stretch in proven if stretch is not None), None)


def _candidates(pair: Pair) -> Iterator[Iterable[float]]:
    """Stretches to try, the likeliest first; the costly ones are computed only when needed."""
    # Nine digits are enough for a guess, and make one of those that differ by rounding only.
    guesses = list(dict.fromkeys(float(f"{guess:.9g}") for guess in _guess_ratios(pair)))
    if not guesses:
        return
    yield _simple_ratios(guesses)
    # A curve that takes every 7th value of another may skip its turns: it has moved less.
    yield (1.0 * times for times in range(2, _LARGEST_USUAL + 1) if _takes_every_nth(pair, times))
    if pair.is_complete:
        yield (
            1 / times
            for times in range(2, _LARGEST_USUAL + 1)
            if _takes_every_nth(pair.swapped, times)
        )
    fits = [_fit(pair, guess) for guess in guesses[:_PASSES]]
    fitted = [value for value in fits if value is not None]
    yield _simple_ratios(fitted)
    yield fitted


def _takes_every_nth(pair: Pair, times: int) -> bool:
    """Return True if the first values of ``a`` are every ``times``-th value of ``b``."""
    few = pair.at[:_FEW_STEPS] * times
    few = few[few < pair.b.size]
    return few.size > 2 and within_tolerance(pair.a[: few.size], pair.b[few], pair.slack)


def _first_exact(pair: Pair, candidates: Iterable[float]) -> float | None:
    """The first candidate that is proven without interpolation; else the first that is proven."""
    second: float | None = None
    for stretch in candidates:
        if abs(stretch - 1) > _SMALLEST and (tests := _proving_tests(pair, stretch)):
            if all(test.exact for test in tests):
                return stretch
            second = second or stretch
    return second


def _guess_ratios(pair: Pair) -> Iterator[float]:
    path, other = _path_length(pair.a), _path_length(pair.b)
    common = min(path[-1], other[-1])
    if common <= pair.slack:
        return
    # A cosine of 100 steps and the same of 400: half of the movement is over at steps 50 and 200,
    # which gives 4. Stairs move at a step (the first one), smooth curves between two.
    at, steps = pair.at.astype(np.float64), np.arange(pair.b.size, dtype=np.float64)
    for share in _SHARES:
        for step_at in (_first_step_at, _interpolated_step_at):
            in_a, in_b = (step_at(*each, share * common) for each in ((at, path), (steps, other)))
            if in_a > 0 and in_b > 0:
                yield float(in_b / in_a)


def _path_length(values: FloatArray) -> FloatArray:
    """The total movement, up and down, up to each step: 3 1 2 gives 0 2 3."""
    gaps = abs_difference(values[1:], values[:-1])
    return np.concatenate(([0.0], np.cumsum(np.where(np.isfinite(gaps), gaps, 0.0))))


def _first_step_at(steps: FloatArray, path: FloatArray, length: float) -> float:
    """The first step up to which the curve has moved by ``length``."""
    return float(steps[min(int(np.searchsorted(path, length)), path.size - 1)])


def _interpolated_step_at(steps: FloatArray, path: FloatArray, length: float) -> float:
    """The point between two steps up to which a smooth curve has moved by ``length``."""
    after = int(np.clip(np.searchsorted(path, length), 1, path.size - 1))
    share = (length - path[after - 1]) / max(path[after] - path[after - 1], np.finfo(float).tiny)
    return float(steps[after - 1] + share * (steps[after] - steps[after - 1]))


def _simple_ratios(guesses: list[float]) -> Iterator[float]:
    """Whole numbers, their inverses and short fractions near ``guesses``, the simplest first."""
    ratios: set[Fraction] = set()
    for guess in guesses:
        # A guess of 3.98 gives 4 (limit 1), then 199/50; one of 0.248 gives 1/4. Simple ratios are
        # what epochs, accumulation and devices make.
        ratio = max(guess, 1 / guess)
        for limit in (1, 2, 4, 16, 100):
            near = Fraction(ratio).limit_denominator(limit)
            if near > 0 and abs(float(near) / ratio - 1) < 0.05:
                ratios.add(near if guess >= 1 else 1 / near)
    for each in sorted(ratios, key=lambda each: (min(each.numerator, each.denominator), each)):
        yield float(each)


def _proving_tests(pair: Pair, stretch: float) -> list[_Test]:
    """The tests of ``stretch`` in both directions if they prove it; else an empty list.

    ``a[i]`` is compared with ``b`` at ``i * stretch``, and ``b[j]`` with ``a`` at ``j / stretch``.
    A first look at a sample of steps saves most of the work for a wrong stretch.
    """
    directions = [(pair, stretch)]
    if pair.is_complete:
        directions.append((pair.swapped, 1 / stretch))
    if not _proof([_test(_sample(each), ratio) for each, ratio in directions], fewest=0):
        return []
    return _proof([_test(each, ratio) for each, ratio in directions])


def _proof(tests: list[_Test], fewest: int = _FEWEST_CHANGES) -> list[_Test]:
    """``tests`` if they prove the stretch, else an empty list.

    One direction is enough where every step falls on a step of the other curve: what the other
    does between those steps cannot be seen from here. Interpolation needs both directions, and
    smooth curves, or at least a few exact stairs.
    """
    exact = max((test.changes for test in tests if test.exact), default=-1)
    if exact >= fewest:
        return tests
    smooth = all(test.smooth for test in tests) and min(test.changes for test in tests) >= fewest
    passed = all(test.passed for test in tests)
    return tests if passed and (smooth or exact >= _FEWEST_STAIRS) else []


def _sample(pair: Pair) -> Pair:
    every = max(1, pair.at.size // _SAMPLE_SIZE)
    return replace(pair, at=pair.at[::every], a=pair.a[::every], is_complete=False)


def _test(pair: Pair, stretch: float) -> _Test:
    """Compare each ``a[i]`` with ``b`` at step ``i * stretch``, which may lie between two steps."""
    # A little is added before rounding down: 49 * (1 / 49) is 0.9999999999999999, and means step 1.
    point = np.asarray(pair.at * stretch, dtype=np.float64)
    inside = point <= pair.b.size - 1 + _ON_STEP
    point, values = point[inside], pair.a[inside]
    step = np.floor(point + _ON_STEP).astype(np.int64)
    changes = count_changes(values, pair.slack)
    if (abs_difference(values, pair.b[step]) <= pair.slack).all():
        return _Test(passed=True, changes=changes, exact=True, smooth=True)
    if (point - step <= _ON_STEP).all() or pair.b.size < 6:
        return _Test(passed=False, changes=changes, exact=False, smooth=False)
    between, bend = _interpolate(pair.b, point)
    passed = bool((abs_difference(values, between) <= pair.slack + _BEND * bend).all())
    rough = float(np.mean(bend > _SMOOTH))
    return _Test(passed=passed, changes=changes, exact=False, smooth=rough <= _ROUGH_SHARE)


def _interpolate(values: FloatArray, point: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The cubic through the four steps around each point, and the fourth difference there.

    Step 10.3 is interpolated by the Lagrange polynomial through steps 9, 10, 11 and 12, with u =
    1.3. The fourth difference of the steps around bounds its error: it is 0 for a cubic, tiny for
    a cosine and large at a jump.
    """
    # Point 10.3: `first` is 8, `start` 10 - 1 - 8 = 1, so steps 9 to 12 are taken, and u is 1.3. At
    # the ends all six move inwards: for point 0.3 `first` and `start` are 0, and u is 0.3.
    first = np.clip(np.floor(point).astype(np.int64) - 2, 0, values.size - 6)
    # Six steps around each point: two fourth differences, the larger of which is taken.
    near = np.stack([values[first + offset] for offset in range(6)])
    fourth = np.abs(near[:-4] - 4 * near[1:-3] + 6 * near[2:-2] - 4 * near[3:-1] + near[4:])
    start = np.clip(np.floor(point).astype(np.int64) - 1 - first, 0, 2)
    four = np.stack([np.choose(start, near[offset : offset + 3]) for offset in range(4)])
    u = point - first - start
    weights = (
        -(u - 1) * (u - 2) * (u - 3) / 6,
        u * (u - 2) * (u - 3) / 2,
        -u * (u - 1) * (u - 3) / 2,
        u * (u - 1) * (u - 2) / 6,
    )
    value = sum(weight * row for weight, row in zip(weights, four, strict=True))
    return np.asarray(value), np.asarray(fourth.max(axis=0))


def _fit(pair: Pair, stretch: float) -> float | None:
    """The stretch near ``stretch`` with the least squares of differences (Gauss-Newton).

    ``a[i]`` should be ``b(i * stretch)``, whose derivative by the stretch is ``i * b'``; a step
    adds ``sum(slope * difference) / sum(slope**2)``. Points at jumps are left out.
    """
    every = max(1, pair.at.size // _FIT_SIZE)
    at, values = pair.at[::every], pair.a[::every]
    for _ in range(_PASSES):
        inside = (at * stretch <= pair.b.size - 1) & (at > 0)
        if pair.b.size < 6 or not inside.any():
            return None
        point = np.asarray(at[inside] * stretch, dtype=np.float64)
        predicted, bend = _interpolate(pair.b, point)
        # The derivative b' as a difference over a quarter of a step: 4 * (b(x + 0.25) - b(x)).
        slope = at[inside] * (_interpolate(pair.b, point + 0.25)[0] - predicted) * 4
        difference = values[inside] - predicted
        usable = np.isfinite(difference) & np.isfinite(slope) & (bend <= _SMOOTH)
        below = float(np.dot(slope[usable], slope[usable]))
        if not below:
            return None
        stretch += float(np.dot(slope[usable], difference[usable])) / below
        if not 0 < stretch < np.inf:
            return None
    return stretch
