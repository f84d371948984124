"""Fits one-cycle schedules, and cosine annealing with warm restarts."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lrplan.arrays import FloatArray
from lrplan.auditing.shapes.candidates import integers_near, roundest_fit
from lrplan.auditing.shapes.least_squares import is_near, squared_errors, zoom_each
from lrplan.auditing.shapes.peak_rows import PeakRows, peak_rows_of
from lrplan.auditing.shapes.samples import Samples
from lrplan.auditing.shapes.shape import Candidates, Shape, ShapeLengths
from lrplan.auditing.shapes.short_number import shortest
from lrplan.auditing.shapes.solve_levels import FixedAtZero
from lrplan.auditing.shapes.warm_up import warmups_of

_SAMPLES = 96
_FREE = FixedAtZero(floor=False, start=False)
_LONGEST = 40.0
_TOPS, _TOP_EXACT = 9, 1e-4
_MULTS = (1, 2, 3)
_MOST_FIRST = 600
"""Lengths of a first cycle that are tried."""


def one_cycle(samples: Samples, top: PeakRows) -> Iterator[Shape]:
    """Yield a cycle as OneCycleLR has it: a cosine up, and another one down."""
    # A few rows on a cosine may be on a line, and many are not.
    if top.first < 2 or len(samples.values) - top.last < 2 or warmups_of(samples, top):
        return
    few = samples.thin(_SAMPLES)
    begin, end = _real_cycle(few, top)
    real = Candidates(0, np.array([[begin]]), np.array([[end]]))
    if not is_near(few, "one-cycle", real, _FREE):
        return
    # torch ends its phases at `pct_start * total - 1` and at `total - 1`.
    near = [
        ShapeLengths(0, share * (last + 1) - 1, last)
        for last in integers_near(end, 12)
        for share in _shares(begin, last)
        if 0 < share < 1
    ]
    shape = roundest_fit(samples, "one-cycle", near, _FREE)
    if shape is not None:
        yield shape


def _real_cycle(few: Samples, top: PeakRows) -> tuple[float, float]:
    """The top and the end of the cycle that comes nearest; both may lie between two updates."""
    longest = float(np.log(_LONGEST * few.updates[-1] + 2))
    low, high = float(top.rise[0]) - 1, float(top.rise[1]) + 1
    while True:
        tops = np.linspace(low, high, _TOPS)

        def costs(logs: FloatArray, tops: FloatArray = tops) -> FloatArray:
            begin = np.repeat(tops, logs.shape[1])[:, None]
            lengths = Candidates(0, begin, begin + np.exp(logs).reshape(-1, 1))
            return squared_errors(few, "one-cycle", lengths, _FREE).reshape(logs.shape)

        lengths, missed = zoom_each(costs, [(0.0, longest)], _TOPS)
        best = int(np.argmin(missed))
        if high - low < _TOP_EXACT:
            return float(tops[best]), float(tops[best] + np.exp(lengths[best, 0]))
        cell = 1.5 * (high - low) / (_TOPS - 1)
        low, high = float(tops[best]) - cell, float(tops[best]) + cell


def _shares(begin: float, last: int) -> set[float]:
    share = (begin + 1) / (last + 1)
    reach = 1.5 / (last + 1)
    return {
        round(share, 1),
        round(share, 2),
        round(share, 3),
        shortest(share - reach, share + reach),
    }


def warm_restarts(samples: Samples, top: PeakRows) -> Iterator[Shape]:
    """Yield cosines that begin again at the peak, in cycles of equal or of growing length."""
    top = _first_top(samples, top)
    after = samples.values[top.last :]
    ups = np.flatnonzero(np.diff(after) > 2 * samples.slack[top.last + 1 :])
    if not ups.size or (top.first and not warmups_of(samples, top)):
        return
    jump = top.last + int(ups[0])
    begins = warmups_of(samples, top) if top.first else [0]
    firsts = range(int(samples.updates[jump]) + 1, int(samples.updates[jump + 1]) + 1)
    spread = firsts if len(firsts) <= _MOST_FIRST else range(0)
    for mult in _MULTS:
        lengths = [
            ShapeLengths(begin, begin, first, mult=mult)
            for begin in begins
            for first in spread
            if first > begin
        ]
        for floor in (True, False):
            shape = roundest_fit(
                samples, "warm-restarts", lengths, FixedAtZero(floor, start=not top.first)
            )
            if shape is not None:
                yield shape
                return


def _first_top(samples: Samples, top: PeakRows) -> PeakRows:
    """The top of the first cycle: another one may have a row nearer to the peak."""
    falls = samples.values[1:] + 2 * samples.slack[1:] < samples.values[:-1]
    return peak_rows_of(samples.rows(slice(0, int(np.argmax(falls)) + 2))) if falls.any() else top
