"""The rows of one column of a log, and how far a curve may be from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lrplan.arrays import FloatArray, IntArray

_RELATIVE, _ABSOLUTE = 1e-11, 1e-13
"""Rounding of schedulers that compute each rate from the last: shares of the rate and the peak."""


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Logged values of one parameter group; all arrays have the shape ``(rows,)``."""

    updates: IntArray
    """From 0, ascending."""
    values: FloatArray
    slack: FloatArray
    """The largest distance of a curve that agrees."""

    @classmethod
    def of(cls, updates: IntArray, values: FloatArray, tolerance: FloatArray) -> Samples:
        """The rows that have a value, with what their rounding and that of schedulers allows."""
        known = np.isfinite(values)
        values, tolerance = values[known], tolerance[known]
        top = float(np.abs(values).max(initial=0.0))
        slack = tolerance + _RELATIVE * np.abs(values) + _ABSOLUTE * top
        return cls(updates[known], values, slack)

    def agree(self, curve: FloatArray) -> bool:
        """Return True if a curve at ``updates`` gives every value."""
        return bool((np.abs(self.values - curve) <= self.slack).all())

    def rows(self, kept: slice | IntArray) -> Samples:
        """Some of the rows."""
        return Samples(self.updates[kept], self.values[kept], self.slack[kept])

    def thin(self, most: int) -> Samples:
        """At most ``most`` of the rows, evenly spread; the first, the last and the top are kept."""
        count = len(self.updates)
        if count <= most:
            return self
        top = int(np.argmax(self.values))
        spread = np.linspace(0, count - 1, most - 3).astype(np.int64)
        near = [max(top - 1, 0), top, min(top + 1, count - 1)]
        return self.rows(np.unique(np.concatenate([spread, near])))
