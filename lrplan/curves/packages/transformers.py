"""The factors of ``transformers.get_scheduler`` on the base lr; release 5.23.0.

A floor that the package takes as a learning rate is a share of the optimizer's lr here:
``lrs_as_shares`` converts it. Beyond the end the factors go on as the package's do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from lrplan.arrays import ArrayLike, FloatArray

_LR_END = 1e-7
"""The default of the value at which ``polynomial`` ends."""
_NO_WARMUP = 10_000
"""The scale of ``inverse_sqrt`` if neither it nor a warm-up is given."""


def lrs_as_shares(name: str, arguments: Mapping[str, Any], optimizer_lr: float) -> dict[str, Any]:
    """``arguments`` of scheduler ``name`` with learning rates as shares of the optimizer's lr.

    ``min_lr: 1e-5`` of an optimizer with lr 1e-3 becomes ``min_lr_rate: 0.01``; ``lr_end``, which
    has no other name, stays what it is called.
    """
    shared = dict(arguments)
    min_lr = shared.pop("min_lr", None)
    if min_lr is not None:
        shared["min_lr_rate"] = min_lr / optimizer_lr
    if name == "polynomial":
        shared["lr_end"] = shared.get("lr_end", _LR_END) / optimizer_lr
    return shared


def constant(
    ticks: ArrayLike,
    num_warmup_steps: int | None = None,  # noqa: ARG001  # taken, and not used
    num_training_steps: int | None = None,  # noqa: ARG001
) -> FloatArray:
    """1, whatever the lengths."""
    return np.ones_like(np.asarray(ticks, dtype=np.float64))


def constant_with_warmup(
    ticks: ArrayLike,
    num_warmup_steps: int,
    num_training_steps: int | None = None,  # noqa: ARG001  # taken, and not used
) -> FloatArray:
    """A line from 0 to 1, then 1."""
    s = np.asarray(ticks, dtype=np.float64)
    return _after_warmup(s, num_warmup_steps, np.ones_like(s))


def linear(ticks: ArrayLike, num_warmup_steps: int, num_training_steps: int) -> FloatArray:
    """A line from 0 to 1, then a line to 0, which holds."""
    s = np.asarray(ticks, dtype=np.float64)
    left = (num_training_steps - s) / max(1, num_training_steps - num_warmup_steps)
    return _after_warmup(s, num_warmup_steps, np.maximum(left, 0.0))


def cosine(
    ticks: ArrayLike, num_warmup_steps: int, num_training_steps: int, num_cycles: float = 0.5
) -> FloatArray:
    """A line from 0 to 1, then ``num_cycles`` waves of a cosine between 1 and 0, without end."""
    return cosine_with_min_lr(ticks, num_warmup_steps, num_training_steps, num_cycles, 0.0)


def cosine_with_min_lr(
    ticks: ArrayLike,
    num_warmup_steps: int,
    num_training_steps: int,
    num_cycles: float = 0.5,
    min_lr_rate: float = 0.0,
) -> FloatArray:
    """A line from 0 to 1, then ``num_cycles`` waves between 1 and ``min_lr_rate``, without end."""
    s = np.asarray(ticks, dtype=np.float64)
    done = (s - num_warmup_steps) / max(1, num_training_steps - num_warmup_steps)
    wave = 0.5 * (1.0 + np.cos(np.pi * num_cycles * 2.0 * done))
    floored = wave * (1 - min_lr_rate) + min_lr_rate
    return _after_warmup(s, num_warmup_steps, np.maximum(floored, 0.0))


def cosine_warmup_with_min_lr(
    ticks: ArrayLike,
    num_warmup_steps: int,
    num_training_steps: int,
    num_cycles: float = 0.5,
    min_lr_rate: float = 0.0,
    warmup_lr_rate: float | None = None,
) -> FloatArray:
    """``cosine_with_min_lr`` a tick ahead: the line and the wave end one tick before theirs."""
    s = np.asarray(ticks, dtype=np.float64)
    if warmup_lr_rate is None:
        rise = (s + 1.0) / max(1.0, num_warmup_steps)
    else:
        rise = warmup_lr_rate + (1.0 - warmup_lr_rate) * s / max(1, num_warmup_steps - 1)
    done = (s - num_warmup_steps + 1.0) / max(1.0, num_training_steps - num_warmup_steps)
    wave = 0.5 * (1.0 + np.cos(np.pi * num_cycles * 2.0 * done))
    floored = np.maximum(wave * (1 - min_lr_rate) + min_lr_rate, 0.0)
    return np.where(s < num_warmup_steps, rise, floored)


def cosine_with_restarts(
    ticks: ArrayLike, num_warmup_steps: int, num_training_steps: int, num_cycles: int = 1
) -> FloatArray:
    """A line from 0 to 1, then ``num_cycles`` half cosines from 1 to 0; 0 from the end on."""
    s = np.asarray(ticks, dtype=np.float64)
    done = (s - num_warmup_steps) / max(1, num_training_steps - num_warmup_steps)
    half = 0.5 * (1.0 + np.cos(np.pi * ((num_cycles * done) % 1.0)))
    return _after_warmup(s, num_warmup_steps, np.where(done >= 1.0, 0.0, np.maximum(half, 0.0)))


def polynomial(
    ticks: ArrayLike,
    num_warmup_steps: int,
    num_training_steps: int,
    lr_end: float,
    power: float = 1.0,
) -> FloatArray:
    """A line from 0 to 1, then a power of the rest of the way to ``lr_end``, which holds.

    Args:
        ticks: ticks.
        num_warmup_steps: ticks of the line.
        num_training_steps: the tick that reaches ``lr_end``.
        lr_end: a share of the optimizer's lr, as ``lrs_as_shares`` makes it.
        power: exponent; 1 is a line.

    Raises:
        ZeroDivisionError: the decay has no ticks, and one at its end is asked for; the package
            raises it, too.
    """
    s = np.asarray(ticks, dtype=np.float64)
    length = num_training_steps - num_warmup_steps
    if length == 0 and np.any(s == num_training_steps):
        raise ZeroDivisionError("the decay has no ticks: num_training_steps is num_warmup_steps")
    with np.errstate(all="ignore"):  # ticks of the other branches, which np.where drops
        decay = (1.0 - lr_end) * np.power(1.0 - (s - num_warmup_steps) / length, power) + lr_end
    fall = np.where(s > num_training_steps, lr_end, decay)
    return _after_warmup(s, num_warmup_steps, fall)


def inverse_sqrt(
    ticks: ArrayLike,
    num_warmup_steps: int,
    timescale: int | None = None,
    num_training_steps: int | None = None,  # noqa: ARG001  # taken, and not used
) -> FloatArray:
    """A line from 0 to 1, then ``1 / sqrt((s - w) / timescale + 1)``, without end."""
    s = np.asarray(ticks, dtype=np.float64)
    scale = (num_warmup_steps or _NO_WARMUP) if timescale is None else timescale
    ahead = np.maximum(s, num_warmup_steps) + (scale - num_warmup_steps)
    return _after_warmup(s, num_warmup_steps, 1.0 / np.sqrt(ahead / scale))


def warmup_stable_decay(
    ticks: ArrayLike,
    num_warmup_steps: int,
    num_decay_steps: int,
    num_training_steps: int | None = None,
    num_stable_steps: int | None = None,
    warmup_type: str = "linear",
    decay_type: str = "cosine",
    min_lr_ratio: float = 0.0,
    num_cycles: float = 0.5,
) -> FloatArray:
    """Up from ``min_lr_ratio`` to 1, constant, and down to ``min_lr_ratio``, which holds."""
    s = np.asarray(ticks, dtype=np.float64)
    if num_stable_steps is None:
        num_stable_steps = (num_training_steps or 0) - num_warmup_steps - num_decay_steps
    stable_until = num_warmup_steps + num_stable_steps
    rise = _RISES[warmup_type](np.clip(s / max(1, num_warmup_steps), 0.0, 1.0))
    done = np.maximum((s - stable_until) / max(1, num_decay_steps), 0.0)
    if decay_type == "cosine":
        fall = 0.5 * (1.0 + np.cos(np.pi * num_cycles * 2.0 * done))
    else:
        fall = 1.0 - (done if decay_type == "linear" else np.sqrt(done))
    # The first part that a tick lies in counts, as in a chain of `if`: with lengths below 0, which
    # num_training_steps can leave for the middle, the parts overlap.
    parts = [s < num_warmup_steps, s < stable_until, s < stable_until + num_decay_steps]
    ramps = [np.maximum(each * (1.0 - min_lr_ratio) + min_lr_ratio, 0.0) for each in (rise, fall)]
    return np.select(parts, [ramps[0], np.ones_like(s), ramps[1]], min_lr_ratio)


_RISES: Mapping[str, Callable[[FloatArray], FloatArray]] = MappingProxyType(
    {
        "linear": lambda done: done,
        "cosine": lambda done: 0.5 * (1.0 - np.cos(np.pi * done)),
        "1-sqrt": lambda done: 1.0 - np.sqrt(1.0 - done),
    }
)


def _after_warmup(s: FloatArray, warmup: int, later: FloatArray) -> FloatArray:
    return np.where(s < warmup, s / max(1, warmup), later)


FORMULAS: Mapping[str, Callable[..., FloatArray]] = MappingProxyType(
    {
        "linear": linear,
        "cosine": cosine,
        "cosine_with_restarts": cosine_with_restarts,
        "polynomial": polynomial,
        "constant": constant,
        "constant_with_warmup": constant_with_warmup,
        "inverse_sqrt": inverse_sqrt,
        "cosine_with_min_lr": cosine_with_min_lr,
        "cosine_warmup_with_min_lr": cosine_warmup_with_min_lr,
        "warmup_stable_decay": warmup_stable_decay,
    }
)
"""By the name of the scheduler. Those that follow a metric have no formula."""
