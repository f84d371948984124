"""Curves of the literature: a warm-up from 0, and a decay to a share of the peak."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lrplan.arrays import ArrayLike, FloatArray
from lrplan.curves._ticks import check_at_least, tick_array
from lrplan.curves.warmup import linear_warmup


def warmup_polynomial(
    ticks: ArrayLike, warmup: int, total: int, floor: float = 0.0, power: float = 1.0
) -> FloatArray:
    """Rise from 0 to 1 in a straight line, then fall to a floor along a power of what is left.

    ``f(s) = s / w`` while ``s < w``, else ``m + (1 - m) (1 - p) ** a`` with
    ``p = min((s - w) / max(1, T - w), 1)``, ``s`` the tick, ``w`` the warm-up, ``T`` the total,
    ``a`` the power and ``m`` the floor.

    Args:
        ticks: ticks, ``s``.
        warmup: ticks of warm-up, ``w``; 0 for none.
        total: tick that reaches the floor, ``T``, warm-up included.
        floor: ratio of the last value to the peak, ``m``.
        power: exponent, ``a``; 1 is a straight line.

    Returns:
        The factor. Before tick 0: that at 0. From tick ``T`` on: ``m``.

    Raises:
        ValueError: if ``warmup`` is below 0, or ``total`` or ``power`` is not above 0.

    Source:
        ``get_polynomial_decay_schedule_with_warmup`` of Hugging Face transformers, with the floor
        as a ratio; with power 1, ``get_linear_schedule_with_warmup``.
    """
    check_at_least(1, total=total)
    if not power > 0:
        raise ValueError(f"power must be above 0, got {power!r}")
    left = 1.0 - _progress(tick_array(ticks), warmup, total)
    fall = floor + (1.0 - floor) * np.power(left, float(power))
    return np.asarray(linear_warmup(ticks, warmup) * fall)


def warmup_stable_decay(
    ticks: ArrayLike,
    warmup: int,
    total: int,
    decay: int,
    shape: str = "1-sqrt",
    floor: float = 0.0,
) -> FloatArray:
    """Rise from 0 to 1 in a straight line, hold, and fall to a floor in the last ticks.

    With ``p = (s - (T - d)) / d`` the share of the decay, from 0 to 1, and ``m`` the floor:
    ``m + (1 - m) g(p)``, where ``g`` is ``1 - p`` (linear), ``1 - sqrt(p)`` (1-sqrt) or
    ``(1 + cos(pi p)) / 2`` (cosine); ``m ** p`` (exponential).

    Args:
        ticks: ticks, ``s``.
        warmup: ticks of warm-up, ``w``; 0 for none.
        total: tick that reaches the floor, ``T``: warm-up, plateau and decay together.
        decay: ticks of the decay, ``d``.
        shape: ``linear``, ``1-sqrt``, ``cosine`` or ``exponential``.
        floor: ratio of the last value to the peak, ``m``.

    Returns:
        The factor. Before tick 0: that at 0. From ``w`` to ``T - d``: 1. From ``T`` on: ``m``.

    Raises:
        ValueError: if warm-up and decay are longer than the total, ``decay`` is below 1, the shape
            is not one of these, or an exponential decay has a floor that is not above 0.

    Source:
        Hu et al., MiniCPM (arXiv:2404.06395): constant, then exponential; Hägele et al.
        (arXiv:2405.18392): linear and 1-sqrt.
    """
    check_at_least(1, decay=decay)
    check_at_least(0, warmup=warmup)
    if warmup + decay > total:
        raise ValueError(f"warm-up ({warmup}) and decay ({decay}) are longer than total ({total})")
    share = np.clip((tick_array(ticks) - (total - decay)) / decay, 0.0, 1.0)
    if shape == "exponential":
        if not floor > 0:
            raise ValueError(f"an exponential decay needs a floor above 0, got {floor!r}")
        return np.asarray(linear_warmup(ticks, warmup) * np.power(float(floor), share))
    fall = floor + (1.0 - floor) * _cooldown(share, shape)
    return np.asarray(linear_warmup(ticks, warmup) * fall)


def tri_stage(
    ticks: ArrayLike,
    warmup: int,
    hold: int,
    decay: int,
    start: float = 0.01,
    end: float = 0.01,
) -> FloatArray:
    """Rise in a straight line to 1, hold, and fall exponentially.

    ``f(s) = a + (1 - a) s / w`` while ``s < w``, 1 while ``s <= w + h``, then ``b ** p`` with
    ``p = (s - w - h) / d``, ``s`` the tick, ``a`` the start and ``b`` the end.

    Args:
        ticks: ticks, ``s``.
        warmup: ticks of warm-up, ``w``; 0 for none.
        hold: ticks at 1, ``h``.
        decay: ticks of the decay, ``d``.
        start: ratio of the first value to the peak, ``a``.
        end: ratio of the last value to the peak, ``b``.

    Returns:
        The factor. Before tick 0: that at 0. At tick ``w``: 1. From ``w + h + d`` on: ``b``.

    Raises:
        ValueError: if a length is below 0, ``decay`` below 1, or ``end`` not above 0.

    Source:
        ``tri_stage`` of fairseq; Park et al., SpecAugment (arXiv:1904.08779).
    """
    check_at_least(0, warmup=warmup, hold=hold)
    check_at_least(1, decay=decay)
    if not end > 0:
        raise ValueError(f"end must be above 0, got {end!r}")
    share = np.clip((tick_array(ticks) - warmup - hold) / decay, 0.0, 1.0)
    rise = start + (1.0 - start) * linear_warmup(ticks, warmup)
    return np.asarray(rise * np.power(float(end), share))


def rex(
    ticks: ArrayLike, total: int, warmup: int = 0, floor: float = 0.0, beta: float = 0.5
) -> FloatArray:
    """Rise from 0 to 1 in a straight line, then fall slowly at first and fast at the end.

    ``f(s) = s / w`` while ``s < w``, else ``m + (1 - m) z / (1 - b + b z)`` with
    ``z = 1 - (s - w) / (T - w)``, the share that is left.

    Args:
        ticks: ticks, ``s``.
        total: tick that reaches the floor, ``T``, warm-up included.
        warmup: ticks of warm-up, ``w``; 0 for none.
        floor: ratio of the last value to the peak, ``m``.
        beta: how long the value stays high, ``b``; 0 is a straight line.

    Returns:
        The factor. Before tick 0: that at 0. From tick ``T`` on: ``m``.

    Raises:
        ValueError: if ``warmup`` is below 0, ``total`` below 1, or ``beta`` is not from 0 to 1, 1
            left out.

    Source:
        Chen et al., REX (arXiv:2107.04197), where ``b`` is 1/2.
    """
    check_at_least(1, total=total)
    if not 0 <= beta < 1:
        raise ValueError(f"beta must be at least 0 and below 1, got {beta!r}")
    left = 1.0 - _progress(tick_array(ticks), warmup, total)
    fall = floor + (1.0 - floor) * left / (1.0 - beta + beta * left)
    return np.asarray(linear_warmup(ticks, warmup) * fall)


def piecewise_constant(
    ticks: ArrayLike, milestones: Sequence[int], values: Sequence[float]
) -> FloatArray:
    """One value after the other, changing at the milestones.

    Args:
        ticks: ticks.
        milestones: ticks from which the next value holds, in order.
        values: the value before the first milestone, and that from each one on.

    Returns:
        The value. Before tick 0: that at 0. From the last milestone on: the last value.

    Raises:
        ValueError: if a milestone is before tick 0 or out of order, or values are not one more than
            milestones.

    Source:
        ``optax.join_schedules`` of constants; ``PiecewiseConstantDecay`` of Keras, which changes
        one tick later.
    """
    if len(values) != len(milestones) + 1:
        given = f"got {len(values)} for {len(milestones)}"
        raise ValueError(f"there must be one value more than milestones, {given}")
    check_at_least(0, milestones=min(milestones, default=0))
    if list(milestones) != sorted(milestones):
        raise ValueError("milestones must be in order")
    passed = np.searchsorted(milestones, tick_array(ticks), side="right")
    return np.asarray(values, dtype=np.float64)[passed]


def piecewise_linear(ticks: ArrayLike, points: Sequence[tuple[float, float]]) -> FloatArray:
    """Straight lines from point to point.

    Args:
        ticks: ticks.
        points: pairs of a tick and the value there, each tick later than the one before it.

    Returns:
        The value. Before the first point: its value. After the last one: its value.

    Raises:
        ValueError: if there are no points, or their ticks do not increase.

    Source:
        ``PiecewiseLinear`` of pytorch-ignite; ``optax.piecewise_interpolate_schedule``, which takes
        factors in place of values.
    """
    if not points:
        raise ValueError("there are no points")
    at, values = np.asarray(points, dtype=np.float64).T
    if np.any(np.diff(at) <= 0):
        raise ValueError("the ticks of the points must increase")
    return np.asarray(np.interp(tick_array(ticks), at, values))


def _progress(s: FloatArray, warmup: int, total: int) -> FloatArray:
    """The share of the decay that is over; 0 during the warm-up."""
    return np.asarray(np.clip((s - warmup) / max(1, total - warmup), 0.0, 1.0))


def _cooldown(share: FloatArray, shape: str) -> FloatArray:
    if shape == "linear":
        return np.asarray(1.0 - share)
    if shape == "1-sqrt":
        return np.asarray(1.0 - np.sqrt(share))
    if shape == "cosine":
        return np.asarray(0.5 * (1.0 + np.cos(np.pi * share)))
    raise ValueError(f"no such shape: {shape}")
