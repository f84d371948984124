"""Curves of every kind that a lock has to hold, as plain arrays."""

from __future__ import annotations

import numpy as np
import torch

from lrplan.lock import LockedSchedule
from lrplan.lock.pin_curves import pins_of

_T = np.arange(3000)
_RNG = np.random.default_rng(0)


def _with(values, **changes):
    values = values.copy()
    for step, value in changes.items():
        values[int(step.removeprefix("at"))] += value
    return values


def _cosine(length):
    return 0.05 * (1 + np.cos(np.pi * np.arange(length) / length))


_WARM = np.concatenate([np.linspace(0.001, 0.1, 100, endpoint=False), _cosine(900)])

CURVES = {
    "constant": np.full(1000, 0.3),
    "constant with a spike": _with(np.full(1000, 0.3), at500=1e-3),
    "line": 1 - np.arange(1000) / 2000,
    "line, one up and one down": _with(1 - np.arange(1000) / 2000, at500=5, at501=-5),
    "cosine": _cosine(1000),
    "cosine with a small spike": _with(_cosine(1000), at77=1e-7),
    "warm-up and cosine": _WARM,
    "cosine of each epoch": np.repeat(_cosine(90), 50),
    "stairs": 0.1 * 0.1 ** (_T // 1000),
    "exponential": 0.1 * 0.997**_T,
    "inverse square root": 1 / np.sqrt(np.maximum(_T, 100)),
    "restarts": 1 + np.cos(np.pi * (_T % 500) / 500),
    "many restarts": 1 + np.cos(np.pi * (_T % 10) / 10),
    "triangles": np.abs((_T % 100) / 50 - 1),
    "alternating": 1 + 0.5 * (_T % 2),
    "of period 3": 1 + 0.5 * (_T % 3),
    "signs": np.sin(_T / 100),
    "tiny": 1e-300 * _cosine(1000),
    "huge": 1e300 * _cosine(1000),
    "one step": np.array([0.1]),
    "two steps": np.array([0.1, 0.2]),
    "short": _RNG.random(40),
}
"""Curves that are kept at every step."""

IRREGULAR = {
    "noise": _RNG.random(3000),
    "noise on a cosine": _cosine(3000) * (1 + 0.01 * _RNG.standard_normal(3000)),
    "huge noise": 1e300 * _RNG.random(3000),
    "noise of both signs": _RNG.standard_normal(5000),
}
"""Curves that no few numbers give."""


def torch_cosine(steps):
    """CosineAnnealingLR stepped by a plain loop: its rounding errors add up."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    values = []
    for _ in range(steps):
        values.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return np.array(values)


def locked(columns, tolerance):
    """The locked schedule of a run whose groups have the learning rates ``columns``."""
    (steps,) = {values.size for values in columns.values()}
    return LockedSchedule(
        name="run",
        tolerance=tolerance,
        plan="",
        versions={},
        steps=steps,
        steps_per_epoch=None,
        groups=tuple(columns),
        pins={"lr": pins_of(columns, {}, tolerance)},
    )
