"""Guesses of the stretch of two curves: one may be the other in more steps, or in fewer.

When both curves have moved by the same total amount, up and down, they are at the same point of
their course. If ``a`` has fallen by 0.3 at step 50 and ``b`` at step 200, the stretch may be 4.
Whether it is, is decided where the transform is compared with every step (``transform.py``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

import numpy as np

from lrplan.arrays import FloatArray
from lrplan.comparison.curve_pair import Pair, abs_difference
from lrplan.comparison.transform import interpolate

_SHARES = (1 - 1e-9, 0.9, 0.75, 0.5, 0.25, 0.1)
"""Parts of the total movement that both curves have, at which their steps are compared."""
_FEW_STEPS = 16
_FIT_SIZE = 2048
_PASSES = 4
_MOST_FITS = 2
_BEND = 1e-3
"""Points where the curve bends by more than this are left out of a fit."""
_LOOKS = 32
_NEAR = 0.02
_NEAR_SHARE = 0.4
"""A stretch is looked at more closely if this share of a few steps is nearly right."""
_LARGEST_USUAL = 64
"""Whole numbers up to this are tried in any case."""
_SMALLEST = 1e-3
"""Stretches nearer to 1 than this are not tried."""


def guessed_stretches(pair: Pair) -> Iterator[list[float]]:
    """Stretches worth a test, in lists: the likeliest first, the costly ones last.

    Each is the number of steps of ``b`` for one step of ``a``.
    """
    if pair.a.size < 3 or pair.b.size < 3:
        return
    steps = np.arange(pair.a.size, dtype=np.float64)
    seen: set[float] = set()
    for paces in _paces(pair):
        new = [pace for pace in paces if abs(pace - 1) > _SMALLEST and pace not in seen]
        seen.update(new)
        yield [1 / pace for pace in new if _is_near(pair, steps, pace)]


def _is_near(pair: Pair, steps: FloatArray, pace: float) -> bool:
    """A first look at a few steps, with straight lines or stairs between those of ``a``."""
    reach = int(np.searchsorted(pair.at, (pair.a.size - 1) / pace, side="right"))
    few = np.linspace(0, reach - 1, min(reach, _LOOKS)).astype(np.int64)
    place = pair.at[few] * pace
    lines, stairs = np.interp(place, steps, pair.a), pair.a[(place + 1e-6).astype(np.int64)]
    near = [np.abs(values - pair.b[few]) <= _NEAR for values in (lines, stairs)]
    return bool(np.count_nonzero(near[0] | near[1]) >= max(_NEAR_SHARE * few.size, 1))


def _paces(pair: Pair) -> Iterator[Iterable[float]]:
    """Steps of ``a`` for one step of ``b``."""
    # Nine digits are enough for a guess, and make one of those that differ by rounding only.
    guesses = list(dict.fromkeys(float(f"{guess:.9g}") for guess in _guess_ratios(pair)))
    if not guesses:
        return
    yield _simple_ratios(guesses)
    # A curve that takes every 7th value of another may skip its turns: it has moved less.
    yield (1.0 * times for times in range(2, _LARGEST_USUAL + 1) if _takes_every_nth(pair, times))
    fits = [_fit(pair, guess) for guess in guesses[:_MOST_FITS]]
    fitted = [value for value in fits if value is not None]
    yield _simple_ratios(fitted)
    yield fitted


def _takes_every_nth(pair: Pair, times: int) -> bool:
    """Return True if the first values of ``b`` are every ``times``-th value of ``a``."""
    few = pair.at[:_FEW_STEPS] * times
    few = few[few < pair.a.size]
    gap = abs_difference(pair.b[: few.size], pair.a[few])
    return few.size > 2 and bool((gap <= pair.slack).all())


def _guess_ratios(pair: Pair) -> Iterator[float]:
    path, other = _path_length(pair.b), _path_length(pair.a)
    common = min(path[-1], other[-1])
    if common <= pair.slack:
        return
    # A cosine of 100 steps and the same of 400: half of the movement is over at steps 50 and 200,
    # which gives 4. Stairs move at a step (the first one), smooth curves between two.
    at, steps = pair.at.astype(np.float64), np.arange(pair.a.size, dtype=np.float64)
    for share in _SHARES:
        for step_at in (_first_step_at, _interpolated_step_at):
            in_b, in_a = (step_at(*each, share * common) for each in ((at, path), (steps, other)))
            if in_a > 0 and in_b > 0:
                yield float(in_a / in_b)


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


def _fit(pair: Pair, pace: float) -> float | None:
    """The pace near ``pace`` with the least squares of differences (Gauss-Newton).

    ``b[s]`` should be ``a(s * pace)``, whose derivative by the pace is ``s * a'``; a step adds
    ``sum(slope * difference) / sum(slope**2)``. Points at jumps are left out.
    """
    every = max(1, pair.at.size // _FIT_SIZE)
    at, values = pair.at[::every], pair.b[::every]
    for _ in range(_PASSES):
        inside = (at * pace <= pair.a.size - 1) & (at > 0)
        if pair.a.size < 6 or not inside.any():
            return None
        place = np.asarray(at[inside] * pace, dtype=np.float64)
        predicted, bend = interpolate(pair.a, place)
        # The derivative a' as a difference over a quarter of a step: 4 * (a(x + 0.25) - a(x)).
        slope = at[inside] * (interpolate(pair.a, place + 0.25)[0] - predicted) * 4
        difference = values[inside] - predicted
        usable = np.isfinite(difference) & np.isfinite(slope) & (bend <= _BEND)
        below = float(np.dot(slope[usable], slope[usable]))
        if not below:
            return None
        pace += float(np.dot(slope[usable], difference[usable])) / below
        if not 0 < pace < np.inf:
            return None
    return pace
