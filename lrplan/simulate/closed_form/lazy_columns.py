"""Columns of a trace that are computed when they are read.

Example: 8 steps, 4 an epoch, and ``ExponentialLR(gamma=0.5)`` from 0.1, which is called once an
epoch. ``CallCounts`` spreads its values after 0, 1 and 2 calls over the steps::

    calls before the step   0    0    0    0    1     1     1     1     (2 at the end)
    lr                      0.1  0.1  0.1  0.1  0.05  0.05  0.05  0.05  (0.025 would be next)

If a second scheduler multiplies by 0.8 at the same calls, its values 0.1, 0.08 are taken as the
shares 1, 0.8 of the first value, and the lr of the last four steps is 0.05 * 0.8 = 0.04.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lrplan.arrays import DeferredColumns, FloatArray, IntArray
from lrplan.clock import Cadence
from lrplan.simulate.closed_form.piecewise_curve import PiecewiseCurve, ShapeCache


@dataclass(frozen=True, slots=True)
class FieldCurve:
    """The values of one field of one group: a constant, a curve, or a product of curves."""

    first: float
    curves: tuple[tuple[PiecewiseCurve, Cadence], ...] = ()
    """Each with the cadence of its scheduler; of several, each multiplies."""


class CallCounts:
    """The number of calls of each scheduler before each step of a run.

    Args:
        steps: of the run.
        before: by cadence, shape ``(steps + 1,)``; the last is that of the step after the run.
    """

    def __init__(self, steps: int, before: Mapping[Cadence, IntArray]) -> None:
        self.steps = steps
        self._before = {
            cadence: self._unless_one_per_step(calls) for cadence, calls in before.items()
        }

    def spread(self, values: FloatArray, cadence: Cadence) -> FloatArray:
        """Return the value at each step; ``values[n]`` is the value after ``n`` calls."""
        # Example: 8 steps, 4 an epoch, one call an epoch. `before` is 0 0 0 0 1 1 1 1 2, so that
        # the values a, b, c after 0, 1 and 2 calls become a a a a b b b b; c is the value of the
        # step after the run.
        before = self._before[cadence]
        return values[: self.steps] if before is None else values[before[:-1]]

    def before(self, cadence: Cadence) -> FloatArray:
        """Return the number of calls before each step, shape ``(steps,)``."""
        before = self._before[cadence]
        counts = np.arange(self.steps) if before is None else before[:-1]
        return counts.astype(np.float64)

    def _unless_one_per_step(self, calls: IntArray) -> IntArray | None:
        """``calls``; None if there is exactly one call after every step."""
        is_plain = calls[-1] == self.steps and np.array_equal(calls[:-1], np.arange(self.steps))
        return None if is_plain else calls


class FormulaColumns(DeferredColumns):
    """The values of one field by group: float64, shape ``(steps,)``, read-only.

    Groups with the same values share an array. The size of the cache limits how many are kept.

    Args:
        field_curves: by group.
        calls: when schedulers are called.
        cache: stores computed columns and shapes, up to its size.
    """

    def __init__(
        self, field_curves: Mapping[str, FieldCurve], calls: CallCounts, cache: ShapeCache
    ) -> None:
        super().__init__(field_curves)
        self._field_curves = field_curves
        self._calls = calls
        self._cache = cache

    def __getitem__(self, group: str) -> FloatArray:
        field_curve = self._field_curves[group]
        if not field_curve.curves:
            return np.broadcast_to(np.float64(field_curve.first), (self._calls.steps,))
        column = self._cache.get(field_curve)
        if column is None:
            column = self._compute(field_curve)
            column.flags.writeable = False
            self._cache.store(field_curve, column)
        return column

    def _compute(self, field_curve: FieldCurve) -> FloatArray:
        (curve, cadence), *others = field_curve.curves
        column = self._calls.spread(curve.values(self._cache), cadence)
        # A first value of 0 stays 0 under any factor, and cannot be divided by.
        for curve, cadence in others if field_curve.first else ():
            share = curve.values(self._cache) / field_curve.first
            column = column * self._calls.spread(share, cadence)
        return column
