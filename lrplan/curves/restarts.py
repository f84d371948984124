"""Cosine cycles, each with a warm-up of its own."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lrplan.arrays import ArrayLike, FloatArray
from lrplan.curves._ticks import check_at_least, tick_array
from lrplan.curves.decay import half_cosine
from lrplan.curves.warmup import linear_warmup


class _Cycles(NamedTuple):
    """The cycle that each tick falls in."""

    number: FloatArray
    start: FloatArray
    length: FloatArray


def cosine_warmup_restarts(
    ticks: ArrayLike,
    base: float,
    peak: float,
    first: int,
    *,
    mult: int = 1,
    warmup: int = 0,
    gamma: float = 1.0,
) -> FloatArray:
    """Rise in a straight line from base to peak, fall back along half a cosine, and begin again.

    Cycle ``i`` has length ``T_i`` and peak ``P_i``: ``T_0`` is given and
    ``T_{i+1} = (T_i - u) m + u``; ``P_i = P g**i``. With ``t = 0 .. T_i - 1`` the tick within the
    cycle, ``v(t) = B + (P_i - B) t / u`` while ``t < u``, else
    ``v(t) = B + (P_i - B) (1 + cos(pi (t - u) / (T_i - u))) / 2``.

    Args:
        ticks: ticks, counted over all cycles.
        base: floor of every cycle, ``B``, in the unit of the result.
        peak: peak of the first cycle, ``P``, in the unit of the result.
        first: ticks of the first cycle, ``T_0``.
        mult: ratio of one cycle's length, without warm-up, to the one before it, ``m``.
        warmup: ticks of warm-up at the start of each cycle, ``u``; 0 begins at the peak.
        gamma: ratio of one peak to the one before it, ``g``. Peaks that decay below the floor turn
            the curve upside down, as in the published form.

    Returns:
        The value. Before tick 0: that at 0. There is no last tick: cycles follow one another. The
        last tick of a cycle is one short of the floor.

    Raises:
        ValueError: if ``mult`` is below 1, ``warmup`` below 0, ``first`` not above ``warmup``,
            or a tick is not finite while cycles grow.

    Source:
        A class that tutorials pass on as ``CosineAnnealingWarmUpRestarts``, without its repeated
        first tick; the cosine is that of SGDR (arXiv:1608.03983).
    """
    check_at_least(1, mult=mult)
    check_at_least(0, warmup=warmup)
    if not first > warmup:
        raise ValueError(f"first must be above warmup ({warmup}), got {first}")
    s = tick_array(ticks)
    cycles = _equal_cycles(s, first) if mult == 1 else _growing_cycles(s, first, mult, warmup)
    t = s - cycles.start
    # One product in place of two branches: t - warmup is at most 0 during the warm-up, where the
    # cosine is held at 1 (ticks below 0 count as 0), and the warm-up's line stays at 1 after it.
    fall = half_cosine((t - warmup) / (cycles.length - warmup), 1)
    shape = linear_warmup(t, warmup) * fall
    return np.asarray(base + (peak * np.power(float(gamma), cycles.number) - base) * shape)


def _equal_cycles(s: FloatArray, first: int) -> _Cycles:
    number = np.asarray(np.floor_divide(s, first))
    return _Cycles(number, np.asarray(number * first), np.full_like(s, first))


def _growing_cycles(s: FloatArray, first: int, mult: int, warmup: int) -> _Cycles:
    last = s.max(initial=0.0)
    if not np.isfinite(last):
        raise ValueError(f"ticks must be finite, got {last}")
    # Cycles are listed until the last tick lies in one: few, since they grow. With first 10,
    # mult 2 and warmup 2, starts are 0, 10, 28, 62 and lengths 10, 18, 34, 66; a bisection then
    # gives tick 30 the number 2.
    starts, lengths = [0], [first]
    while starts[-1] + lengths[-1] <= last:
        starts.append(starts[-1] + lengths[-1])
        lengths.append((lengths[-1] - warmup) * mult + warmup)
    number = np.asarray(np.searchsorted(starts, s, side="right") - 1)
    start, length = np.asarray([starts, lengths], dtype=np.float64)[:, number]
    return _Cycles(number.astype(np.float64), start, length)
