"""The formula of one field of one group under one scheduler, in ticks of that scheduler.

A formula gives the value at tick 0 (built and entered schedulers differ there), and the values of
all later ticks as pieces of a curve. With ``StepLR(step_size=30)``, for example,
``value_when_built(0.1)`` is 0.1, ``pieces(0.1, 90)`` is 0.1 times the shape "1, from tick 30 on
0.1, ...", and ``breakpoints(90)`` are 30, 60 and 90, where ``verify`` looks closely.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from lrplan.arrays import FloatArray
from lrplan.catalog.rows import Update
from lrplan.simulate.closed_form.piecewise_curve import CurvePiece
from lrplan.simulate.closed_form.tick_functions import TickFunction

Ticks: TypeAlias = "Sequence[int]"


class FieldFormula(ABC):
    """The formula of one field of one group; ticks are the scheduler's own."""

    kind: Update
    """``update`` of its row in the catalogue. If it is ``moves``, no other may change the field."""

    @abstractmethod
    def value_when_built(self, current: float) -> float:
        """Return the value at tick 0 of a scheduler built while the group holds ``current``."""

    @abstractmethod
    def value_on_entry(self, current: float) -> float:
        """Return the value at tick 0 when ``SequentialLR`` enters it at a milestone."""

    @abstractmethod
    def pieces(self, first: float, last: int) -> list[CurvePiece]:
        """Return the values at ticks 1 to ``last``, from ``first`` at tick 0.

        Raises:
            NoClosedFormError: torch's own arithmetic fails on the way.
        """

    def get_lr_values(self, ticks: FloatArray, lrs: FloatArray) -> FloatArray:
        """Return the values of ``get_lr()`` after each of ``ticks`` (sorted).

        For most schedulers this is the current learning rate. Recursive schedulers apply the change
        of the current tick to it a second time.

        Args:
            ticks: shape ``(n,)``.
            lrs: the learning rates after these ticks, shape ``(n,)``.
        """
        del ticks
        return lrs

    def breakpoints(self, last: int) -> list[Ticks]:
        """Return the ticks at which the formula bends or jumps, perhaps some past ``last``."""
        del last
        return []


@dataclass(frozen=True, slots=True)
class Absolute(FieldFormula):
    """``offset + scale * shape``, whatever the current value is."""

    offset: float
    scale: float
    shape: TickFunction
    breakpoint_ticks: tuple[Ticks, ...] = ()
    kind: Update = "sets"

    def value_when_built(self, current: float) -> float:
        """Return the formula at 0."""
        del current
        return float(self.offset + self.scale * self.shape(np.zeros(1))[0])

    def value_on_entry(self, current: float) -> float:
        """Return the formula at 0."""
        return self.value_when_built(current)

    def pieces(self, first: float, last: int) -> list[CurvePiece]:
        """Return the one piece that it consists of."""
        del first, last
        return [CurvePiece(0, self.offset, self.scale, self.shape)]

    def breakpoints(self, last: int) -> list[Ticks]:
        """Return the ticks that it was made with."""
        del last
        return list(self.breakpoint_ticks)


@dataclass(frozen=True, slots=True)
class Piecewise(FieldFormula):
    """A value in phases, each a piece of its own."""

    phases: tuple[CurvePiece, ...]
    kind: Update = "sets"

    def value_when_built(self, current: float) -> float:
        """Return the formula at 0."""
        del current
        acting = [phase for phase in self.phases if phase.begin <= 0][-1]
        return float(acting.at(np.zeros(1, dtype=np.int64))[0])

    def value_on_entry(self, current: float) -> float:
        """Return the formula at 0."""
        return self.value_when_built(current)

    def pieces(self, first: float, last: int) -> list[CurvePiece]:
        """Return the phases that begin before the end."""
        del first
        return [phase for phase in self.phases if phase.begin <= last]

    def breakpoints(self, last: int) -> list[Ticks]:
        """Return the first tick of each phase."""
        return [[phase.begin for phase in self.phases if 0 < phase.begin <= last]]


@dataclass(frozen=True, slots=True)
class Multiplicative(FieldFormula):
    """``current * factor_when_built`` at tick 0, then along a shape that is 1 at tick 0."""

    shape: TickFunction
    factor_when_built: float
    """The factor of tick 0 when the scheduler is built."""
    entry_value: float | None
    """The value at tick 0 when ``SequentialLR`` enters it; None: ``current * entry_factor``."""
    entry_factor: float = 1.0
    get_lr_factor: float | None = None
    """The factor of ``get_lr()`` after tick 0; None: ``factor_when_built``."""
    breakpoint_ticks: tuple[Ticks, ...] = ()
    kind: Update = "multiplies"

    def value_when_built(self, current: float) -> float:
        """Return the current value times the factor of tick 0."""
        return current * self.factor_when_built

    def value_on_entry(self, current: float) -> float:
        """Return torch's own closed form at 0, where it has one."""
        return current * self.entry_factor if self.entry_value is None else self.entry_value

    def get_lr_values(self, ticks: FloatArray, lrs: FloatArray) -> FloatArray:
        """Return the current learning rate, multiplied a second time by the factor of its tick."""
        # `lrs` are already multiplied by the factor of their tick, shape(t) / shape(t - 1), and
        # get_lr() multiplies by it once more: StepLR(30) from 0.1 holds 0.01 at tick 30 and returns
        # 0.001 there. A shape that is at 0 stays there, so that its quotient 0 / 0 counts as 1.
        before = self.shape(np.maximum(ticks - 1, 0))
        factors = np.divide(self.shape(ticks), before, out=np.ones(len(ticks)), where=before != 0)
        first = self.factor_when_built if self.get_lr_factor is None else self.get_lr_factor
        return lrs * np.where(ticks == 0, first, factors)

    def pieces(self, first: float, last: int) -> list[CurvePiece]:
        """Return one multiple of the shape."""
        del last
        return [CurvePiece(0, 0.0, first, self.shape)]

    def breakpoints(self, last: int) -> list[Ticks]:
        """Return the ticks that it was made with."""
        del last
        return list(self.breakpoint_ticks)
