"""Piecewise curves: each piece is an offset and a multiple of a shape.

A warm-up of 1,000 calls to 0.1 and a cosine of 9,000 calls, for example, are two pieces::

    Piece(begin=0,    offset=0, scale=0.1, shape=linear warm-up)
    Piece(begin=1000, offset=0, scale=0.1, shape=half a cosine, origin=1000)

The shape of a piece counts its own ticks from ``origin`` on. Another group with ``lr: 0.2`` has the
same pieces with ``scale=0.2``, and ``ShapeCache`` computes each shape once for both.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from lrplan.arrays import FloatArray, IntArray
from lrplan.simulate.closed_form.tick_functions import TickFunction

_CHUNK = 1 << 14
"""Values computed together, so that intermediate arrays fit into the processor's cache."""

_SAMPLE = 1 << 10
"""Ticks of a smooth shape that are enough to know its size."""


@dataclass(frozen=True, slots=True)
class CurvePiece:
    """``offset + scale * shape`` from one call on; without a shape, ``offset``."""

    begin: int
    """The first call of the outermost scheduler's ``step()`` (0: none so far) that it holds for."""
    offset: float
    scale: float = 0.0
    shape: TickFunction | None = None
    origin: int = 0
    """The call that is tick 0 of the shape."""

    def shift(self, calls: int) -> CurvePiece:
        """Return the same piece, ``calls`` calls later."""
        return replace(self, begin=self.begin + calls, origin=self.origin + calls)

    def at(self, calls: IntArray | FloatArray) -> FloatArray:
        """Return the values after ``calls``, which are sorted."""
        if self.shape is None:
            return np.full(len(calls), self.offset)
        ticks = (calls - self.origin).astype(np.float64)
        return self.offset + self.scale * self.shape(ticks)

    def fill(self, out: FloatArray, end: int, cache: ShapeCache) -> None:
        """Write the values from ``begin`` to before call ``end`` into ``out``."""
        target = out[self.begin : end]
        if self.shape is None:
            target[:] = self.offset
            return
        np.multiply(
            cache.values(self.shape, self.begin - self.origin, end - self.origin),
            self.scale,
            out=target,
        )
        target += self.offset

    def largest(self, end: int, cache: ShapeCache) -> float:
        """Return the largest absolute value before call ``end``; NaN if one is NaN."""
        if self.shape is None:
            return abs(self.offset)
        ends = cache.extremes(self.shape, self.begin - self.origin, end - self.origin)
        return float(np.abs(self.offset + self.scale * ends).max())


@dataclass(frozen=True, slots=True)
class PiecewiseCurve:
    """The values of a field of a group after each call of one scheduler."""

    first: float
    """The value before any call."""
    pieces: tuple[CurvePiece, ...]
    calls: int
    """Calls in the run."""
    multiplies: bool = False
    """True if each call multiplies the current value by a number of its own: such curves of several
    schedulers can be multiplied."""
    overwrites: bool = False
    """True if the value that a call writes depends on the number of the call only."""

    def at(self, calls: IntArray) -> FloatArray:
        """Return the values after ``calls``, which are sorted."""
        values = np.empty(len(calls))
        # Each piece computes all its calls at once: calls 0, 5, 10, 20 under pieces that begin at 0
        # and 10 have the edges 0, 2, 4. The first piece gets calls 0 and 5, the second 10 and 20.
        edges = [0, *np.searchsorted(calls, [each.begin for each in self.pieces[1:]]), len(calls)]
        for piece, (begin, end) in zip(self.pieces, pairwise(edges), strict=True):
            if end > begin:
                values[begin:end] = piece.at(calls[begin:end])
        values[calls == 0] = self.first
        return values

    def values(self, cache: ShapeCache) -> FloatArray:
        """Return the values after 0, 1, ... calls, shape ``(calls + 1,)``."""
        values = np.empty(self.calls + 1)
        for piece, end in self._spans():
            piece.fill(values, end, cache)
        values[0] = self.first
        return values

    def largest(self, cache: ShapeCache) -> float:
        """Return the largest absolute value; NaN or infinite if one is."""
        sizes = [abs(self.first), *(piece.largest(end, cache) for piece, end in self._spans())]
        return float(np.max(sizes))

    def _spans(self) -> Iterator[tuple[CurvePiece, int]]:
        ends = [piece.begin for piece in self.pieces[1:]]
        return zip(self.pieces, [*ends, self.calls + 1], strict=True)


class ShapeCache:
    """A cache of the values of shapes; curves that differ only in scale share them.

    Args:
        room: bytes of values that are stored.
    """

    def __init__(self, room: int) -> None:
        self._room = room
        self._values: OrderedDict[object, FloatArray] = OrderedDict()
        self._bytes = 0
        self._extremes: dict[object, FloatArray] = {}

    def values(self, shape: TickFunction, first: int, end: int) -> FloatArray:
        """Return ``shape`` at the ticks from ``first`` to before ``end``."""
        key = (shape, first, end)
        stored = self.get(key)
        if stored is not None:
            return stored
        values = np.empty(end - first)
        for begin in range(0, len(values), _CHUNK):
            part = values[begin : begin + _CHUNK]
            part[:] = shape(np.arange(first + begin, first + begin + len(part), dtype=np.float64))
        self.store(key, values)
        return values

    def extremes(self, shape: TickFunction, first: int, end: int) -> FloatArray:
        """Return the smallest and the largest value; of a smooth shape, those of a sample."""
        key = (shape, first, end)
        if key not in self._extremes:
            # The size is used for tolerances, and to find values that are not finite. For a smooth
            # shape, such as a cosine of a million ticks, 1,024 samples are enough. An expression
            # may jump anywhere, so all of its values are computed.
            few = np.unique(np.linspace(first, end - 1, _SAMPLE).astype(np.int64))
            is_sampled = shape.is_smooth and end - first > _SAMPLE
            values = shape(few.astype(np.float64)) if is_sampled else self.values(*key)
            self._extremes[key] = np.array([values.min(), values.max()])
        return self._extremes[key]

    def store(self, key: object, values: FloatArray) -> None:
        """Store ``values`` under a new ``key``, and drop the least recently used ones if needed."""
        self._values[key] = values
        self._bytes += values.nbytes
        # The newest entry stays even if it is larger than the cache: its reader has it in memory.
        while len(self._values) > 1 and self._bytes > self._room:
            _, oldest = self._values.popitem(last=False)
            self._bytes -= oldest.nbytes

    def get(self, key: object) -> FloatArray | None:
        """Return the values stored under ``key``, or None."""
        values = self._values.get(key)
        if values is not None:
            self._values.move_to_end(key)
        return values
