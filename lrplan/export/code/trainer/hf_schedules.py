"""The schedules that ``TrainingArguments`` can name, as ``transformers.optimization`` has them.

Factors of the peak by optimizer step, from release 5.23. A function takes steps, the warm-up ``w``
and the run's steps ``total``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from lrplan import curves

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lrplan.trace import FloatArray, IntArray

    Options = Mapping[str, float | str]

TIMESCALE = 10_000
"""What ``inverse_sqrt`` falls back to when there is no warm-up."""


@dataclass(frozen=True)
class Shape:
    """One of transformers' own schedules with all its numbers."""

    kind: str
    """``lr_scheduler_type``."""
    peak: float
    """``learning_rate``."""
    warmup: int = 0
    """``warmup_steps``."""
    options: Options = field(default_factory=dict)
    """``lr_scheduler_kwargs``."""

    def values(self, steps: IntArray, total: int) -> FloatArray:
        """The learning rate of ``steps`` in a run of ``total`` steps, in the shape of ``steps``."""
        return np.asarray(self.peak * _FACTORS[self.kind](steps, total, self))

    def __str__(self) -> str:
        if self.kind == "constant":
            return self.kind
        numbers = {"warmup_steps": self.warmup, **self.options}
        return f"{self.kind} ({', '.join(f'{name}={_short(v)}' for name, v in numbers.items())})"


def _short(value: float | str) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _constant(steps: IntArray, _total: int, _shape: Shape) -> FloatArray:
    return np.ones(steps.size)


def _constant_with_warmup(steps: IntArray, _total: int, shape: Shape) -> FloatArray:
    return curves.linear_warmup(steps, shape.warmup)


def _linear(steps: IntArray, total: int, shape: Shape) -> FloatArray:
    left = np.clip((total - steps) / max(1, total - shape.warmup), 0, 1)
    return np.asarray(curves.linear_warmup(steps, shape.warmup) * left)


def _cosine(steps: IntArray, total: int, shape: Shape) -> FloatArray:
    return curves.warmup_cosine(steps, shape.warmup, total)


def _cosine_with_restarts(steps: IntArray, total: int, shape: Shape) -> FloatArray:
    cycles = float(shape.options["num_cycles"]) * _progress(steps, total, shape)
    return np.asarray(
        curves.linear_warmup(steps, shape.warmup) * curves.half_cosine(cycles % 1.0, 1)
    )


def _cosine_with_min_lr(steps: IntArray, total: int, shape: Shape) -> FloatArray:
    floor = float(shape.options["min_lr"]) / shape.peak
    fall = curves.half_cosine(_progress(steps, total, shape), 1) * (1 - floor) + floor
    return np.asarray(curves.linear_warmup(steps, shape.warmup) * fall)


def _cosine_warmup_with_min_lr(steps: IntArray, total: int, shape: Shape) -> FloatArray:
    """A step ahead of the others: the first is not 0, and the peak comes a step early."""
    floor = float(shape.options["min_lr"]) / shape.peak
    rise = np.minimum((steps + 1.0) / max(1, shape.warmup), 1.0)
    progress = np.maximum(steps - shape.warmup + 1.0, 0.0) / max(1, total - shape.warmup)
    fall = curves.half_cosine(progress, 1) * (1 - floor) + floor
    return np.asarray(np.where(steps < shape.warmup, rise, fall))


def _polynomial(steps: IntArray, total: int, shape: Shape) -> FloatArray:
    end, power = float(shape.options["lr_end"]), float(shape.options["power"])
    left = (1 - _progress(steps, total, shape)) ** power
    fall = ((shape.peak - end) * left + end) / shape.peak
    return np.asarray(curves.linear_warmup(steps, shape.warmup) * fall)


def _inverse_sqrt(steps: IntArray, _total: int, shape: Shape) -> FloatArray:
    if shape.warmup:
        return curves.inverse_sqrt(steps, shape.warmup)
    return np.asarray(1.0 / np.sqrt(steps / TIMESCALE + 1.0))


def _warmup_stable_decay(steps: IntArray, total: int, shape: Shape) -> FloatArray:
    decay, floor = int(shape.options["num_decay_steps"]), float(shape.options["min_lr_ratio"])
    begin = total - decay
    progress = np.clip((steps - begin) / max(1, decay), 0.0, 1.0)
    fall = _DECAYS[str(shape.options["decay_type"])](progress)
    factor = np.where(steps < begin, curves.linear_warmup(steps, shape.warmup), fall)
    stable = (steps >= shape.warmup) & (steps < begin)
    return np.asarray(np.where(stable, 1.0, factor * (1 - floor) + floor))


def _progress(steps: IntArray, total: int, shape: Shape) -> FloatArray:
    """0 up to the end of the warm-up, 1 at the end of the run."""
    return np.asarray(np.maximum(steps - shape.warmup, 0) / max(1, total - shape.warmup))


_DECAYS: Mapping[str, Callable[[FloatArray], FloatArray]] = MappingProxyType(
    {
        "linear": lambda progress: 1.0 - progress,
        "cosine": lambda progress: curves.half_cosine(progress, 1),
        "1-sqrt": lambda progress: np.asarray(1.0 - np.sqrt(progress)),
    }
)
DECAYS = tuple(_DECAYS)
"""``decay_type`` of ``warmup_stable_decay``."""

_FACTORS: Mapping[str, Callable[[IntArray, int, Shape], FloatArray]] = MappingProxyType(
    {
        "constant": _constant,
        "constant_with_warmup": _constant_with_warmup,
        "linear": _linear,
        "cosine": _cosine,
        "inverse_sqrt": _inverse_sqrt,
        "cosine_with_min_lr": _cosine_with_min_lr,
        "polynomial": _polynomial,
        "cosine_with_restarts": _cosine_with_restarts,
        "warmup_stable_decay": _warmup_stable_decay,
        "cosine_warmup_with_min_lr": _cosine_warmup_with_min_lr,
    }
)
KINDS = tuple(_FACTORS)
"""``lr_scheduler_type``, the simpler ones first."""
