"""Formulas of torch's schedulers that go from the current value to one of their own."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lrplan import curves
from lrplan.arrays import FloatArray
from lrplan.catalog.rows import Update
from lrplan.simulate.closed_form.field_formula import FieldFormula, Ticks
from lrplan.simulate.closed_form.piecewise_curve import CurvePiece
from lrplan.simulate.closed_form.tick_functions import CurveFormula, RebasedCosine

_SHORT, _SOON = 500, 100_000
"""The largest ``T_max`` and the last tick for which a cosine that rises again agrees with its
formula to 1e-10: torch's rounding error grows with the square of ``T_max`` and with the tick."""


@dataclass(frozen=True, slots=True)
class CosineAnnealingFormula(FieldFormula):
    """``CosineAnnealingLR``: from the current value to the floor, up to the base, and so on."""

    base: float
    floor: float
    total: int
    kind: Update = "moves"

    def value_when_built(self, current: float) -> float:
        """Return the current value."""
        return current

    def value_on_entry(self, current: float) -> float:
        """Return the base learning rate."""
        del current
        return self.base

    def get_lr_values(self, ticks: FloatArray, lrs: FloatArray) -> FloatArray:
        """Return torch's recursion from the current learning rate, with the tick that is over."""
        level, before = (1 + np.cos(np.pi * each / self.total) for each in (ticks, ticks - 1))
        leap = (self.base - self.floor) * (1 - math.cos(math.pi / self.total)) / 2
        leaps = (ticks - 1 - self.total) % (2 * self.total) == 0
        return np.where(leaps, lrs + leap, level / before * (lrs - self.floor) + self.floor)

    def pieces(self, first: float, last: int) -> list[CurvePiece]:
        """Return half a cosine from ``first``, and what follows it from the floor on."""
        wave = CurveFormula(curves.half_cosine, (self.total,))
        fall = CurvePiece(0, self.floor, first - self.floor, wave)
        if last <= self.total:
            return [fall]
        if self.total <= _SHORT and last <= _SOON:
            return [fall, CurvePiece(self.total, self.floor, self.base - self.floor, wave)]
        climb = RebasedCosine(self.base, self.floor, self.total, last - self.total)
        return [fall, CurvePiece(self.total, 0.0, 1.0, climb, origin=self.total)]

    def breakpoints(self, last: int) -> list[Ticks]:
        """Return every floor, and every return to the base."""
        return [range(self.total, last + 1, self.total)]


@dataclass(frozen=True, slots=True)
class SwaFormula(FieldFormula):
    """``SWALR``: from the current value to a constant, by a count of its own."""

    goal: float
    total: int
    strategy: curves.Strategy
    done: int = 0
    """Ticks of its own count that were over when it was built."""
    kind: Update = "moves"

    def value_when_built(self, current: float) -> float:
        """Return the current value; the goal where there is no annealing."""
        return current if self.total else self.goal

    def value_on_entry(self, current: float) -> float:
        """Return the current value; the goal where there is no annealing."""
        return self.value_when_built(current)

    def get_lr_values(self, ticks: FloatArray, lrs: FloatArray) -> FloatArray:
        """Return torch's recursion from the current learning rate, with the tick that is over."""
        left, before = (
            curves.averaging(ticks + self.done - late, self.total, self.strategy) for late in (0, 1)
        )
        before = np.where(ticks + self.done < 1, 1.0, before) if self.total else left
        start = np.divide(lrs - self.goal, before, out=np.zeros(len(lrs)), where=before != 0)
        return self.goal + start * left

    def pieces(self, first: float, last: int) -> list[CurvePiece]:
        """Return the rest of the annealing from ``first`` to the goal."""
        del last
        annealing = CurveFormula(curves.averaging, (self.total, self.strategy))
        # `first` is the lr after `done` ticks of the count: with 2 of 4 linear ticks done, half of
        # the way is left. The whole way is then twice what lies between `first` and the goal, and
        # it began 2 ticks before tick 0, at origin -2.
        left = float(annealing(np.array([self.done]))[0])
        if left == 0:
            return [CurvePiece(0, self.goal)]
        return [CurvePiece(0, self.goal, (first - self.goal) / left, annealing, origin=-self.done)]

    def breakpoints(self, last: int) -> list[Ticks]:
        """Return the tick at which the goal is reached."""
        arrival = self.total - self.done
        return [[arrival]] if 0 < arrival <= last else []
