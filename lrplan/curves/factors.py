"""The factors of torch's multiplying schedulers on the base lr, as products up to each tick.

torch multiplies the current rate at each tick; these functions compute the products directly. They
agree with torch but for the rounding of one product per tick.
"""

from __future__ import annotations

import numpy as np

from lrplan.arrays import ArrayLike, FloatArray
from lrplan.curves._ticks import check_at_least, tick_array


def constant_factor(ticks: ArrayLike, factor: float, total: int) -> FloatArray:
    """Hold a fraction, then the whole.

    ``f(s) = c`` while ``s < T``, else 1, with ``s`` the tick, ``c`` the factor and ``T`` the total.

    Args:
        ticks: ticks, ``s``.
        factor: ratio to the whole, ``c``.
        total: the tick that gives the whole back, ``T``.

    Returns:
        The factor. Before tick 0: that at 0. From tick ``T`` on: 1.

    Raises:
        ValueError: if ``total`` is below 1.

    Source:
        ``torch.optim.lr_scheduler.ConstantLR``.
    """
    check_at_least(1, total=total)
    return np.where(tick_array(ticks) < total, float(factor), 1.0)


def exponential_decay(ticks: ArrayLike, gamma: float) -> FloatArray:
    """Multiply by a factor at every tick.

    ``f(s) = g ** s``, with ``s`` the tick and ``g`` gamma.

    Args:
        ticks: ticks, ``s``.
        gamma: ratio of each value to the one before it, ``g``.

    Returns:
        The factor. Before tick 0: 1. There is no last tick; a factor too large for a float is
        infinite.

    Source:
        ``torch.optim.lr_scheduler.ExponentialLR``.
    """
    with np.errstate(over="ignore", under="ignore"):
        return np.asarray(np.power(float(gamma), tick_array(ticks)))


def polynomial_decay(ticks: ArrayLike, total: int, power: float) -> FloatArray:
    """Fall from 1 to 0 along a power of the ticks that are left.

    ``f(s) = (1 - min(s, T) / T) ** p``, with ``s`` the tick, ``T`` the total and ``p`` the power.

    Args:
        ticks: ticks, ``s``.
        total: the tick that reaches 0, ``T``.
        power: exponent, ``p``; 1 is a straight line.

    Returns:
        The factor. Before tick 0: 1. From tick ``T`` on: 0; 1 with a power of 0; infinite with one
        below 0.

    Raises:
        ValueError: if ``total`` is below 1.

    Source:
        ``torch.optim.lr_scheduler.PolynomialLR``.
    """
    check_at_least(1, total=total)
    left = 1.0 - np.minimum(tick_array(ticks), total) / total
    with np.errstate(divide="ignore", over="ignore", under="ignore"):
        return np.asarray(np.power(left, float(power)))


def running_product(factors: ArrayLike) -> FloatArray:
    """The products of the first factor, the first two, and so on.

    ``f(s) = m_0 m_1 ... m_s``, multiplied from the left as a loop does.

    Args:
        factors: ``m``, one for each tick from 0.

    Returns:
        The products, of the same shape.

    Source:
        ``torch.optim.lr_scheduler.MultiplicativeLR``.
    """
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        return np.multiply.accumulate(np.asarray(factors, dtype=np.float64))
