"""A curve as pieces: a multiple of a shape, and an offset."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lrplan.simulate.closed_form.tick_functions import TickFunction
    from lrplan.trace import FloatArray, IntArray

_CHUNK = 1 << 14
"""Values computed together: what a formula leaves behind then stays near the processor."""

_SAMPLE = 1 << 10
"""Ticks of a tame shape that are enough to know its size."""


@dataclass(frozen=True, slots=True)
class Piece:
    """``offset + scale * shape`` from one call on; without a shape, ``offset``."""

    begin: int
    """The first call of the outermost scheduler's ``step()`` (0: none so far) that it is for."""
    offset: float
    scale: float = 0.0
    shape: TickFunction | None = None
    zero: int = 0
    """The call at which the shape's own ticks begin."""

    def later(self, calls: int) -> Piece:
        """The same piece, so many calls later."""
        return replace(self, begin=self.begin + calls, zero=self.zero + calls)

    def at(self, calls: IntArray | FloatArray) -> FloatArray:
        """The values after ``calls``, which are sorted."""
        if self.shape is None:
            return np.full(len(calls), self.offset)
        ticks = (calls - self.zero).astype(np.float64)
        return self.offset + self.scale * self.shape(ticks)

    def fill(self, out: FloatArray, end: int, kept: ShapeCache) -> None:
        """Put the values from ``begin`` to before call ``end`` where they belong in ``out``."""
        target = out[self.begin : end]
        if self.shape is None:
            target[:] = self.offset
            return
        np.multiply(
            kept.values(self.shape, self.begin - self.zero, end - self.zero), self.scale, out=target
        )
        target += self.offset

    def largest(self, end: int, kept: ShapeCache) -> float:
        """The largest absolute value from ``begin`` to before call ``end``; NaN if one is NaN."""
        if self.shape is None:
            return abs(self.offset)
        ends = kept.extremes(self.shape, self.begin - self.zero, end - self.zero)
        return float(np.abs(self.offset + self.scale * ends).max())


@dataclass(frozen=True, slots=True)
class Curve:
    """The values of a field of a group after each call of one scheduler."""

    first: float
    """Before any call."""
    pieces: tuple[Piece, ...]
    calls: int
    """How many there are in the run."""
    multiplies: bool = False
    """Whether each call multiplies what is there by a number of its own, so that it goes with
    others of this kind."""
    overwrites: bool = False
    """Whether each call writes a value that follows from the call alone."""

    def at(self, calls: IntArray) -> FloatArray:
        """The values after ``calls``, which are sorted."""
        found = np.empty(len(calls))
        edges = [0, *np.searchsorted(calls, [each.begin for each in self.pieces[1:]]), len(calls)]
        for piece, (begin, end) in zip(self.pieces, pairwise(edges), strict=True):
            if end > begin:
                found[begin:end] = piece.at(calls[begin:end])
        found[calls == 0] = self.first
        return found

    def values(self, kept: ShapeCache) -> FloatArray:
        """The values after 0, 1, ... calls, shape ``(calls + 1,)``."""
        found = np.empty(self.calls + 1)
        for piece, end in self._spans():
            piece.fill(found, end, kept)
        found[0] = self.first
        return found

    def largest(self, kept: ShapeCache) -> float:
        """The largest absolute value; NaN or infinite if one is."""
        found = [abs(self.first), *(piece.largest(end, kept) for piece, end in self._spans())]
        return float(np.max(found))

    def _spans(self) -> Iterator[tuple[Piece, int]]:
        ends = [piece.begin for piece in self.pieces[1:]]
        return zip(self.pieces, [*ends, self.calls + 1], strict=True)


class ShapeCache:
    """What shapes gave, as far as there is room; curves that differ in scale only share it.

    Args:
        room: bytes of values that are kept.
    """

    def __init__(self, room: int) -> None:
        self._room = room
        self._held: OrderedDict[object, FloatArray] = OrderedDict()
        self._extremes: dict[object, FloatArray] = {}

    def values(self, shape: TickFunction, first: int, end: int) -> FloatArray:
        """``shape`` at the ticks from ``first`` to before ``end``."""
        key = (shape, first, end)
        known = self.get(key)
        if known is not None:
            return known
        found = np.empty(end - first)
        for begin in range(0, len(found), _CHUNK):
            part = found[begin : begin + _CHUNK]
            part[:] = shape(np.arange(first + begin, first + begin + len(part), dtype=np.float64))
        self.keep(key, found)
        return found

    def extremes(self, shape: TickFunction, first: int, end: int) -> FloatArray:
        """The smallest and the largest of these values; of a tame shape, of some of them."""
        key = (shape, first, end)
        if key not in self._extremes:
            few = np.unique(np.linspace(first, end - 1, _SAMPLE).astype(np.int64))
            tame = shape.tame and end - first > _SAMPLE
            found = shape(few.astype(np.float64)) if tame else self.values(*key)
            self._extremes[key] = np.array([found.min(), found.max()])
        return self._extremes[key]

    def keep(self, key: object, found: FloatArray) -> None:
        """Keep ``found`` under ``key``, in the place of what was asked for longest ago."""
        self._held[key] = found
        while len(self._held) > 1 and sum(each.nbytes for each in self._held.values()) > self._room:
            self._held.popitem(last=False)

    def get(self, key: object) -> FloatArray | None:
        """What is kept under ``key``."""
        found = self._held.get(key)
        if found is not None:
            self._held.move_to_end(key)
        return found
