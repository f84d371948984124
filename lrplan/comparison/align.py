"""Two runs side by side: the step of one that belongs to each step of the other."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from lrplan.arrays import FloatArray, IntArray
from lrplan.comparison.run_curves import RunCurve, RunCurves

Align = Literal["step", "epoch", "progress"]
ALIGNMENTS: tuple[Align, ...] = get_args(Align)
"""The axes by which the steps of two runs are matched."""

_SAME_POINT = 1e-9


def axis(run: RunCurves, curve: RunCurve, align: Align) -> FloatArray:
    """The point of every known value of ``curve`` on the axis: step, epoch or share of the run."""
    if align == "epoch" and run.epochs is not None:
        return run.epochs[curve.at]
    scale = 1 / max(run.steps, 1) if align == "progress" else 1.0
    return np.asarray(curve.at * scale, dtype=np.float64)


def aligned_indices(
    points: tuple[FloatArray, FloatArray], curves: tuple[RunCurve, RunCurve]
) -> tuple[IntArray, IntArray]:
    """The indices of values to compare, at the points of the curve that has fewer.

    Epochs 0, 1, 2 of one run against epochs 0, 0.5, 1, 1.5 of another: 0 and 0, 1 and 1; epoch 2
    comes after the end of the other run, and is left out. A point between two steps has the value
    of the step before, as the optimizer has it at that time.
    """
    if points[0].size > points[1].size:
        return aligned_indices(points[::-1], curves[::-1])[::-1]
    few, many = points
    if not many.size:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    # Among 0, 0.5, 1 and 1.5, the point 0.7 would be inserted at index 2: index 1, 0.5, has begun
    # last. The tolerance makes 0.1 + 0.2 (0.30000000000000004) and 0.3 one point, whichever is
    # searched.
    last_begun = np.searchsorted(many, few + _SAME_POINT, side="right") - 1
    exact = np.abs(many[np.maximum(last_begun, 0)] - few) <= _SAME_POINT
    # Between two values of a curve that is known at some steps only, nothing is known.
    inside = curves[1].steps is None and few <= many[-1] + _SAME_POINT
    comparable = (last_begun >= 0) & (inside | exact)
    return np.flatnonzero(comparable), last_begun[comparable]


def lengths(a: RunCurves, b: RunCurves) -> tuple[int, int]:
    """Steps of both runs: equal if they differ only by steps that a file may have left out."""
    # An export with `--every 100` of 1000 steps ends with step 900: it shows 901 steps and hides up
    # to 99, so it may well be as long as a run of 1000.
    if abs(a.steps - b.steps) <= max(a.hidden, b.hidden):
        return max(a.steps, b.steps), max(a.steps, b.steps)
    return a.steps, b.steps


def lengths_on_axis(a: RunCurves, b: RunCurves, align: Align) -> tuple[float, float]:
    """The lengths of both runs in the unit of the axis: steps, epochs, or 1 for the whole run."""
    one, other = lengths(a, b)
    if align == "progress":
        return 1.0, 1.0
    if align == "epoch" and one != other:
        return _epochs(a), _epochs(b)
    return one, other


def _epochs(run: RunCurves) -> float:
    if run.epochs is None or not run.epochs.size:
        return 0.0
    # A run of 10 epochs of 3 steps ends 1/3 after its last step begins at epoch 9.666...
    return round(float(run.epochs[-1]) + 1 / (run.steps_per_epoch or 1), 9)


def end_together(a: RunCurves, b: RunCurves, align: Align) -> bool:
    """Return True if both runs end at the same point of the axis."""
    one, other = lengths_on_axis(a, b, align)
    return abs(one - other) < _SAME_POINT
