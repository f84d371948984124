"""The axes of a chart in the terminal: values as rows of dots, their labels, and columns."""

from __future__ import annotations

import math
from dataclasses import dataclass

from lrplan.render.terminal.ticks import linear_ticks, log_ticks
from lrplan.render.view.numbers import value_labels
from lrplan.render.view.view_model import XAxis
from lrplan.render.view.y_range import YRange


def column_of(x: float, x_axis: XAxis, width: int) -> int:
    """The column of ``x`` on an axis that is ``width`` characters wide, from 0."""
    share = (x - x_axis.begin) / (x_axis.end - x_axis.begin)
    return min(int(share * width), width - 1)


@dataclass(frozen=True, slots=True)
class Scale:
    """Maps values to rows of dots.

    Args:
        ends: of the axis.
        rows: of dots.
        log: a logarithmic axis.
    """

    ends: YRange
    rows: int
    log: bool = False

    def row(self, value: float) -> int:
        """The row of a value, 0 at the bottom; one beyond an end is drawn at that end."""
        low, high = self._position(self.ends.low), self._position(self.ends.high)
        share = (self._position(value) - low) / (high - low)
        return min(max(round(share * (self.rows - 1)), 0), self.rows - 1)

    def labels(self, most: int) -> dict[int, str]:
        """At most ``most`` round values as text, by their row of dots."""
        make = log_ticks if self.log else linear_ticks
        ticks = make(self.ends.low, self.ends.high, most)
        return {self.row(tick): text for tick, text in zip(ticks, value_labels(ticks), strict=True)}

    def _position(self, value: float) -> float:
        # Halves, since the difference of two huge values may not fit a float.
        return math.log10(max(value, self.ends.low)) if self.log else value / 2
