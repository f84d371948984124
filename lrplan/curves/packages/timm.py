"""The learning rates of the schedulers of ``timm.scheduler``; release 1.0.31.

Each function gives the lr of a group with the base lr ``base``, before timm adds noise and
multiplies it by the group's ``lr_scale``. At tick 0 the value is what the constructor leaves: the
start of the warm-up, or the base. Lengths may have a fraction, which timm does not round.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from lrplan.arrays import ArrayLike, FloatArray, IntArray


class _Warmup(NamedTuple):
    """A line from ``start``, the same for all groups, in ``length`` ticks."""

    length: float = 0
    start: float = 0.0
    is_prefix: bool = False
    """The clock of the decay starts after the warm-up, and not under it."""

    def before(self, s: FloatArray, base: float, later: FloatArray, goal: float) -> FloatArray:
        """The line towards ``goal``, then ``later``; at tick 0, what the constructor leaves."""
        first = self.start if self.length else base
        step = (goal - self.start) / self.length if self.length else 1.0
        values = np.where(s < self.length, self.start + s * step, later)
        return np.where(s == 0, first, values)

    def own_clock(self, s: FloatArray) -> FloatArray:
        """The ticks of the decay; those of the warm-up count as 0."""
        return np.maximum(s, self.length) - (self.length if self.is_prefix else 0)


class _Cycles(NamedTuple):
    """Cycles of a decay: the length of the first, the factors of the others, and how many."""

    first: float
    mul: float = 1.0
    decay: float = 1.0
    limit: int = 1

    def at(self, t: FloatArray) -> tuple[IntArray, FloatArray, FloatArray]:
        """The number of each tick's cycle, the ticks in it, and its length."""
        if self.mul == 1:
            number = np.floor_divide(t, self.first)
            return number.astype(np.int64), t - self.first * number, np.full_like(t, self.first)
        # `math.log` and not numpy's, which may differ in the last bit: on the first tick of a cycle
        # that bit decides which one it is. Lengths 10, 20, 40: tick 30 is log2(1 + 30 / 10) = 2.
        shares = (1 - t / self.first * (1 - self.mul)).ravel().tolist()
        number = np.array([math.floor(math.log(share, self.mul)) for share in shares])
        powers = self.mul ** number.reshape(t.shape).astype(np.float64)
        start = (1 - powers) / (1 - self.mul) * self.first
        return number.reshape(t.shape), t - start, powers * self.first

    def between(self, number: IntArray, base: float, floor: float, shape: FloatArray) -> FloatArray:
        """``shape``, 1 at the cycle's peak and 0 at ``floor``; the floor after the last cycle."""
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            peak = base * np.power(float(self.decay), number)
            return np.where(number < self.limit, floor + (peak - floor) * shape, floor)


def cosine(
    ticks: ArrayLike,
    base: float,
    t_initial: float,
    lr_min: float = 0.0,
    k_decay: float = 1.0,
    **others: Any,
) -> FloatArray:
    """``CosineLRScheduler``: half cosines from the base, down to ``lr_min``."""
    s, warmup, cycles = (
        np.asarray(ticks, dtype=np.float64),
        _warmup(others),
        _cycles(t_initial, others),
    )
    number, t, length = cycles.at(warmup.own_clock(s))
    shape = 0.5 * (1 + np.cos(np.pi * t**k_decay / length**k_decay))
    return warmup.before(s, base, cycles.between(number, base, lr_min, shape), base)


def tanh(
    ticks: ArrayLike,
    base: float,
    t_initial: float,
    lb: float = -7.0,
    ub: float = 3.0,
    lr_min: float = 0.0,
    **others: Any,
) -> FloatArray:
    """``TanhLRScheduler``; its warm-up goes to where the decay is when it ends."""
    warmup, cycles = _warmup(others), _cycles(t_initial, others)

    def decay(s: FloatArray) -> FloatArray:
        number, t, length = cycles.at(warmup.own_clock(s))
        shape = 0.5 * (1 - np.tanh(lb * (1.0 - t / length) + ub * (t / length)))
        return cycles.between(number, base, lr_min, shape)

    s = np.asarray(ticks, dtype=np.float64)
    goal = base if warmup.is_prefix else float(decay(np.array(float(warmup.length))))
    return warmup.before(s, base, decay(s), goal)


def poly(
    ticks: ArrayLike,
    base: float,
    t_initial: float,
    power: float = 0.5,
    lr_min: float = 0.0,
    k_decay: float = 1.0,
    **others: Any,
) -> FloatArray:
    """``PolyLRScheduler``: a power of the rest of the way, down to ``lr_min``."""
    s, warmup, cycles = (
        np.asarray(ticks, dtype=np.float64),
        _warmup(others),
        _cycles(t_initial, others),
    )
    number, t, length = cycles.at(warmup.own_clock(s))
    shape = np.power(1 - t**k_decay / length**k_decay, power)
    return warmup.before(s, base, cycles.between(number, base, lr_min, shape), base)


def step(
    ticks: ArrayLike, base: float, decay_t: float, decay_rate: float = 1.0, **others: Any
) -> FloatArray:
    """``StepLRScheduler``: times ``decay_rate`` every ``decay_t`` ticks."""
    s, warmup = np.asarray(ticks, dtype=np.float64), _warmup(others, is_prefix=True)
    cuts = np.floor_divide(warmup.own_clock(s), decay_t)
    return warmup.before(s, base, base * np.power(float(decay_rate), cuts), base)


def multi_step(
    ticks: ArrayLike, base: float, decay_t: Sequence[float], decay_rate: float = 1.0, **others: Any
) -> FloatArray:
    """``MultiStepLRScheduler``, which cuts at the tick before each of ``decay_t``."""
    s, warmup = np.asarray(ticks, dtype=np.float64), _warmup(others, is_prefix=True)
    # The same bisection as in timm, so that cuts out of order give timm's result too.
    t = (warmup.own_clock(s) + 1).ravel().tolist()
    passed = np.array([bisect_right(decay_t, each) for each in t]).reshape(s.shape)
    return warmup.before(s, base, base * np.power(float(decay_rate), passed), base)


def wsd(
    ticks: ArrayLike,
    base: float,
    t_initial: float,
    decay_t: float,
    lr_min: float = 0.0,
    **others: Any,
) -> FloatArray:
    """``WSDLRScheduler``: constant or slowly falling, and down to ``lr_min`` at the end."""
    s, warmup = np.asarray(ticks, dtype=np.float64), _warmup({**others, "warmup_prefix": True})
    t = warmup.own_clock(s)
    stable = np.maximum(base * _stable(t, warmup.length, others), lr_min)
    done = np.clip((t - (t_initial - decay_t)) / decay_t, 0.0, 1.0)
    falling = lr_min + (stable - lr_min) * _fall(done, others)
    later = np.where(t <= t_initial - decay_t, stable, falling)
    return warmup.before(s, base, later, base)


def _stable(t: FloatArray, warmup: float, others: Mapping[str, Any]) -> FloatArray:
    kind, scale = others.get("stable_fn", "constant"), others.get("stable_timescale")
    if kind == "constant":
        return np.ones_like(t)
    power = 0.5 if kind == "rsqrt" else others.get("stable_power", 0.5)
    return np.asarray((1.0 + t / (warmup if scale is None else scale)) ** -power)


def _fall(done: FloatArray, others: Mapping[str, Any]) -> FloatArray:
    kind = others.get("decay_fn", "1-sqrt")
    if kind == "cosine":
        return np.asarray(0.5 * (1.0 + np.cos(np.pi * done)))
    if kind == "exp":
        ratio = others.get("decay_ratio", 0.1)
        return np.asarray((ratio**done - ratio) / (1.0 - ratio))
    power = {"linear": 1.0, "1-sqrt": 0.5}.get(kind, others.get("decay_power", 0.5))
    return np.asarray(1.0 - done**power)


def _warmup(arguments: Mapping[str, Any], *, is_prefix: bool = False) -> _Warmup:
    return _Warmup(
        arguments.get("warmup_t", 0),
        arguments.get("warmup_lr_init", 0.0),
        arguments.get("warmup_prefix", is_prefix),
    )


def _cycles(first: float, arguments: Mapping[str, Any]) -> _Cycles:
    return _Cycles(
        first,
        arguments.get("cycle_mul", 1.0),
        arguments.get("cycle_decay", 1.0),
        arguments.get("cycle_limit", 1),
    )


FORMULAS: Mapping[str, Callable[..., FloatArray]] = MappingProxyType(
    {
        "CosineLRScheduler": cosine,
        "TanhLRScheduler": tanh,
        "PolyLRScheduler": poly,
        "StepLRScheduler": step,
        "MultiStepLRScheduler": multi_step,
        "WSDLRScheduler": wsd,
    }
)
"""By the name of the class. ``PlateauLRScheduler`` follows a metric, and has no formula."""
