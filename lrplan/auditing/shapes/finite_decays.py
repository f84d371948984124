"""Fits decays from a peak to a floor: linear, cosine, 1-sqrt and polynomial."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from lrplan.arrays import FloatArray
from lrplan.auditing.shapes.candidates import integers_near, roundest_fit
from lrplan.auditing.shapes.least_squares import is_near, squared_errors, zoom_each
from lrplan.auditing.shapes.peak_rows import PeakRows
from lrplan.auditing.shapes.samples import Samples
from lrplan.auditing.shapes.shape import Candidates, Kind, Shape, ShapeLengths
from lrplan.auditing.shapes.short_number import digits_of
from lrplan.auditing.shapes.solve_levels import FixedAtZero
from lrplan.auditing.shapes.warm_up import warmups_of

_KINDS: tuple[Kind, ...] = ("linear", "cosine", "1-sqrt")
_SAMPLES = 40
_LONGEST = 40.0
"""The longest fall that is looked for, as a multiple of the logged updates."""
_POWERS = (0.2, 6.0)
_TURNS = 9
"""Updates at which the fall may begin that are compared at once."""
_MOST_ROUNDS = 12
_NEAT = 3
"""Digits of a rate that somebody has written down."""


def finite_decays(samples: Samples, top: PeakRows) -> Iterator[Shape]:
    """Yield the shapes of each kind that give every row, with the fewest unknowns of each."""
    if top.first and not warmups_of(samples, top):
        return
    last = samples.rows(slice(top.last, None))
    rises = last.values[-1] > (last.values + last.slack).min() + last.slack[-1]
    kinds: Sequence[Kind] = ("repeated-cosine",) if rises else _KINDS
    found = [shape for kind in kinds for shape in _of_kind(samples, top, kind)]
    if not found and not rises:
        # With a free exponent it comes near the others: it is tried only if none of them fits.
        found = list(_of_kind(samples, top, "polynomial"))
    yield from found


def _of_kind(samples: Samples, top: PeakRows, kind: Kind) -> Iterator[Shape]:
    """Yield the shapes of a kind until one is found whose numbers are as people write them."""
    is_held = top.last > top.first and kind not in ("repeated-cosine", "polynomial")
    for hold, floor in product((False, True) if is_held else (False,), (True, False)):
        shape = _Search(
            samples, top, kind, FixedAtZero(floor, start=not top.first), hold=hold
        ).best()
        if shape is not None:
            yield shape
            lengths = shape.lengths
            numbers = (shape.peak, shape.floor, min(lengths.end, lengths.end - lengths.begin))
            if all(digits_of(float(each)) <= _NEAT for each in numbers):
                return


@dataclass(frozen=True, slots=True)
class _Point:
    """The state of the search: warm-up, the update after which the rate falls, and its shape."""

    turn: float
    length: float
    power: float


class _Search:
    """The lengths of one kind of fall.

    For each of some updates at which the fall may begin, its length (and exponent) is found by
    grids that get finer; then the same between the updates that came nearest.
    """

    def __init__(
        self, samples: Samples, top: PeakRows, kind: Kind, pins: FixedAtZero, *, hold: bool
    ) -> None:
        self._all, self._top, self._kind, self._hold, self._pins = samples, top, kind, hold, pins
        # A held peak shows its own rate, and the warm-up has its own rows.
        self._few = samples.rows(slice(top.first if hold else 0, None)).thin(_SAMPLES)

    def best(self) -> Shape | None:
        """The shape of whole lengths that gives every row, or None."""
        point = self._nearest()
        near = self._candidates(*(np.array([[each]]) for each in (point.turn, point.length)))
        if not is_near(self._few, self._kind, replace(near, power=point.power), self._pins):
            return None
        whole = self._whole(point)
        for start in (True, False) if self._top.first else (True,):
            shape = roundest_fit(self._all, self._kind, whole, FixedAtZero(self._pins.floor, start))
            if shape is not None:
                return shape
        return None

    def _nearest(self) -> _Point:
        low, high = self._top.fall if self._hold else self._top.rise
        best, turns = _Point(0, 1, 1), np.unique(np.linspace(low, high, _TURNS).round())
        for _ in range(_MOST_ROUNDS):
            best = self._at_turns(turns)
            step = float(np.diff(turns).max(initial=0))
            if step <= 1:
                break
            nearby = np.linspace(max(best.turn - step, low), min(best.turn + step, high), _TURNS)
            finer = np.unique(nearby.round())
            if np.array_equal(finer, turns):
                break
            turns = finer
        return best

    def _at_turns(self, turns: FloatArray) -> _Point:
        """The best length and exponent of the best of some turns."""
        span = float(self._few.updates[-1]) + 1
        bounds = [(0.0, float(np.log(_LONGEST * span)))]
        if self._kind == "polynomial":
            bounds.append((float(np.log(_POWERS[0])), float(np.log(_POWERS[1]))))
        points, costs = zoom_each(lambda *axes: self._costs(turns, *axes), bounds, len(turns))
        nearest = int(np.argmin(costs))
        length, *power = np.exp(points[nearest])
        return _Point(float(turns[nearest]), float(length), float(power[0]) if power else 1.0)

    def _costs(self, turns: FloatArray, *logs: FloatArray) -> FloatArray:
        """The costs of lengths and exponents of each turn, shape ``(turns, points)``."""
        length, *power = (np.exp(each).reshape(-1, 1) for each in logs)
        each_turn = np.repeat(turns, logs[0].shape[1])[:, None]
        lengths = self._candidates(each_turn, length)
        lengths = replace(lengths, power=power[0]) if power else lengths
        return squared_errors(self._few, self._kind, lengths, self._pins).reshape(logs[0].shape)

    def _candidates(self, turn: FloatArray, length: FloatArray) -> Candidates:
        warmup = float(self._few.updates[0]) if self._hold else turn
        return Candidates(warmup, turn, turn + length)

    def _whole(self, point: _Point) -> list[ShapeLengths]:
        """Whole lengths around the point that the search has found."""
        turns, ends = integers_near(point.turn, 2), integers_near(point.turn + point.length, 16)
        # A run often ends with its schedule.
        last = int(self._all.updates[-1])
        ends = sorted({*ends, *range(last, last + 3)})
        powers = [1.0]
        if self._kind == "polynomial":
            powers = sorted({round(point.power, digits) for digits in (0, 1, 2)} - {0.0, 1.0})
        warmups: Sequence[int | None] = [None]
        if self._hold:
            warmups = warmups_of(self._all, self._top)
        return [
            ShapeLengths(turn if warmup is None else warmup, turn, end, power)
            for turn, end, power, warmup in product(turns, ends, powers, warmups)
            if end > turn and (warmup is None or warmup < turn)
        ]
