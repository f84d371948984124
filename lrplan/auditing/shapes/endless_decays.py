"""Fits decays without an end: exponential and inverse square root, with or without warm-up.

Both are straight lines in other units: the logarithm of an exponential, and the inverse square of
an inverse square root.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from lrplan.arrays import FloatArray
from lrplan.auditing.shapes.candidates import roundest_fit
from lrplan.auditing.shapes.peak_rows import PeakRows
from lrplan.auditing.shapes.samples import Samples
from lrplan.auditing.shapes.shape import Kind, Shape, ShapeLengths
from lrplan.auditing.shapes.short_number import shortest
from lrplan.auditing.shapes.solve_levels import FixedAtZero
from lrplan.auditing.shapes.warm_up import warmups_of

_LEAST = 3
"""Rows after the top that are needed to distinguish such a fall from others."""


def decays(samples: Samples, top: PeakRows) -> Iterator[Shape]:
    """Yield an exponential and an inverse square root, if they give every row."""
    tail = samples.rows(slice(top.last + (1 if top.first else 0), None))
    low, high = tail.values - tail.slack, tail.values + tail.slack
    known = low > 0
    if known.sum() < _LEAST or (top.first and not warmups_of(samples, top)):
        return
    at, low, high = tail.updates[known].astype(np.float64), low[known], high[known]
    logs = _slopes(at, np.log(low), np.log(high))
    if logs is not None:
        gammas = dict.fromkeys((shortest(*np.exp(logs)), float(np.exp(sum(logs) / 2))))
        for gamma in gammas:
            if 0 < gamma < 1:
                lengths = [ShapeLengths(w, w, w, gamma=gamma) for w in _turns(top)]
                yield from _best(samples, top, "exponential", lengths)
                break
    squares = _slopes(at, high**-2.0, low**-2.0)
    if squares is not None and squares[1] > 0:
        yield from _roots(samples, top, at, (low**-2.0 + high**-2.0) / 2)


def _roots(samples: Samples, top: PeakRows, at: FloatArray, inverse: FloatArray) -> Iterator[Shape]:
    # 1 / v^2 = (u - w + q) / (P^2 q): the line is 0 at u = w - q.
    slope, height = np.polyfit(at, inverse, 1)
    if slope <= 0:
        return
    shift = height / slope
    lengths = [
        ShapeLengths(w, w, w, scale=scale)
        for w in _turns(top)
        for scale in sorted({*range(round(shift + w) - 3, round(shift + w) + 4), w})
        if scale >= 1
    ]
    yield from _best(samples, top, "inverse-sqrt", lengths)


def _best(
    samples: Samples, top: PeakRows, kind: Kind, lengths: Sequence[ShapeLengths]
) -> Iterator[Shape]:
    for start in (True, False) if top.first else (True,):
        shape = roundest_fit(samples, kind, lengths, FixedAtZero(start=start))
        if shape is not None:
            yield shape
            return


def _turns(top: PeakRows) -> Sequence[int]:
    """The updates at which the fall may begin."""
    if not top.first:
        return [0]
    low, high = top.rise
    return range(low, min(high, low + 2_000) + 1)


def _slopes(at: FloatArray, low: FloatArray, high: FloatArray) -> tuple[float, float] | None:
    """The least and the largest slope of a line between ``low`` and ``high``, or None.

    By the first row: from its interval to that of each later one. This is wider than what all rows
    together allow, and the shape is compared with each row afterwards.
    """
    run = at[1:] - at[0]
    least = float(((low[1:] - high[0]) / run).max())
    most = float(((high[1:] - low[0]) / run).min())
    return (least, most) if least <= most else None
