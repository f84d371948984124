"""What a lock file holds."""

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

    from lrplan.trace import FloatArray, IntArray

SUFFIX = LOCK_SUFFIX
"""What the name of a lock file ends in; before it stands the stem of the spec's name."""

DIGITS = 12
"""Significant digits of every value: more would differ from one platform to the next."""


@dataclass(frozen=True, slots=True, eq=False)
class Pin:
    """One field of one group."""

    digest: str
    figures: CurveSummary
    steps: IntArray
    """The steps (from 0, ascending) whose values are kept; the last step of the run is one."""
    values: FloatArray
    means: FloatArray
    """The mean of the values from each step kept to before the next one."""

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
    """Digest of everything in the spec that the curves follow from."""
    versions: Mapping[str, str]
    """Packages that took part, by name."""
    steps: int
    steps_per_epoch: int | None
    groups: tuple[str, ...]
    pins: Mapping[str, Mapping[str, Pin]]
    place: TextPosition = START


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock file."""

    tolerance: float
    """Values are the same when they differ by at most this share of the larger peak."""
    schedules: Mapping[str, LockedSchedule]
    source: InputText = field(default_factory=lambda: InputText("", ""))


def lock_path(spec: str | Path) -> Path:
    """Where the lock of a spec is kept: beside it, under its name.

    Raises:
        UsageError: it has no name, as `/` has none.
    """
    path = Path(spec)
    if not path.name:
        raise UsageError(f"{printable(str(spec)) or 'the empty name'} is not the name of a spec")
    return path.with_name(f"{path.stem}{SUFFIX}")


def locked_run(schedule: LockedSchedule, label: str) -> Run:
    """The locked curves, for a comparison; known at the steps that the lock keeps."""
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
    constant = pin.values.size > 0 and bool((pin.values == pin.values[0]).all())
    if constant and bool((pin.means == pin.values).all()):
        return Curve(np.full(steps, pin.values[0]), steps, figures=pin.figures)
    return Curve(pin.values, steps, steps=pin.steps, figures=pin.figures)
