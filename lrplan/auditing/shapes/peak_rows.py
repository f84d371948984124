"""The rows at the peak of a logged curve, and the updates between which it begins and ends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lrplan.auditing.shapes.samples import Samples


@dataclass(frozen=True, slots=True)
class PeakRows:
    """The rows at the largest value: ``first`` to ``last``, as indices; and what they allow."""

    first: int
    last: int
    rise: tuple[int, int]
    """The update that reaches the top: the earliest and the latest; (0, 0) if nothing rises."""
    fall: tuple[int, int]
    """The update after which the rate falls: the earliest and the latest."""


def peak_rows_of(samples: Samples) -> PeakRows:
    """The update at which a curve is at its top; of several the first."""
    values, slack, updates = samples.values, samples.slack, samples.updates
    near = values + slack >= float((values - slack).max())
    first = int(np.argmax(near))
    after = np.flatnonzero(~near[first:])
    last = first + int(after[0]) - 1 if after.size else len(values) - 1
    end = int(updates[min(last + 1, len(values) - 1)])
    begin = int(updates[first - 1]) + 1 if first else 0
    return PeakRows(first, last, (begin, end) if first else (0, 0), (begin if first else 0, end))
