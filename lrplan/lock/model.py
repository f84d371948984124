"""The contents of a lock file: locked schedules, and a pin for each of their curves."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lrplan.comparison import Curve, CurveSummary, Run, epoch_fact
from lrplan.destination import LOCK_SUFFIX
from lrplan.errors import UsageError
from lrplan.text_position import START, InputText, TextPosition, printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lrplan.arrays import FloatArray, IntArray


SUFFIX = LOCK_SUFFIX
"""The end of a lock file's name; the stem of the spec's name stands before it."""

DIGITS = 12
"""Significant digits of every value: more would differ from one platform to the next."""


@dataclass(frozen=True, slots=True, eq=False)
class Pin:
    """The locked curve of one field of one group: key figures, and values at some steps."""

    digest: str
    figures: CurveSummary
    steps: IntArray
    """The steps (from 0, ascending) whose values are in the file; the last of the run is one."""
    values: FloatArray
    means: FloatArray
    """The mean of all values from each of ``steps`` to before the next one."""

    def times(self, factor: float) -> Pin:
        """The pin of a curve ``factor`` times as high, but for its digest."""
        top, last, mean = self.figures.peak, self.figures.last, self.figures.mean
        return Pin(
            digest="",
            figures=CurveSummary(
                peak=None if top is None else type(top)(top.step, top.value * factor),
                last=None if last is None else last * factor,
                mean=None if mean is None else mean * factor,
                warmup=self.figures.warmup,
            ),
            steps=self.steps,
            values=self.values * factor,
            means=self.means * factor,
        )


@dataclass(frozen=True, slots=True)
class LockedSchedule:
    """The curves of one schedule: ``pins[field][group]``."""

    name: str
    plan: str
    """Digest of everything in the spec that determines the curves."""
    versions: Mapping[str, str]
    """Versions of the packages that determine the curves, by name."""
    steps: int
    steps_per_epoch: int | None
    groups: tuple[str, ...]
    pins: Mapping[str, Mapping[str, Pin]]
    place: TextPosition = START


@dataclass(frozen=True, slots=True)
class Lock:
    """The contents of a lock file."""

    tolerance: float
    """Values are the same when they differ by at most this share of the larger peak."""
    schedules: Mapping[str, LockedSchedule]
    source: InputText = field(default_factory=lambda: InputText("", ""))


def lock_path(spec: str | Path) -> Path:
    """The path of the lock of a spec: ``a/b.yaml`` has ``a/b.lrplan.lock``.

    Raises:
        UsageError: ``spec`` has no file name, such as ``/``.
    """
    path = Path(spec)
    if not path.name:
        raise UsageError(f"{printable(str(spec)) or 'the empty name'} is not the name of a spec")
    return path.with_name(f"{path.stem}{SUFFIX}")


def locked_run(schedule: LockedSchedule, label: str) -> Run:
    """The locked curves for a comparison, known at the steps that the lock has."""
    per_epoch = schedule.steps_per_epoch
    return Run(
        label=label,
        name=schedule.name,
        groups=schedule.groups,
        columns={
            name: {group: _curve(pin, schedule.steps) for group, pin in pins.items()}
            for name, pins in schedule.pins.items()
        },
        steps=schedule.steps,
        epochs=None if per_epoch is None else np.arange(schedule.steps) / per_epoch,
        steps_per_epoch=per_epoch,
        facts=epoch_fact(per_epoch),
    )


def _curve(pin: Pin, steps: int) -> Curve:
    # All points and all means are one number: the curve is taken as a
    # constant, known at every step.
    constant = pin.values.size > 0 and bool((pin.values == pin.values[0]).all())
    if constant and bool((pin.means == pin.values).all()):
        return Curve(np.full(steps, pin.values[0]), steps, figures=pin.figures)
    return Curve(pin.values, steps, steps=pin.steps, figures=pin.figures)
