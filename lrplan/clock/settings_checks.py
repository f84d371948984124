"""Checks of the numbers in ``training``."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import get_args

from lrplan.clock.batching import LastWindow
from lrplan.clock.duration import ClockError
from lrplan.clock.loops import LOOPS
from lrplan.clock.training_settings import TrainingSettings
from lrplan.text import join_words

_MAX_ACCUMULATE = 100_000
_MAX_NUMBER = 10**12
_NEED_EQUAL_BATCHES = (
    "epochs",
    "steps_per_epoch",
    "batches_per_epoch",
    "base_batch_size",
)
_CHANGE_BY_EPOCH = ("torch", "lightning")
"""The loops whose accumulation may change from one epoch to another: Lightning has a callback."""
_NUMBERS = (
    "epochs",
    "steps",
    "steps_per_epoch",
    "dataset_size",
    "batch_size",
    "world_size",
    "accumulate",
    "batches_per_epoch",
    "sequence_length",
    "base_batch_size",
    "horizon",
)


def check_numbers(settings: TrainingSettings) -> None:
    """Check every number of ``settings`` by itself.

    Raises:
        ClockError: one is out of range, or not whole where it must be.
    """
    for key, value in _numbers(settings):
        if key == "epochs" and isinstance(value, float):
            _check_fraction(settings, value)
            continue
        # True is an int in Python: `accumulate: true` would pass as 1.
        if not isinstance(value, int) or isinstance(value, bool):
            raise ClockError(f"{key}: {value!r} is not a whole number", key=key, fix="write one")
        if value < 1:
            raise ClockError(f"{key}: {value} is less than 1", key=key, fix="write 1 or more")
        largest = _MAX_ACCUMULATE if key == "accumulate" else _MAX_NUMBER
        if value > largest:
            raise ClockError(f"{key} is more than {largest:_}", key=key, fix="check the number")
    if settings.last_window not in get_args(LastWindow):
        message = f"last_window: {settings.last_window!r} is not one of step, drop and carry"
        raise ClockError(message, key="last_window")


def check_skipped(settings: TrainingSettings, steps: int) -> None:
    """Check ``skipped_steps`` in a run of so many ``steps``.

    Raises:
        ClockError: one is not in the run, or named twice.
    """
    seen: set[int] = set()
    for step in settings.skipped_steps:
        if not 0 <= step < steps:
            message = f"skipped_steps: there is no step {step} in this run"
            fix = f"steps count from 0; the last one is {steps - 1}"
            raise ClockError(message, key="skipped_steps", fix=fix)
        if step in seen:
            message = f"skipped_steps names step {step} twice"
            raise ClockError(message, key="skipped_steps", fix="name each step once")
        seen.add(step)


def check_ramps(settings: TrainingSettings) -> None:
    """Check a run whose batch size or accumulation changes.

    Raises:
        ClockError: a number out of range, or keys that such a run cannot have; ``key`` names one.
    """
    ramps = {"batch_size": settings.batch_size_ramp, "accumulate": settings.accumulate_ramp}
    _check_values(settings)
    which = join_words([key for key, ramp in ramps.items() if ramp is not None])
    for key in _NEED_EQUAL_BATCHES:
        if getattr(settings, key) is not None:
            message = f"{key} counts equal batches, and {which} changes over the run"
            fix = "give the length of the run as `steps`, such as 100_000 or 1_000_000sp"
            if key == "epochs" and settings.dataset_size is not None:
                fix = f"write `steps: {settings.epochs:g}ep`"
            raise ClockError(message, key=key, fix=fix)
    if settings.loop != "torch":
        message = f"{which} changes over the run, which `loop: {settings.loop}` does not do"
        raise ClockError(message, key="loop", fix="leave `loop` out, for a plain loop")


def check_epoch_windows(settings: TrainingSettings) -> None:
    """Check a run whose accumulation changes from one epoch to another.

    Raises:
        ClockError: a number out of range, or keys that such a run cannot have; ``key`` names one.
    """
    _check_values(settings)
    if settings.batch_size_ramp is not None:
        message = "accumulate counts epochs, and batch_size changes within them"
        raise ClockError(message, key="batch_size", fix="let accumulate count samples or steps")
    if settings.last_window == "carry":
        message = "accumulate changes at an epoch, and with `carry` windows cross epoch ends"
        raise ClockError(message, key="last_window", fix="last_window: step")
    for key in ("steps_per_epoch", "base_batch_size"):
        if getattr(settings, key) is not None:
            message = f"{key} counts equal steps, and accumulate changes over the run"
            raise ClockError(message, key=key, fix="give batches_per_epoch")
    if settings.loop not in _CHANGE_BY_EPOCH:
        message = f"accumulate changes over the run, which `loop: {settings.loop}` does not do"
        raise ClockError(message, key="loop", fix="loop: lightning, or leave it out")


def _check_values(settings: TrainingSettings) -> None:
    ramps = {"batch_size": settings.batch_size_ramp, "accumulate": settings.accumulate_ramp}
    for key, ramp in ramps.items():
        largest = _MAX_ACCUMULATE if key == "accumulate" else _MAX_NUMBER
        for text, value in () if ramp is None else ramp.points:
            if not 1 <= value <= largest:
                message = f"{key}: {value} at {text} is not between 1 and {largest:_}"
                raise ClockError(message, key=f"{key}.{text}", fix="check the number")


def _numbers(settings: TrainingSettings) -> Iterator[tuple[str, object]]:
    for key in _NUMBERS:
        value = getattr(settings, key)
        is_duration = key in {"steps", "horizon"} and isinstance(value, str)
        if value is not None and not is_duration:
            yield key, value


def _check_fraction(settings: TrainingSettings, epochs: float) -> None:
    if not LOOPS[settings.loop].takes_fractions:
        near = sorted({max(math.floor(epochs), 1), math.ceil(epochs)}) if _fits(epochs) else [1]
        write = join_words([str(number) for number in near], "or")
        fix = f"write {write}; only `loop: transformers` takes fractions"
        raise ClockError(f"epochs: {epochs:g} is not a whole number", key="epochs", fix=fix)
    if not _fits(epochs):
        message = f"epochs: {epochs:g} is not between 0 and {_MAX_NUMBER:_}"
        raise ClockError(message, key="epochs", fix="check the number")


def _fits(epochs: float) -> bool:
    return 0 < epochs <= _MAX_NUMBER
