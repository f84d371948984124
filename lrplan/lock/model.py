"""The contents of a lock file: locked schedules, and a pin for each of their curves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from lrplan.comparison import CurveSummary, RunCurve, RunCurves, epoch_fact
from lrplan.destination import LOCK_SUFFIX
from lrplan.errors import LrplanError, UsageError
from lrplan.limits import VALUES
from lrplan.lock.block_curve import BlockCurve
from lrplan.lock.piece_curve import PieceCurve
from lrplan.lock.sampled_curve import RESOLUTION, SampledCurve
from lrplan.text_position import START, InputText, TextPosition, printable

SUFFIX = LOCK_SUFFIX
"""The end of a lock file's name; the stem of the spec's name comes before it."""

FORMAT = 2
"""The version of the file format that is written; 1 is read as well."""

LockedCurve = PieceCurve | BlockCurve | SampledCurve


@dataclass(frozen=True, slots=True, eq=False)
class Pin:
    """The locked curve of one field of one group, and its key figures."""

    curve: LockedCurve
    figures: CurveSummary
    like: tuple[str, float] | None = None
    """The group whose curve this is a multiple of, and the factor; None: it has its own."""

    def multiple(self, group: str, factor: float) -> Pin:
        """The pin of a curve that is ``factor`` times that of ``group``, which is this one."""
        top, last, mean = self.figures.peak, self.figures.last, self.figures.mean
        return Pin(
            curve=self.curve.times(factor),
            figures=CurveSummary(
                peak=None if top is None else type(top)(top.step, top.value * factor),
                last=None if last is None else last * factor,
                mean=None if mean is None else mean * factor,
                warmup=self.figures.warmup,
            ),
            like=(group, factor),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedSchedule:
    """The curves of one schedule: ``pins[field][group]``."""

    name: str
    tolerance: float
    """Values are the same when they differ by at most this share of the larger peak."""
    plan: str
    """Digest of everything in the spec that determines the curves, but for metrics."""
    metrics: Mapping[str, str] = field(default_factory=dict)
    """Digests of the values of each metric, by name."""
    loop: str = "torch"
    """The training loop, as the spec says it or the user's own code."""
    versions: Mapping[str, str]
    """Versions of the packages that determine the curves, by name."""
    steps: int
    steps_per_epoch: int | None
    groups: tuple[str, ...]
    pins: Mapping[str, Mapping[str, Pin]]
    format: int = FORMAT
    """The format of the file that it was read from."""
    place: TextPosition = START


@dataclass(frozen=True, slots=True)
class Lock:
    """The contents of a lock file."""

    schedules: Mapping[str, LockedSchedule]
    source: InputText = field(default_factory=lambda: InputText("", ""))
    settings: tuple[str, ...] = ()
    """``KEY=VALUE`` that the curves were computed with, as ``--set`` takes it."""


def lock_path(spec: str | Path) -> Path:
    """The path of the lock of a spec: ``a/b.yaml`` has ``a/b.lrplan.lock``.

    Raises:
        UsageError: ``spec`` has no file name, such as ``/``.
    """
    path = Path(spec)
    if not path.name:
        raise UsageError(f"{printable(str(spec)) or 'the empty name'} is not the name of a spec")
    return path.with_name(f"{path.stem}{SUFFIX}")


def locked_run(schedule: LockedSchedule, label: str) -> RunCurves:
    """The locked curves for a comparison: at every step, or at those that the lock has.

    Raises:
        LrplanError: they are more numbers than a run may have.
    """
    own = [pin for pins in schedule.pins.values() for pin in pins.values() if not _is_constant(pin)]
    if len(own) * schedule.steps > VALUES.value:
        raise LrplanError(
            f"{printable(label)} has more than {VALUES.value:,} numbers; {VALUES.hint}"
        )
    per_epoch = schedule.steps_per_epoch
    return RunCurves(
        label=label,
        name=schedule.name,
        groups=schedule.groups,
        columns={
            name: {group: _curve(pin, schedule) for group, pin in pins.items()}
            for name, pins in schedule.pins.items()
        },
        steps=schedule.steps,
        epochs=None if per_epoch is None else np.arange(schedule.steps) / per_epoch,
        steps_per_epoch=per_epoch,
        tolerance=schedule.tolerance,
        facts=epoch_fact(per_epoch),
    )


def _is_constant(pin: Pin) -> bool:
    curve = pin.curve
    if isinstance(curve, PieceCurve):
        return curve.constant is not None
    return isinstance(curve, SampledCurve) and curve.is_constant


def _curve(pin: Pin, schedule: LockedSchedule) -> RunCurve:
    curve, steps = pin.curve, schedule.steps
    if isinstance(curve, PieceCurve):
        return RunCurve(curve.values(steps), steps, figures=pin.figures)
    if isinstance(curve, BlockCurve):
        return RunCurve(
            curve.start_values, steps, steps=curve.starts, figures=pin.figures, digests=curve
        )
    if curve.is_constant:
        return RunCurve(np.broadcast_to(curve.values[0], steps), steps, figures=pin.figures)
    # The digest allows differences of this size, whatever the tolerance of the lock.
    digests = curve if schedule.tolerance >= RESOLUTION else None
    return RunCurve(curve.values, steps, steps=curve.steps, figures=pin.figures, digests=digests)
