"""A curve as pieces, each a polynomial that is near enough to the curve at every step.

A piece is a first step and some numbers. One number is a constant; two are the values at the first
and the last step of a line; the others say how the curve bends between the two: the coefficients
of the Chebyshev polynomials 2, 3, ... over the piece. A warm-up is one piece of two numbers, a
StepLR a piece of one number for each stair, and half a period of a cosine one of 13 numbers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.polynomial import chebyshev

from lrplan.arrays import BoolArray, FloatArray, IntArray

MOST_NUMBERS = 1_000
"""A curve that needs more numbers than these is not kept as pieces."""
MOST_BENDS = 11
"""Numbers of a piece beyond its first and last value."""
_SAMPLES = 4 * (MOST_BENDS + 2)
_CHUNK = 1 << 16
_RETRIES = 20


@dataclass(frozen=True, slots=True)
class Piece:
    """The values from step ``start`` to before the next piece."""

    start: int
    numbers: tuple[float, ...]

    def times(self, factor: float) -> Piece:
        """The piece of a curve that is ``factor`` times as high."""
        return Piece(self.start, tuple(factor * number for number in self.numbers))


def fit_pieces(values: FloatArray, allowed: float, places: int | None) -> list[Piece] | None:
    """Pieces that differ from ``values`` by at most ``allowed`` at every step.

    Returns:
        As few numbers as a greedy search finds; None where ``MOST_NUMBERS`` are not enough.

    Args:
        values: shape ``(n,)``; what is not finite is a piece of its own.
        allowed: the largest difference.
        places: decimal places that numbers are rounded to; None: not at all.
    """
    pieces: list[Piece] = []
    count, start = 0, 0
    ends = _ends_of_finite_parts(values)
    while start < values.size:
        stop = int(ends[np.searchsorted(ends, start, side="right")])
        length, numbers = _longest(values[start:stop], allowed, places)
        pieces.append(Piece(start, numbers))
        count += len(numbers)
        if count > MOST_NUMBERS:
            return None
        start += length
    return pieces


def values_of(pieces: Sequence[Piece], steps: int, first: int) -> FloatArray:
    """The first ``first`` values of ``pieces``, which describe ``steps`` steps."""
    values = np.empty(min(first, steps))
    for piece, stop in zip(pieces, [*(each.start for each in pieces[1:]), steps], strict=True):
        count = min(stop, values.size) - piece.start
        if count > 0:
            part = values[piece.start : piece.start + count]
            part[:] = _evaluate(piece.numbers, stop - piece.start, count)
    return values


def _ends_of_finite_parts(values: FloatArray) -> IntArray:
    """The steps at which a part ends: finite values, or one value that is not finite."""
    # nan nan 1 2 inf has the parts nan nan, 1 2, and inf, which end at 2, 4 and 5.
    kind = np.where(np.isfinite(values), 0, np.where(np.isnan(values), 1, np.sign(values) + 3))
    return np.append(np.flatnonzero(np.diff(kind)) + 1, values.size)


def _longest(
    values: FloatArray, allowed: float, places: int | None
) -> tuple[int, tuple[float, ...]]:
    """The length and the numbers of the first piece of ``values``."""
    if not np.isfinite(values[0]):
        return values.size, (float(values[0]),)
    off = np.abs(values - values[0]) > allowed / 2
    held = int(off.argmax()) if off.any() else values.size
    best: tuple[int, tuple[float, ...]] = (held, (_round(values[0], places),))
    for bends in (0, MOST_BENDS):
        # A constant or a line for the whole rest cannot be bettered by more numbers.
        if best[0] == values.size or values.size < 3:
            break
        found = _longest_bent(values, bends, allowed, places)
        if found[0] * (len(best[1]) + 1) > best[0] * (len(found[1]) + 1):
            best = found
    return best


def _longest_bent(
    values: FloatArray, bends: int, allowed: float, places: int | None
) -> tuple[int, tuple[float, ...]]:
    """The longest piece with ``bends`` bends: found by few samples, and checked at every step."""
    most = values.size
    for _ in range(_RETRIES):
        length = _longest_by_samples(values[:most], bends, allowed)
        numbers = _numbers(values[:length], bends, places)
        # With the values that both ends really have, the file is easier to read.
        ends = _round(values[0], places), _round(values[length - 1], places)
        exact = (*ends, *numbers[2:])
        if not _is_off(exact, values[:length], allowed).any():
            return length, exact
        off = _is_off(numbers, values[:length], allowed)
        if not off.any():
            return length, numbers
        # Few steps that no sample has seen, such as a spike: the piece ends before them. Many: the
        # fit is not good enough for the whole length.
        is_spike = 100 * np.count_nonzero(off) < length
        most = int(off.argmax()) if is_spike else length * 4 // 5
        if most < 2:
            break
    return 1, (_round(values[0], places),)


def _longest_by_samples(values: FloatArray, bends: int, allowed: float) -> int:
    """The largest length, up to that of ``values``, whose samples fit; by doubling and halving."""
    fits = min(bends + 2, values.size)
    fails = values.size + 1
    while fits < values.size:
        trial = min(2 * fits, values.size)
        if not _samples_fit(values[:trial], bends, allowed):
            fails = trial
            break
        fits = trial
    while fails - fits > 1 and fits < values.size:
        middle = (fits + fails) // 2
        if _samples_fit(values[:middle], bends, allowed):
            fits = middle
        else:
            fails = middle
    return fits


def _samples_fit(values: FloatArray, bends: int, allowed: float) -> bool:
    at, basis, solve = _design(values.size, bends)
    samples = values[at]
    # Scaled, so that the largest and smallest numbers neither overflow nor vanish.
    scale = float(np.abs(samples).max()) or 1.0
    fitted = basis @ (solve @ (samples / scale))
    return bool((np.abs(fitted - samples / scale) <= allowed / scale / 2).all())


@lru_cache(maxsize=512)
def _design(length: int, bends: int) -> tuple[IntArray, FloatArray, FloatArray]:
    """The steps of samples, the polynomials there, and what makes coefficients of the samples."""
    at = _sample_steps(length)
    places = 2.0 * at / max(length - 1, 1) - 1
    basis = np.asarray(chebyshev.chebvander(places, bends + 1), dtype=np.float64)
    return at, basis, np.asarray(np.linalg.pinv(basis), dtype=np.float64)


def _sample_steps(length: int) -> IntArray:
    if length <= _SAMPLES:
        return np.arange(length)
    # Denser at both ends, where a polynomial through even samples would swing.
    angles = np.linspace(0, math.pi, _SAMPLES)
    return np.unique(np.rint((1 - np.cos(angles)) / 2 * (length - 1)).astype(np.int64))


def _numbers(values: FloatArray, bends: int, places: int | None) -> tuple[float, ...]:
    at, _, solve = _design(values.size, bends)
    scale = float(np.abs(values[at]).max()) or 1.0
    series = solve @ (values[at] / scale) * scale
    signs = (-1.0) ** np.arange(series.size)
    numbers = [float(series @ signs), float(series.sum()), *series[2:].tolist()]
    rounded = [_round(number, places) for number in numbers]
    while len(rounded) > 2 and rounded[-1] == 0:
        rounded.pop()
    return tuple(rounded)


def _is_off(numbers: tuple[float, ...], values: FloatArray, allowed: float) -> BoolArray:
    return np.asarray(np.abs(_evaluate(numbers, values.size, values.size) - values) > allowed)


def _round(number: float, places: int | None) -> float:
    return float(number) if places is None else round(float(number), places) + 0.0


def _evaluate(numbers: tuple[float, ...], length: int, count: int) -> FloatArray:
    """The first ``count`` values of a piece of ``length`` steps."""
    if len(numbers) == 1:
        return np.full(count, numbers[0])
    first, last, *bends = numbers
    # Even polynomials are 1 at both ends and odd ones -1 and 1: what the bends add to the ends is
    # taken off the line.
    even, odd = sum(bends[::2]), sum(bends[1::2])
    series = np.array([(first + last) / 2 - even, (last - first) / 2 - odd, *bends])
    values = np.empty(count)
    for start in range(0, count, _CHUNK):
        at = np.arange(start, min(start + _CHUNK, count))
        values[at] = chebyshev.chebval(2.0 * at / max(length - 1, 1) - 1, series)
    return values
