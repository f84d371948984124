"""Curves that go from one value to another, or fall by a factor."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lrplan.arrays import ArrayLike, FloatArray, IntArray
from lrplan.curves._ticks import check_at_least, tick_array

_MOST_PRODUCTS = 100
"""Powers up to this exponent are computed as products."""


def half_cosine(ticks: ArrayLike, total: float) -> FloatArray:
    """Fall from 1 to 0 along half a period of a cosine.

    ``f(s) = (1 + cos(pi * s / T)) / 2``, with ``s`` the tick and ``T`` the total.

    Args:
        ticks: ticks, ``s``.
        total: ticks from 1 down to 0, ``T``; 1 when ``ticks`` are ratios already.

    Returns:
        The factor. Before tick 0: 1. At tick ``T``: 0. After it: the cosine climbs again and is
        back at 1 at ``2 T``; ``cosine`` is the curve that holds.

    Raises:
        ValueError: if ``total`` is below 1.

    Source:
        Loshchilov and Hutter, SGDR (arXiv:1608.03983), equation 5, for one cycle.
    """
    check_at_least(1, total=total)
    return np.asarray((1.0 + np.cos(np.pi * tick_array(ticks) / total)) / 2.0)


def cosine(ticks: ArrayLike, start: float, end: float, total: int) -> FloatArray:
    """Go from one value to another along half a period of a cosine, then hold.

    ``v(s) = b + (a - b) (1 + cos(pi * min(s, T) / T)) / 2``, with ``s`` the tick, ``a`` the start,
    ``b`` the end and ``T`` the total.

    Args:
        ticks: ticks, ``s``.
        start: value at tick 0, ``a``.
        end: value at tick ``T``, ``b``.
        total: ticks from start to end, ``T``.

    Returns:
        The value. Before tick 0: ``a``. At tick ``T`` and after it: ``b``.

    Raises:
        ValueError: if ``total`` is below 1.

    Source:
        Caron et al., DINO (arXiv:2104.14294): weight decay from 0.04 to 0.4.
    """
    s = np.minimum(tick_array(ticks), total)
    return np.asarray(end + (start - end) * half_cosine(s, total))


def linear(ticks: ArrayLike, start: float, end: float, total: int) -> FloatArray:
    """Go from one value to another in a straight line, then hold.

    ``v(s) = a (1 - p) + b p`` with ``p = min(s, T) / T``, ``s`` the tick, ``a`` the start, ``b``
    the end and ``T`` the total.

    Args:
        ticks: ticks, ``s``.
        start: value at tick 0, ``a``.
        end: value at tick ``T``, ``b``.
        total: ticks from start to end, ``T``.

    Returns:
        The value. Before tick 0: ``a``. At tick ``T`` and after it: ``b``.

    Raises:
        ValueError: if ``total`` is below 1.

    Source:
        The warm-up of momentum in Ultralytics YOLOv5: 0.8 to 0.937.
    """
    check_at_least(1, total=total)
    progress = np.minimum(tick_array(ticks), total) / total
    return np.asarray(start * (1.0 - progress) + end * progress)


def step_decay(ticks: ArrayLike, every: int, gamma: float) -> FloatArray:
    """Multiply by a factor again and again, at equal distances.

    ``f(s) = g ** floor(s / n)``, with ``s`` the tick, ``g`` gamma and ``n`` the distance.

    Args:
        ticks: ticks, ``s``.
        every: ticks between two changes, ``n``; the first change is at tick ``n``.
        gamma: ratio of each value to the one before it, ``g``.

    Returns:
        The factor. Before tick 0: 1. There is no last tick: the factor goes on changing.

    Raises:
        ValueError: if ``every`` is below 1.

    Source:
        ``StepWdScheduler`` in the documentation of pytorch-accelerated.
    """
    check_at_least(1, every=every)
    return _powers(gamma, np.floor_divide(tick_array(ticks), every))


def milestone_decay(ticks: ArrayLike, milestones: Sequence[int], gamma: float) -> FloatArray:
    """Multiply by a factor at each of the given ticks.

    ``f(s) = g ** k``, with ``s`` the tick, ``g`` gamma and ``k`` the number of milestones at or
    before ``s``; a milestone given twice counts twice.

    Args:
        ticks: ticks, ``s``.
        milestones: ticks at which the factor changes, in any order.
        gamma: ratio of each value to the one before it, ``g``.

    Returns:
        The factor. Before tick 0: that at 0. From the last milestone on: constant.

    Raises:
        ValueError: if a milestone is before tick 0.

    Source:
        ``MilestoneLrScheduler`` in the documentation of pytorch-accelerated.
    """
    check_at_least(0, milestones=min(milestones, default=0))
    # `right` counts a milestone from its own tick on: of 30 and 60, tick 29 has passed none, tick
    # 30 one, tick 60 both. One named twice is in the sorted list twice, and counts twice.
    passed = np.searchsorted(np.sort(milestones), tick_array(ticks), side="right")
    return _powers(gamma, passed)


def _powers(gamma: float, exponents: FloatArray | IntArray) -> FloatArray:
    # The last bit of `np.power` differs between processors: 0.1 ** 2 is 0.01 or
    # 0.010000000000000002. Products do not, so that a CSV of a few cuts is the same everywhere.
    if exponents.size and np.max(exponents) <= _MOST_PRODUCTS:
        factors = np.full(int(np.max(exponents)) + 1, float(gamma))
        factors[0] = 1.0
        return np.asarray(np.multiply.accumulate(factors)[exponents.astype(np.intp)])
    return np.asarray(np.power(float(gamma), exponents))
