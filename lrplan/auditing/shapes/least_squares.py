"""Least squares for many candidates at once: which lengths come near the rows of a log."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from lrplan.arrays import FloatArray
from lrplan.auditing.shapes.samples import Samples
from lrplan.auditing.shapes.shape import Candidates, Kind, weights_of
from lrplan.auditing.shapes.solve_levels import FixedAtZero

_GRID = {1: (33,), 2: (33, 11)}
"""Points along each axis, by the number of axes."""
_FAR = 2e-3
"""A distance that rounding of lengths does not explain, as a share of the peak."""
_ROUNDS = {1: 6, 2: 10}


def residuals(
    samples: Samples, kind: Kind, candidates: Candidates, pins: FixedAtZero
) -> FloatArray:
    """The largest distance of each candidate, with its best rates, in units of what is allowed.

    Args:
        samples: few rows.
        kind: of the shape.
        candidates: numbers of shape ``(candidates, 1)``.
        pins: rates that are 0.

    Returns:
        Shape ``(candidates,)``.
    """
    return np.asarray(np.abs(_misses(samples, kind, candidates, pins)).max(axis=1))


def _misses(samples: Samples, kind: Kind, candidates: Candidates, pins: FixedAtZero) -> FloatArray:
    share = weights_of(kind, samples.updates, candidates)
    columns = [share.peak]
    columns += [] if pins.floor else [share.floor]
    columns += [] if pins.start else [share.start]
    # Values near 0 may have a thousandth of the slack of others; without the added term they would
    # outweigh all other values.
    weight = 1 / (samples.slack + 1e-3 * samples.slack.max())
    basis = np.stack(np.broadcast_arrays(*columns), axis=2) * weight[None, :, None]
    size = np.sqrt((basis**2).sum(axis=1, keepdims=True)) + 1e-300
    scaled = basis / size
    goal = samples.values * weight
    squares = np.swapaxes(scaled, 1, 2) @ scaled + 1e-13 * np.eye(scaled.shape[2])
    found = np.linalg.solve(squares, np.swapaxes(scaled, 1, 2) @ goal[:, None])
    return np.asarray(goal - (scaled @ found)[:, :, 0])


def zoom_each(
    costs: Callable[..., FloatArray], bounds: Sequence[tuple[float, float]], count: int
) -> tuple[FloatArray, FloatArray]:
    """For each of several tasks the point of a box at which a cost is least: grids get finer.

    Args:
        costs: of the coordinates along each axis, each of shape ``(count, points)``; of that shape.
        bounds: of each axis, the same for all tasks.
        count: how many tasks there are.

    Returns:
        The points, shape ``(count, axes)``, and their costs, shape ``(count,)``.
    """
    first_low, first_high = np.array(bounds, np.float64).T
    low, high = (np.tile(each, (count, 1)) for each in (first_low, first_high))
    axes, rows = len(bounds), np.arange(count)
    points = _GRID[axes]
    for _ in range(_ROUNDS[axes]):
        grids = [np.linspace(low[:, i], high[:, i], points[i], axis=1) for i in range(axes)]
        spread = [
            np.broadcast_to(
                grid.reshape(count, *(-1 if i == k else 1 for k in range(axes))), (count, *points)
            ).reshape(count, -1)
            for i, grid in enumerate(grids)
        ]
        found = np.nan_to_num(costs(*spread), nan=np.inf)
        best = np.argmin(found, axis=1)
        middle = np.stack([each[rows, best] for each in spread], axis=1)
        cell = 1.7 * (high - low) / (np.array(points) - 1)
        low, high = np.maximum(middle - cell, first_low), np.minimum(middle + cell, first_high)
    return middle, np.asarray(found[rows, best])


def squared_errors(
    samples: Samples, kind: Kind, candidates: Candidates, pins: FixedAtZero
) -> FloatArray:
    """The sum of squared distances of each candidate, shape ``(candidates,)``."""
    return np.asarray((_misses(samples, kind, candidates, pins) ** 2).sum(axis=1))


def is_near(samples: Samples, kind: Kind, candidate: Candidates, pins: FixedAtZero) -> bool:
    """Return False if even the best real lengths are far from the rows: no whole ones fit then."""
    weight = 1 / (samples.slack + 1e-3 * samples.slack.max())
    misses = np.abs(_misses(samples, kind, candidate, pins))[0] / weight
    return bool((misses <= 3 * samples.slack + _FAR * np.abs(samples.values).max()).all())
