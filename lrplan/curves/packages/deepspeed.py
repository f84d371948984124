"""The learning rates of the schedulers of ``deepspeed.runtime.lr_schedules``; release 0.19.8.

Each function gives the lr of a group with the base lr ``base``. Arguments that may differ between
groups are those of that group. DeepSpeed counts from -1, and its constructor sets the values of
that count: tick 1 is its 0, which in a warm-up is the start once more.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from lrplan.arrays import ArrayLike, FloatArray

_SHORTEST_WARMUP = 2
"""A warm-up of 1 counts as 2: the logarithm of 1 is 0, and DeepSpeed divides by it."""


def warmup(
    ticks: ArrayLike,
    base: float,
    warmup_min_lr: float = 0.0,
    warmup_max_lr: float | None = None,
    warmup_num_steps: int = 1000,
    warmup_type: str = "log",
) -> FloatArray:
    """``WarmupLR``: from ``warmup_min_lr`` up to ``warmup_max_lr``, which holds."""
    top = base if warmup_max_lr is None else warmup_max_lr
    rise = _rise(_count(ticks), warmup_num_steps, warmup_type)
    return np.asarray(warmup_min_lr + (top - warmup_min_lr) * rise)


def warmup_decay(
    ticks: ArrayLike,
    base: float,  # noqa: ARG001  # it sets an lr of its own
    total_num_steps: int,
    warmup_min_lr: float = 0.0,
    warmup_max_lr: float = 0.001,
    warmup_num_steps: int = 1000,
    warmup_type: str = "log",
) -> FloatArray:
    """``WarmupDecayLR``: ``WarmupLR``, then a line to ``warmup_min_lr``, which holds."""
    n, length = _count(ticks), max(_SHORTEST_WARMUP, warmup_num_steps)
    fall = np.maximum((total_num_steps - n) / max(1.0, total_num_steps - length), 0.0)
    shape = np.where(n < length, _rise(n, warmup_num_steps, warmup_type), fall)
    return np.asarray(warmup_min_lr + (warmup_max_lr - warmup_min_lr) * shape)


def warmup_cosine(
    ticks: ArrayLike,
    base: float,
    total_num_steps: int,
    warmup_min_ratio: float = 0.0,
    warmup_num_steps: int = 1000,
    cos_min_ratio: float = 0.0001,
    warmup_type: str = "log",
) -> FloatArray:
    """``WarmupCosineLR``: up to the base, then half a cosine to ``cos_min_ratio`` times it.

    At tick 0 it is 0, whatever ``warmup_min_ratio`` is: that is what the constructor sets.
    """
    n, length = _count(ticks), max(_SHORTEST_WARMUP, warmup_num_steps)
    rise = warmup_min_ratio + _rise(n, warmup_num_steps, warmup_type) * (1.0 - warmup_min_ratio)
    done = np.clip((n - length + 1) / max(1, total_num_steps - length), 0.0, 1.0)
    half = (1 + np.cos(np.pi * done)) / 2
    fall = np.maximum(cos_min_ratio + (1.0 - cos_min_ratio) * half, 0.0)
    ratio = np.where(n < length, rise, fall)
    return np.asarray(base * np.where(np.asarray(ticks) == 0, 0.0, ratio))


def one_cycle(
    ticks: ArrayLike,
    base: float,  # noqa: ARG001  # it sets an lr of its own
    cycle_min_lr: float,
    cycle_max_lr: float,
    decay_lr_rate: float = 0.0,
    decay_step_size: float = 0,
    **others: Any,
) -> FloatArray:
    """``OneCycle``: up to ``cycle_max_lr`` and back, then a decay of ``cycle_min_lr``."""
    n, scale = _count(ticks), _cycle(ticks, **others)
    after = n - _cycle_length(**others) + 1
    rate = decay_lr_rate / decay_step_size if decay_step_size else 0.0
    cycle = cycle_min_lr + (cycle_max_lr - cycle_min_lr) * scale
    return np.where(after < 1, cycle, cycle_min_lr / (1 + rate * np.maximum(after, 0.0)))


def one_cycle_momentum(
    ticks: ArrayLike,
    cycle_min_mom: float = 0.8,
    cycle_max_mom: float = 0.9,
    decay_mom_rate: float = 0.0,
    decay_step_size: float = 0,
    **others: Any,
) -> FloatArray:
    """The first beta under ``OneCycle``: against the lr, then growing from ``cycle_max_mom``.

    At tick 0 it is ``cycle_min_mom``: that is what the constructor sets.
    """
    n, scale = _count(ticks), _cycle(ticks, **others)
    after = n - _cycle_length(**others) + 1
    rate = decay_mom_rate / decay_step_size if decay_step_size else 0.0
    cycle = cycle_max_mom - (cycle_max_mom - cycle_min_mom) * scale
    values = np.where(after < 1, cycle, cycle_max_mom * (1 + rate * np.maximum(after, 0.0)))
    return np.where(np.asarray(ticks) == 0, cycle_min_mom, values)


def range_test(
    ticks: ArrayLike,
    base: float,  # noqa: ARG001  # it sets an lr of its own
    lr_range_test_min_lr: float = 1e-3,
    lr_range_test_step_size: int = 2000,
    lr_range_test_step_rate: float = 1.0,
    lr_range_test_staircase: bool = False,  # noqa: FBT001, FBT002  # as DeepSpeed calls it
) -> FloatArray:
    """``LRRangeTest``: up and up from ``lr_range_test_min_lr``."""
    interval = np.asarray(ticks, dtype=np.float64) / lr_range_test_step_size
    if lr_range_test_staircase:
        interval = np.floor(interval)
    return np.asarray(lr_range_test_min_lr * (1 + lr_range_test_step_rate * interval))


def _count(ticks: ArrayLike) -> FloatArray:
    """DeepSpeed's count at each tick; that of the constructor has the values of its first one."""
    return np.asarray(np.maximum(np.asarray(ticks, dtype=np.float64) - 1, 0.0))


def _rise(n: FloatArray, warmup_num_steps: int, warmup_type: str) -> FloatArray:
    length = max(_SHORTEST_WARMUP, warmup_num_steps)
    rise = n / length if warmup_type == "linear" else np.log(n + 1) * (1.0 / math.log(length))
    return np.where(n < length, rise, 1.0)


def _cycle_length(
    cycle_first_step_size: float = 2000, cycle_second_step_size: float | None = None, **_: Any
) -> float:
    second = cycle_first_step_size if cycle_second_step_size is None else cycle_second_step_size
    return cycle_first_step_size + second


def _cycle(
    ticks: ArrayLike,
    cycle_first_step_size: float = 2000,
    cycle_second_step_size: float | None = None,
    cycle_first_stair_count: int = 0,
    cycle_second_stair_count: int | None = None,
    **_: Any,
) -> FloatArray:
    """The share of the rise at each tick, from 0 to 1; with stairs, held on each."""
    first, total = (
        cycle_first_step_size,
        _cycle_length(cycle_first_step_size, cycle_second_step_size),
    )
    stairs = cycle_first_stair_count
    stairs_down = stairs if cycle_second_stair_count is None else cycle_second_stair_count
    t = np.asarray(ticks, dtype=np.float64) % total
    down = _on_stairs(total - t, max(total - first, 1), stairs_down)
    return np.where(t <= first, _on_stairs(t, first, stairs), down)


def _on_stairs(done: FloatArray, length: float, count: int) -> FloatArray:
    # The product first: 29 ticks of 100 on 100 stairs are 29, and 0.29 * 100 is a bit less.
    return np.asarray(np.floor(done * count / length) / count) if count > 0 else done / length


FORMULAS: Mapping[str, Callable[..., FloatArray]] = MappingProxyType(
    {
        "WarmupLR": warmup,
        "WarmupDecayLR": warmup_decay,
        "WarmupCosineLR": warmup_cosine,
        "OneCycle": one_cycle,
        "LRRangeTest": range_test,
    }
)
"""By the name of the class."""
