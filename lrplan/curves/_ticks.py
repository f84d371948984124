"""The conversion of ticks to an array, and the checks of lengths, that all curves share."""

from __future__ import annotations

import numpy as np

from lrplan.arrays import ArrayLike, FloatArray


def tick_array(ticks: ArrayLike) -> FloatArray:
    """Ticks as float64, those before 0 moved to 0."""
    # np.maximum hands nan on: a tick that is nan gives a value that is nan. Of a single number it
    # makes a numpy scalar, which the outer asarray turns back into an array.
    return np.asarray(np.maximum(np.asarray(ticks, dtype=np.float64), 0.0))


def check_at_least(minimum: float, **lengths: float) -> None:
    """Refuse a length below ``minimum`` by its name (the negation refuses nan, too)."""
    for name, length in lengths.items():
        if not length >= minimum:
            raise ValueError(f"{name} must be at least {minimum}, got {length!r}")
