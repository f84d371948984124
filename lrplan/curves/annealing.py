"""Curves of torch that go from one value to another by a share: 1 at the start, 0 at the end."""

from __future__ import annotations

import math
from itertools import accumulate
from typing import Literal

import numpy as np

from lrplan.arrays import ArrayLike, FloatArray
from lrplan.curves._ticks import check_at_least, tick_array
from lrplan.curves.decay import half_cosine

Strategy = Literal["cos", "linear"]


def phase(ticks: ArrayLike, first: float, last: float, strategy: Strategy) -> FloatArray:
    """The share of the start in one phase of a cycle.

    With ``p = (s - a) / (b - a)``, ``s`` the tick, ``a`` and ``b`` the ends of the phase:
    ``f(s) = (1 + cos(pi p)) / 2``, or ``1 - p`` for ``linear``.

    Args:
        ticks: ticks, ``s``, from ``a`` on.
        first: where the phase begins, ``a``; need not be a whole tick.
        last: where it ends, ``b``; need not be a whole tick.
        strategy: ``cos`` or ``linear``.

    Returns:
        The share. At ``a`` and before it: 1. At ``b``: 0. After it the formula goes on: the cosine
        climbs again, the line falls below 0.

    Raises:
        ValueError: if ``last`` is not above ``first``.

    Source:
        ``torch.optim.lr_scheduler.OneCycleLR``; Smith and Topin, arXiv:1708.07120.
    """
    if not last > first:
        raise ValueError(f"last must be above first ({first!r}), got {last!r}")
    done = (np.asarray(ticks, dtype=np.float64) - first) / (last - first)
    if strategy == "cos":
        return half_cosine(done, 1)
    return np.asarray(1.0 - np.maximum(done, 0.0))


def averaging(ticks: ArrayLike, total: int, strategy: Strategy) -> FloatArray:
    """The share of the starting rate on the way to the constant one of weight averaging.

    ``f(s) = (1 + cos(pi p)) / 2``, or ``1 - p`` for ``linear``, with ``p = min(s / max(T, 1), 1)``,
    ``s`` the tick and ``T`` the total; with ``T = 0``, 0 throughout.

    Args:
        ticks: ticks, ``s``.
        total: ticks until the constant rate is reached, ``T``.
        strategy: ``cos`` or ``linear``.

    Returns:
        The share. Before tick 0: that at 0. From tick ``T`` on: 0.

    Raises:
        ValueError: if ``total`` is below 0.

    Source:
        ``torch.optim.swa_utils.SWALR``; Izmailov et al., arXiv:1803.05407.
    """
    check_at_least(0, total=total)
    s = tick_array(ticks)
    if total == 0:
        return np.zeros_like(s)
    # Ticks past the end are held there, where the bare phase would go on: with T = 2 and `linear`,
    # ticks 0 to 4 have the shares 1, 0.5, 0, 0, 0 and not 1, 0.5, 0, -0.5, -1.
    return phase(np.minimum(s, total), 0, total, strategy)


def annealed_again(base: float, floor: float, total: int, ticks: int) -> FloatArray:
    """Torch's cosine annealing past its end, as torch itself computes it: from rate to rate.

    ``v(T) = b``; ``v(s) = v(s - 1) + (a - b) (1 - cos(pi / T)) / 2`` where ``s - 1`` is an odd
    multiple of ``T``, else ``v(s) = (1 + cos(pi s / T)) / (1 + cos(pi (s - 1) / T)) (v(s - 1) - b)
    + b``; with ``s`` the tick, ``a`` the base, ``b`` the floor and ``T`` the total.

    On paper this is ``b + (a - b) half_cosine(s, T)``. In floating point the first rate after the
    floor is a small difference of large numbers, and what is lost there is carried up the whole
    climb: 3e-9 of the base where 1e-3 falls to 1e-6 in 300,000 ticks.

    Args:
        base: rate at tick 0, ``a``.
        floor: rate at tick ``T``, ``b``.
        total: ticks from base to floor, ``T``.
        ticks: how many ticks after ``T``.

    Returns:
        The rates from tick ``T`` to ``T + ticks``, shape ``(ticks + 1,)``. There is no last tick.

    Raises:
        ValueError: if ``total`` is below 1 or ``ticks`` below 0.

    Source:
        ``torch.optim.lr_scheduler.CosineAnnealingLR``.
    """
    check_at_least(1, total=total)
    check_at_least(0, ticks=ticks)
    leap = (base - floor) * (1 - math.cos(math.pi / total)) / 2
    # numpy's cosine may differ from Python's in the last bit, which is what matters here.
    level = [1 + math.cos(math.pi * s / total) for s in range(total, total + ticks + 1)]

    # level[i] is 1 + cos at tick T + i. Torch multiplies the height above the floor by the quotient
    # of two levels; at a floor (every 2 T ticks) that would be 0 / 0, and it adds a step instead.
    def climb(lr: float, step: int) -> float:
        if (step - 1) % (2 * total) == 0:
            return lr + leap
        return level[step] / level[step - 1] * (lr - floor) + floor

    lrs = accumulate(range(1, ticks + 1), climb, initial=float(floor))
    return np.fromiter(lrs, dtype=np.float64, count=ticks + 1)
