"""Features of a curve of applied values: its peak, its warm-up, the steps where it changes.

Every function takes the values of one parameter group in step order (float64, shape ``(steps,)``),
of any length, with NaN or infinities anywhere, and is vectorised: a million steps take well under
a second. Two values are the same when they differ by less than ``NOISE`` times the largest
magnitude of the curve, so that rounding inside a recursive scheduler never counts as a change.
"""

from __future__ import annotations

from lrplan.features.changes import Change, breakpoints, changes
from lrplan.features.noise import NOISE, Extent, extent, varies
from lrplan.features.summary import Peak, Summary, peak, summarize
from lrplan.features.warmup import opening_rise, warmup_end

__all__ = [
    "NOISE",
    "Change",
    "Extent",
    "Peak",
    "Summary",
    "breakpoints",
    "changes",
    "extent",
    "opening_rise",
    "peak",
    "summarize",
    "varies",
    "warmup_end",
]
