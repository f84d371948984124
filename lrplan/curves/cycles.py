"""Curves of torch that repeat."""

from __future__ import annotations

import numpy as np

from lrplan.arrays import ArrayLike, FloatArray
from lrplan.curves._ticks import check_at_least, tick_array
from lrplan.curves.restarts import cosine_warmup_restarts


def warm_restarts(ticks: ArrayLike, first: int, mult: int) -> FloatArray:
    """Fall from 1 towards 0 along half a cosine, and begin again at 1.

    ``f(s) = (1 + cos(pi t / T_i)) / 2`` with ``t = 0 .. T_i - 1`` the tick within cycle ``i``,
    ``T_0`` given and ``T_{i+1} = m T_i``.

    Args:
        ticks: ticks, counted over all cycles; they may be fractions.
        first: ticks of the first cycle, ``T_0``.
        mult: ratio of one cycle's length to the one before it, ``m``.

    Returns:
        The share. Before tick 0: 1. There is no last tick: cycles follow one another, and 0 is
        never reached at a whole tick.

    Raises:
        ValueError: if ``first`` or ``mult`` is below 1.

    Source:
        ``torch.optim.lr_scheduler.CosineAnnealingWarmRestarts``; Loshchilov and Hutter, SGDR
        (arXiv:1608.03983).
    """
    check_at_least(1, first=first)
    return cosine_warmup_restarts(ticks, 0.0, 1.0, first, mult=mult)


def triangle(ticks: ArrayLike, length: float, rise: float) -> FloatArray:
    """Climb from 0 to 1 in a straight line, fall back in another, and begin again.

    ``f(s) = x / r`` while ``x <= r``, else ``(x - 1) / (r - 1)``, with ``x`` the part of the cycle
    that is over, ``s / L`` without its whole number, ``s`` the tick, ``L`` the length and ``r`` the
    rise.

    Args:
        ticks: ticks, ``s``.
        length: ticks of a cycle, ``L``.
        rise: share of the cycle that climbs, ``r``, above 0 and at most 1.

    Returns:
        The height. Before tick 0: 0. There is no last tick: cycles follow one another.

    Raises:
        ValueError: if ``length`` is not positive, or ``rise`` not above 0 and at most 1.

    Source:
        ``torch.optim.lr_scheduler.CyclicLR``; Smith, arXiv:1506.01186.
    """
    if not length > 0:
        raise ValueError(f"length must be above 0, got {length!r}")
    if not 0 < rise <= 1:
        raise ValueError(f"rise must be above 0 and at most 1, got {rise!r}")
    over = tick_array(ticks) / length
    # x is the part of the cycle that is over: with length 8, ticks 0, 2, 9 have x 0, 0.25, 0.125.
    # The order of these operations is torch's: another one is off by the rounding of s / L.
    x = 1.0 + over - np.floor(1.0 + over)
    fall = (x - 1.0) / (rise - 1.0) if rise < 1 else np.zeros_like(x)
    return np.where(x <= rise, x / rise, fall)


def cycle_number(ticks: ArrayLike, length: float) -> FloatArray:
    """Number the cycle that a tick is in, from 1: ``floor(1 + s / L)``.

    Args:
        ticks: ticks, ``s``.
        length: ticks of a cycle, ``L``.

    Returns:
        The number. Before tick 0: 1. There is no last one.

    Raises:
        ValueError: if ``length`` is not positive.

    Source:
        ``torch.optim.lr_scheduler.CyclicLR``.
    """
    if not length > 0:
        raise ValueError(f"length must be above 0, got {length!r}")
    return np.asarray(np.floor(1.0 + tick_array(ticks) / length))
