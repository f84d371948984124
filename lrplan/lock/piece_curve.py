"""A curve kept in a lock at every step: pieces, and how they are repeated."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from lrplan.arrays import FloatArray
from lrplan.comparison import abs_difference, describe, finite, largest_magnitude, relate
from lrplan.decimate import changes
from lrplan.lock.deviation import ACCURACY, MARGIN, LockDeviation
from lrplan.lock.pieces import Piece, fit_pieces, values_of

_TRIED_PERIODS = 8
_FEW_STAIRS = 8
_MOST_TIMES_AS_LONG = 8
"""A lock may say a run of any length, and is not made as many numbers for a short one."""


@dataclass(frozen=True, slots=True)
class PieceCurve:
    """The value of every step, to within ``ACCURACY`` times the tolerance.

    Stairs of 100 steps each (``every`` 100) are kept as one value a stair. Of a curve that begins
    anew again and again, ``pieces`` are the first period, of ``period`` values.
    """

    pieces: tuple[Piece, ...]
    every: int = 1
    """The steps that each value is held for."""
    period: int | None = None
    """The number of values after which they are repeated; None: they are not."""

    @property
    def constant(self) -> float | None:
        """The value of a curve that has only one; None of every other."""
        if len(self.pieces) != 1 or len(self.pieces[0].numbers) != 1:
            return None
        return self.pieces[0].numbers[0]

    def times(self, factor: float) -> PieceCurve:
        """The curve ``factor`` times as high."""
        return replace(self, pieces=tuple(piece.times(factor) for piece in self.pieces))

    def values(self, steps: int, first: int | None = None) -> FloatArray:
        """The values of a run of ``steps`` steps, or the ``first`` of them."""
        wanted = steps if first is None else min(first, steps)
        if self.constant is not None:
            return np.broadcast_to(np.float64(self.constant), wanted)
        count = _ticks(wanted, self.every)
        values = values_of(self.pieces, self.period or _ticks(steps, self.every), count)
        if self.period is not None:
            values = np.resize(values, count)
        return values if self.every == 1 else np.repeat(values, self.every)[:wanted]

    def deviation(self, now: FloatArray, steps: int, tolerance: float) -> LockDeviation | None:
        """The deviation of ``now`` from this curve over ``steps`` steps; None: within tolerance."""
        locked = self.values(steps, now.size)
        distance = abs_difference(finite(now[:steps]), finite(locked))
        locked_peak = largest_magnitude(locked)
        peak = max(largest_magnitude(now), locked_peak)
        differs = distance > tolerance * peak - MARGIN * tolerance * locked_peak
        if not differs.any():
            return None
        worst = int(distance.argmax())
        return LockDeviation(
            first=int(differs.argmax()), step=worst, largest=float(distance[worst]), peak=peak
        )

    def relation(self, now: FloatArray, steps: int, facts: Mapping[int, str]) -> str:
        """The relation of ``now`` to this curve as a sentence; empty without a simple one."""
        if steps > _MOST_TIMES_AS_LONG * now.size:
            return ""
        relation = relate(finite(self.values(steps)), finite(now))
        if relation.kind in ("equal", "unrelated"):
            return ""
        return describe(relation, "the locked curve", "the curve", facts=facts)


def fit_curve(values: FloatArray, tolerance: float) -> PieceCurve | None:
    """``values`` in pieces; None where that takes too many numbers."""
    peak = largest_magnitude(values)
    allowed = ACCURACY * tolerance * peak
    # Numbers are written to a sixteenth of what is allowed: 3e-12 has places up to 1e-13.
    places = 1 - math.floor(math.log10(allowed / 1.6)) if allowed > 1e-290 else None
    every = _every(values)
    ticks = values[::every]
    period = _period(ticks, allowed / 2)
    pieces = fit_pieces(ticks[:period], allowed / 2 if period else allowed, places)
    if pieces is None:
        return None
    return PieceCurve(tuple(pieces), every, period)


def _every(values: FloatArray) -> int:
    """The steps that every value is held for; 1 for a few stairs, whose own steps are shown."""
    starts = changes(values)
    return int(np.gcd.reduce(starts)) if starts.size > _FEW_STAIRS else 1


def _period(values: FloatArray, allowed: float) -> int | None:
    """The number of values after which ``values`` repeat; None where they do not, twice at least.

    Tried are the first steps that have the values of steps 0 and 1 once more.
    """
    near = (abs_difference(values, values[:1]) <= allowed)[1:-1]
    near &= abs_difference(values[2:], values[1:2]) <= allowed
    for period in (np.flatnonzero(near)[:_TRIED_PERIODS] + 1).tolist():
        repeated = np.resize(values[:period], values.size)
        if 2 * period <= values.size and (abs_difference(repeated, values) <= allowed).all():
            return int(period)
    return None


def _ticks(steps: int, every: int) -> int:
    return -(-steps // every)
