"""Columns of a trace that are computed when they are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lrplan.clock import Cadence
    from lrplan.simulate.closed_form.piecewise_curve import Curve, ShapeCache
    from lrplan.trace import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class FieldCurve:
    """What becomes of one field of one group: a constant, a curve, or a product of curves."""

    first: float
    curves: tuple[tuple[Curve, Cadence], ...] = ()
    """Each with what calls its scheduler; of several, each multiplies."""


class CallCounts:
    """How often each scheduler was called before each step of a run.

    Args:
        steps: how many.
        before: by rate, shape ``(steps + 1,)``; the last is what the step after them would see.
    """

    def __init__(self, steps: int, before: Mapping[Cadence, IntArray]) -> None:
        self.steps = steps
        self._before = {rate: self._unless_plain(calls) for rate, calls in before.items()}

    def spread(self, values: FloatArray, rate: Cadence) -> FloatArray:
        """``values`` after each number of calls as values at each step."""
        before = self._before[rate]
        return values[: self.steps] if before is None else values[before[:-1]]

    def before(self, rate: Cadence) -> FloatArray:
        """How often what ``rate`` calls was called before each step."""
        before = self._before[rate]
        counts = np.arange(self.steps) if before is None else before[:-1]
        return counts.astype(np.float64)

    def _unless_plain(self, calls: IntArray) -> IntArray | None:
        """``calls``, or None where there is one for each step before."""
        plain = calls[-1] == self.steps and np.array_equal(calls[:-1], np.arange(self.steps))
        return None if plain else calls


class Columns(Mapping[str, "FloatArray"]):
    """One field's values by group: float64, shape ``(steps,)``, not to be written to.

    Groups with the same values share an array. No more of them are held than there is room for.

    Args:
        cells: by group.
        calls: when schedulers are called.
        kept: what was computed, with room for some.
    """

    def __init__(
        self, cells: Mapping[str, FieldCurve], calls: CallCounts, kept: ShapeCache
    ) -> None:
        self._cells = cells
        self._calls = calls
        self._kept = kept

    def __getitem__(self, group: str) -> FloatArray:
        cell = self._cells[group]
        if not cell.curves:
            return np.broadcast_to(np.float64(cell.first), (self._calls.steps,))
        held = self._kept.get(cell)
        if held is None:
            held = self._computed(cell)
            held.flags.writeable = False
            self._kept.keep(cell, held)
        return held

    def __iter__(self) -> Iterator[str]:
        return iter(self._cells)

    def __len__(self) -> int:
        return len(self._cells)

    def __contains__(self, group: object) -> bool:
        # Mapping would compute the column to know.
        return group in self._cells

    def _computed(self, cell: FieldCurve) -> FloatArray:
        (curve, rate), *others = cell.curves
        found = self._calls.spread(curve.values(self._kept), rate)
        # From 0 no product leads anywhere, and there is no share of it.
        for curve, rate in others if cell.first else ():
            found = found * self._calls.spread(curve.values(self._kept) / cell.first, rate)
        return found
