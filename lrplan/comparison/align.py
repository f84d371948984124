"""Two runs side by side: which step of one belongs to which step of the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lrplan.comparison.run import Curve, Run

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

Align = Literal["step", "epoch", "progress"]
ALIGNMENTS: tuple[Align, ...] = get_args(Align)
"""What two runs of different length can be laid side by side by."""

_SAME_PLACE = 1e-9


def axis(run: Run, curve: Curve, align: Align) -> FloatArray:
    """The place of every known value of ``curve``."""
    if align == "epoch" and run.epochs is not None:
        return run.epochs[curve.at]
    scale = 1 / max(run.steps, 1) if align == "progress" else 1.0
    return np.asarray(curve.at * scale, dtype=np.float64)


def aligned(
    places: tuple[FloatArray, FloatArray], curves: tuple[Curve, Curve]
) -> tuple[IntArray, IntArray]:
    """Which values of both curves to compare, at the places of the one that has fewer."""
    if places[0].size > places[1].size:
        return aligned(places[::-1], curves[::-1])[::-1]
    here, there = places
    if not there.size:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    begun = np.searchsorted(there, here + _SAME_PLACE, side="right") - 1
    exact = np.abs(there[np.maximum(begun, 0)] - here) <= _SAME_PLACE
    # Between two values of a curve that is known at some steps only, nothing is known.
    held = curves[1].steps is None and here <= there[-1] + _SAME_PLACE
    known = (begun >= 0) & (held | exact)
    return np.flatnonzero(known), begun[known]


def lengths(a: Run, b: Run) -> tuple[int, int]:
    """Steps of both runs: the same where a file that leaves some out may mean the same."""
    if abs(a.steps - b.steps) <= max(a.hidden, b.hidden):
        return max(a.steps, b.steps), max(a.steps, b.steps)
    return a.steps, b.steps


def _epochs(run: Run) -> float:
    """Epochs of the whole run."""
    if run.epochs is None or not run.epochs.size:
        return 0.0
    return float(run.epochs[-1]) + 1 / (run.steps_per_epoch or 1)


def end_together(a: Run, b: Run, align: Align) -> bool:
    """Whether both runs end at the same place."""
    one, other = lengths(a, b)
    if align == "progress" or (one == other and a.steps != b.steps):
        return True
    if align == "epoch" and a.epochs is not None and b.epochs is not None:
        return abs(_epochs(a) - _epochs(b)) < _SAME_PLACE
    return one == other
