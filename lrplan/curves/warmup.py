"""Curves that begin with a warm-up; what follows it is a second factor, 1 while it lasts."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np

from lrplan.arrays import ArrayLike, FloatArray
from lrplan.curves._ticks import check_at_least, tick_array
from lrplan.curves.decay import half_cosine

Shape: TypeAlias = Literal["linear", "cosine", "exponential"]


def warmup_ramp(
    ticks: ArrayLike, warmup: int, start: float = 0.0, shape: Shape = "linear"
) -> FloatArray:
    """Go from a share of the base to the whole of it, along a line or a curve, then hold.

    With ``s`` the tick, ``w`` the warm-up, ``a`` the start and ``p = min(s, w) / w``::

        linear       f(s) = a + (1 - a) p
        cosine       f(s) = a + (1 - a) (1 - cos(pi p)) / 2
        exponential  f(s) = a ** (1 - p)

    Args:
        ticks: ticks, ``s``.
        warmup: ticks of warm-up, ``w``; 0 for none, the factor is then 1 from the start.
        start: the factor at tick 0, ``a``; above 1, the warm-up comes down.
        shape: the way from there to 1.

    Returns:
        The factor. Before tick 0: that at 0. At tick ``w`` and after it: 1.

    Raises:
        ValueError: if ``warmup`` or ``start`` is below 0, an exponential starts from 0, or the
            shape is not one of the three.

    Source:
        linear: ``torch.optim.lr_scheduler.LinearLR``, whose start is above 0; cosine: the rise of
        ``OneCycleLR``; exponential: the warm-up that mmcv calls ``exp``.
    """
    check_at_least(0, warmup=warmup, start=start)
    s = tick_array(ticks)
    p = np.minimum(s / warmup, 1.0) if warmup else np.ones_like(s)
    if shape == "exponential":
        if start == 0:
            raise ValueError("an exponential warm-up has a start above 0")
        return np.asarray(np.power(float(start), 1.0 - p))
    if shape == "cosine":
        p = (1.0 - np.cos(np.pi * p)) / 2.0
    elif shape != "linear":
        raise ValueError(f"{shape!r} is not linear, cosine or exponential")
    return np.asarray(start + (1.0 - start) * p)


def linear_warmup(ticks: ArrayLike, warmup: int) -> FloatArray:
    """Rise from 0 to 1 in a straight line, then hold.

    ``f(s) = s / w`` while ``s < w``, else 1, with ``s`` the tick and ``w`` the warm-up.

    Args:
        ticks: ticks, ``s``.
        warmup: ticks of warm-up, ``w``; 0 for none, the factor is then 1 from the start.

    Returns:
        The factor. Before tick 0: that at 0. At tick ``w`` and after it: 1.

    Raises:
        ValueError: if ``warmup`` is below 0.

    Source:
        ``get_constant_schedule_with_warmup`` of Hugging Face transformers.
    """
    check_at_least(0, warmup=warmup)
    s = tick_array(ticks)
    return np.asarray(np.minimum(s / warmup, 1.0) if warmup else np.ones_like(s))


def warmup_cosine(ticks: ArrayLike, warmup: int, total: int, floor: float = 0.0) -> FloatArray:
    """Rise from 0 to 1 in a straight line, then fall to a floor along half a cosine.

    ``f(s) = s / max(1, w)`` while ``s < w``, else ``m + (1 - m) c`` with
    ``c = (1 + cos(pi * (s - w) / max(1, T - w))) / 2``, ``s`` the tick, ``w`` the warm-up, ``T``
    the total and ``m`` the floor.

    Args:
        ticks: ticks, ``s``.
        warmup: ticks of warm-up, ``w``; 0 for none.
        total: tick at the floor, ``T``; counted from tick 0, warm-up included. With ``T <= w`` the
            run of ``T`` ticks is warm-up alone.
        floor: ratio of the smallest value after the warm-up to the peak, ``m``.

    Returns:
        The factor. Before tick 0: that at 0. At tick ``T``: ``m``. After it: the cosine climbs
        again and is back at 1 at ``2 T - w``, as in the published form.

    Raises:
        ValueError: if ``warmup`` is below 0 or ``total`` below 1.

    Source:
        ``get_cosine_with_min_lr_schedule_with_warmup`` of Hugging Face transformers, half a cycle.
    """
    check_at_least(1, total=total)
    # A product in place of two branches: during the warm-up `after` is below 0, where half_cosine
    # is 1; after it the line is 1. With w = 2 and T = 4, ticks 0 to 4 have 0, 0.5, 1, 0.5, 0.
    after = tick_array(ticks) - warmup
    fall = floor + (1.0 - floor) * half_cosine(after, max(1, total - warmup))
    return np.asarray(linear_warmup(ticks, warmup) * fall)


def inverse_sqrt(
    ticks: ArrayLike,
    warmup: int,
    timescale: float | None = None,
    cooldown: int = 0,
    total: int | None = None,
    start: float = 0.0,
) -> FloatArray:
    """Rise to 1 in a straight line, then fall with the inverse square root.

    ``f(s) = a + (1 - a) s / w`` while ``s < w``, else ``sqrt(q) / sqrt(s - w + q)``, with ``s`` the
    tick, ``w`` the warm-up, ``a`` the start and ``q`` the scale, which is ``w`` unless given. A
    cool-down multiplies this by ``(T - s) / c`` in the last ``c`` ticks.

    Args:
        ticks: ticks, ``s``.
        warmup: ticks of warm-up, ``w``.
        timescale: scale of the fall, ``q``: at ``w + 3 q`` the factor is 1/2. None: ``w``.
        cooldown: ticks of the cool-down, ``c``; 0 for none.
        total: tick at which a cool-down reaches 0, ``T``.
        start: factor at tick 0, ``a``.

    Returns:
        The factor. Before tick 0: that at 0. At tick ``w``: 1. Without a cool-down there is no last
        tick: the factor goes on falling. With one: 0 from ``T`` on.

    Raises:
        ValueError: if ``warmup`` is below 1: without warm-up the factor would be 0 everywhere, and
            0/0 at tick 0; if another length is too short, or there is a cool-down without a total.

    Source:
        ``inverse_square_root_schedule`` of fairseq, whose ``warmup_init_lr`` is a ratio here;
        ``rsqrt`` of big_vision, with its ``timescale`` and ``cooldown_steps``.
    """
    check_at_least(1, warmup=warmup)
    # The same product: the ticks of the warm-up count as `w`, where the root is 1. With w = 4,
    # ticks 1, 4 and 16 have 0.25, 1 and 0.5. It also keeps tick 0 from dividing by 0.
    s, scale = tick_array(ticks), warmup if timescale is None else timescale
    check_at_least(1, timescale=scale, total=1 if total is None else total)
    check_at_least(0, cooldown=cooldown, start=start)
    fall = np.sqrt(scale) / np.sqrt(np.maximum(s, warmup) + (scale - warmup))
    factor = np.asarray((start + (1.0 - start) * linear_warmup(ticks, warmup)) * fall)
    if not cooldown:
        return factor
    if total is None:
        raise ValueError("a cool-down ends at a total, which is missing")
    return np.asarray(factor * np.clip((total - s) / cooldown, 0.0, 1.0))


def gradual_warmup(
    ticks: ArrayLike,
    multiplier: float,
    total: int,
    start: float | None = None,
    shape: Shape = "linear",
) -> FloatArray:
    """Rise to a multiple of the base, from a share of it: by default 0 or the base itself.

    In a straight line, ``f(s) = s / T`` when ``m`` is 1, else ``f(s) = (m - 1) s / T + 1``, while
    ``s <= T``, with ``s`` the tick, ``m`` the multiplier and ``T`` the total. From a start ``a``,
    and in other shapes, it is ``m`` times ``warmup_ramp`` from ``a / m``.

    Args:
        ticks: ticks, ``s``.
        multiplier: ratio of the value reached to the base, ``m``.
        total: ticks of warm-up, ``T``.
        start: the factor at tick 0, ``a``; None: 0 with a multiplier of 1, else 1.
        shape: the way from there.

    Returns:
        The factor. Before tick 0: that at 0. At tick ``T`` and after it: ``m``.

    Raises:
        ValueError: if ``multiplier`` or ``total`` is below 1, and as ``warmup_ramp``.

    Source:
        Goyal et al. (arXiv:1706.02677), section 2.2, in the form of PyPI ``warmup-scheduler``.
    """
    check_at_least(1, multiplier=multiplier, total=total)
    first = (0.0 if multiplier == 1 else 1.0) if start is None else start
    if shape != "linear":
        return np.asarray(multiplier * warmup_ramp(ticks, total, first / multiplier, shape))
    check_at_least(0, start=first)
    progress = np.minimum(tick_array(ticks), total) / total
    return np.asarray(first + (multiplier - first) * progress)
