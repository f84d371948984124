"""The schedules that ``TrainingArguments`` can name, as ``transformers.optimization`` has them.

Factors of the peak by optimizer step, from release 5.23. A function takes steps, the warm-up ``w``
and the run's steps ``total``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from lrplan import curves
from lrplan.arrays import FloatArray, IntArray

Options = Mapping[str, float | str]

TIMESCALE = 10_000
"""The steps after which ``inverse_sqrt`` has fallen to 1 / sqrt(2), if there is no warm-up."""


@dataclass(frozen=True)
class HFSchedule:
    """A schedule of transformers with all its arguments."""

    kind: str
    """``lr_scheduler_type``."""
    peak: float
    """``learning_rate``."""
    warmup: int = 0
    """``warmup_steps``."""
    options: Options = field(default_factory=dict)
    """``lr_scheduler_kwargs``."""

    def values(self, steps: IntArray, total: int) -> FloatArray:
        """The learning rate at ``steps`` (shape ``(n,)``, from 0) of a run of ``total`` steps."""
        return np.asarray(self.peak * _FACTORS[self.kind](steps, total, self))

    def __str__(self) -> str:
        if self.kind == "constant":
            return self.kind
        numbers = {"warmup_steps": self.warmup, **self.options}
        return f"{self.kind} ({', '.join(f'{name}={_short(v)}' for name, v in numbers.items())})"


def _short(value: float | str) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _constant(steps: IntArray, _total: int, _schedule: HFSchedule) -> FloatArray:
    return np.ones(steps.size)


def _constant_with_warmup(steps: IntArray, _total: int, schedule: HFSchedule) -> FloatArray:
    return curves.linear_warmup(steps, schedule.warmup)


def _linear(steps: IntArray, total: int, schedule: HFSchedule) -> FloatArray:
    # As transformers has it: remaining steps as a share of those after the warm-up.
    left = np.clip((total - steps) / max(1, total - schedule.warmup), 0, 1)
    return np.asarray(curves.linear_warmup(steps, schedule.warmup) * left)


def _cosine(steps: IntArray, total: int, schedule: HFSchedule) -> FloatArray:
    return curves.warmup_cosine(steps, schedule.warmup, total)


def _cosine_with_restarts(steps: IntArray, total: int, schedule: HFSchedule) -> FloatArray:
    # 3 cycles: the progress 0..1 becomes 0..3, and the part after the decimal point is the progress
    # within a cycle.
    cycles = float(schedule.options["num_cycles"]) * _progress(steps, total, schedule)
    return np.asarray(
        curves.linear_warmup(steps, schedule.warmup) * curves.half_cosine(cycles % 1.0, 1)
    )


def _cosine_with_min_lr(steps: IntArray, total: int, schedule: HFSchedule) -> FloatArray:
    floor = float(schedule.options["min_lr"]) / schedule.peak
    fall = curves.half_cosine(_progress(steps, total, schedule), 1) * (1 - floor) + floor
    return np.asarray(curves.linear_warmup(steps, schedule.warmup) * fall)


def _cosine_warmup_with_min_lr(steps: IntArray, total: int, schedule: HFSchedule) -> FloatArray:
    """A step ahead of the others: the first is not 0, and the peak comes a step early."""
    floor = float(schedule.options["min_lr"]) / schedule.peak
    # With a warm-up of 10, step 0 has 1/10 of the peak and step 9 all of it. `linear` has 0 and
    # 9/10 there.
    rise = np.minimum((steps + 1.0) / max(1, schedule.warmup), 1.0)
    progress = np.maximum(steps - schedule.warmup + 1.0, 0.0) / max(1, total - schedule.warmup)
    fall = curves.half_cosine(progress, 1) * (1 - floor) + floor
    return np.asarray(np.where(steps < schedule.warmup, rise, fall))


def _polynomial(steps: IntArray, total: int, schedule: HFSchedule) -> FloatArray:
    end, power = float(schedule.options["lr_end"]), float(schedule.options["power"])
    left = (1 - _progress(steps, total, schedule)) ** power
    fall = ((schedule.peak - end) * left + end) / schedule.peak
    return np.asarray(curves.linear_warmup(steps, schedule.warmup) * fall)


def _inverse_sqrt(steps: IntArray, _total: int, schedule: HFSchedule) -> FloatArray:
    if schedule.warmup:
        return curves.inverse_sqrt(steps, schedule.warmup)
    return np.asarray(1.0 / np.sqrt(steps / TIMESCALE + 1.0))


def _warmup_stable_decay(steps: IntArray, total: int, schedule: HFSchedule) -> FloatArray:
    decay, floor = int(schedule.options["num_decay_steps"]), float(schedule.options["min_lr_ratio"])
    begin = total - decay
    progress = np.clip((steps - begin) / max(1, decay), 0.0, 1.0)
    fall = _DECAYS[str(schedule.options["decay_type"])](progress)
    factor = np.where(steps < begin, curves.linear_warmup(steps, schedule.warmup), fall)
    # The floor lifts warm-up and decay (0..1 becomes floor..1); between them the factor is 1.
    stable = (steps >= schedule.warmup) & (steps < begin)
    return np.asarray(np.where(stable, 1.0, factor * (1 - floor) + floor))


def _progress(steps: IntArray, total: int, schedule: HFSchedule) -> FloatArray:
    """0 up to the end of the warm-up, 1 at the end of the run."""
    return np.asarray(np.maximum(steps - schedule.warmup, 0) / max(1, total - schedule.warmup))


_DECAYS: Mapping[str, Callable[[FloatArray], FloatArray]] = MappingProxyType(
    {
        "linear": lambda progress: 1.0 - progress,
        "cosine": lambda progress: curves.half_cosine(progress, 1),
        "1-sqrt": lambda progress: np.asarray(1.0 - np.sqrt(progress)),
    }
)
DECAYS = tuple(_DECAYS)
"""``decay_type`` of ``warmup_stable_decay``."""

_FACTORS: Mapping[str, Callable[[IntArray, int, HFSchedule], FloatArray]] = MappingProxyType(
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
OPTIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "cosine_with_min_lr": ("min_lr",),
        "cosine_warmup_with_min_lr": ("min_lr",),
        "cosine_with_restarts": ("num_cycles",),
        "polynomial": ("lr_end", "power"),
        "warmup_stable_decay": ("num_decay_steps", "decay_type", "min_lr_ratio"),
    }
)
"""``lr_scheduler_kwargs`` that are written, by ``lr_scheduler_type``."""
KINDS = tuple(_FACTORS)
"""``lr_scheduler_type``, the simpler ones first."""
