"""What a scheduler does to one field of one group, as formulas of its own ticks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from lrplan.simulate.closed_form.piecewise_curve import Piece

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lrplan.simulate.closed_form.tick_functions import TickFunction
    from lrplan.trace import FloatArray

Ticks: TypeAlias = "Sequence[int]"

Kind = Literal["sets", "multiplies", "moves"]
"""``sets``: every tick writes a value that follows from the tick alone. ``multiplies``: every tick
multiplies what is there by a number that follows from the tick alone. ``moves``: the new value
follows from the old one in another way, so that nobody else may change it meanwhile."""


class FieldFormula(ABC):
    """One field of one group under one scheduler; ticks are the scheduler's own."""

    kind: Kind

    @abstractmethod
    def initial(self, now: float) -> float:
        """The value at tick 0 when the scheduler is made while the group holds ``now``."""

    @abstractmethod
    def entered(self, now: float) -> float:
        """The value at tick 0 when ``SequentialLR`` comes to it while the group holds ``now``."""

    @abstractmethod
    def pieces(self, first: float, last: int) -> list[Piece]:
        """The values at ticks 1 to ``last``, from ``first`` at tick 0.

        Raises:
            Declined: torch's own arithmetic fails on the way.
        """

    @abstractmethod
    def shown(self, ticks: FloatArray, rates: FloatArray) -> FloatArray:
        """What ``get_lr()`` says after each of ``ticks`` (sorted) while the group holds ``rates``.

        Torch computes the next rate with the tick that is over.
        """

    def breaks(self, last: int) -> list[Ticks]:
        """The ticks at which the formula changes, bends or jumps, some past ``last`` perhaps."""
        del last
        return []


@dataclass(frozen=True, slots=True)
class Absolute(FieldFormula):
    """``offset + scale * shape``, whatever was there before."""

    offset: float
    scale: float
    shape: TickFunction
    bends: tuple[Ticks, ...] = ()
    kind: Kind = "sets"

    def initial(self, now: float) -> float:
        """The formula at 0."""
        del now
        return float(self.offset + self.scale * self.shape(np.zeros(1))[0])

    def entered(self, now: float) -> float:
        """The formula at 0."""
        return self.initial(now)

    def shown(self, ticks: FloatArray, rates: FloatArray) -> FloatArray:
        """The formula itself."""
        del rates
        return self.offset + self.scale * self.shape(ticks)

    def pieces(self, first: float, last: int) -> list[Piece]:
        """One."""
        del first, last
        return [Piece(0, self.offset, self.scale, self.shape)]

    def breaks(self, last: int) -> list[Ticks]:
        """As given."""
        del last
        return list(self.bends)


@dataclass(frozen=True, slots=True)
class Piecewise(FieldFormula):
    """A value in phases, each a piece of its own."""

    phases: tuple[Piece, ...]
    kind: Kind = "sets"

    def initial(self, now: float) -> float:
        """The formula at 0."""
        del now
        acting = [phase for phase in self.phases if phase.begin <= 0][-1]
        return float(acting.at(np.zeros(1, dtype=np.int64))[0])

    def entered(self, now: float) -> float:
        """The formula at 0."""
        return self.initial(now)

    def shown(self, ticks: FloatArray, rates: FloatArray) -> FloatArray:
        """The formula itself."""
        del rates
        edges = [*np.searchsorted(ticks, [each.begin for each in self.phases]), len(ticks)]
        parts = [ticks[first:end] for first, end in pairwise(edges)]
        return np.concatenate(
            [each.at(part) for each, part in zip(self.phases, parts, strict=True)]
        )

    def pieces(self, first: float, last: int) -> list[Piece]:
        """Those that begin in time."""
        del first
        return [phase for phase in self.phases if phase.begin <= last]

    def breaks(self, last: int) -> list[Ticks]:
        """The first tick of each."""
        return [[phase.begin for phase in self.phases if 0 < phase.begin <= last]]


@dataclass(frozen=True, slots=True)
class Multiplicative(FieldFormula):
    """``now * on_start`` at tick 0, and from there along a shape that is 1 at tick 0."""

    shape: TickFunction
    on_start: float
    """What tick 0 multiplies by when the scheduler is made."""
    entry: float | None
    """The value at tick 0 when ``SequentialLR`` comes to it; None: ``now * on_entry``."""
    on_entry: float = 1.0
    again: float | None = None
    """What ``get_lr()`` multiplies by after tick 0; None: the same as ``on_start``."""
    bends: tuple[Ticks, ...] = ()
    kind: Kind = "multiplies"

    def initial(self, now: float) -> float:
        """What tick 0 makes of ``now``."""
        return now * self.on_start

    def entered(self, now: float) -> float:
        """Torch's own closed form at 0, where it has one."""
        return now * self.on_entry if self.entry is None else self.entry

    def shown(self, ticks: FloatArray, rates: FloatArray) -> FloatArray:
        """The factor of the tick that is over, once more."""
        before = self.shape(np.maximum(ticks - 1, 0))
        factors = np.divide(self.shape(ticks), before, out=np.ones(len(ticks)), where=before != 0)
        again = self.on_start if self.again is None else self.again
        return rates * np.where(ticks == 0, again, factors)

    def pieces(self, first: float, last: int) -> list[Piece]:
        """A multiple of the shape."""
        del last
        return [Piece(0, 0.0, first, self.shape)]

    def breaks(self, last: int) -> list[Ticks]:
        """As given."""
        del last
        return list(self.bends)
