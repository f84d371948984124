"""The calculation of the number of steps of a run, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from lrplan.clock.batching import Batching
from lrplan.clock.derive import batches_from_data
from lrplan.clock.epoch_windows import EpochWindows
from lrplan.clock.loops import LOOPS
from lrplan.clock.ramp import Ramp
from lrplan.clock.ramped_batching import RampedBatching
from lrplan.clock.training_settings import TrainingSettings
from lrplan.text import pluralize

_MOST_CHANGES = 6
"""Of more changes than these, the first and the last are shown."""


def explain(
    settings: TrainingSettings, batching: Batching, steps: int, length: Fraction
) -> tuple[str, ...]:
    """The arithmetic that gives the number of steps, a sentence each.

    Args:
        settings: the ``training`` mapping as written.
        batching: how batches make steps in it.
        steps: optimizer steps of the run.
        length: the horizon in steps; mentioned only if ``settings`` has one.
    """
    return tuple(_sentences(settings, batching, steps, length))


def _sentences(
    settings: TrainingSettings, batching: Batching, steps: int, length: Fraction
) -> Iterator[str]:
    if isinstance(batching, EpochWindows):
        yield _of_epoch_windows(settings, batching, steps)
    elif batching.batches_per_epoch is None:
        yield _given(settings, steps) + _batches_each(batching)
    elif settings.epochs is None or _replaced(settings):
        yield _epoch(settings, batching)
        epochs = _number(steps / batching.ticks_per_epoch("step"))
        instead = f", instead of {settings.epochs:g}" if settings.epochs else ""
        yield f"{_given(settings, steps)} = {epochs} epochs{instead}"
    elif isinstance(settings.epochs, int):
        yield _epochs(settings, batching, settings.epochs)
        # A cap that is never reached (`steps: 1000` of a run of 300) is not worth a sentence.
        if steps < batching.steps_after_batches(settings.epochs * batching.batches_per_epoch):
            yield f"`steps` caps the run at {_given(settings, steps)}{_where(batching, steps)}"
    else:
        yield f"{_epoch(settings, batching)}, x {settings.epochs:g} epochs = {_steps(steps)} (ceil)"
    if isinstance(batching, RampedBatching):
        yield from _ramps(settings, batching, steps)
    if settings.horizon is not None:
        yield f"horizon {_horizon(settings, length)}; `%` is a share of it"
    yield from LOOPS[settings.loop].explain(settings, steps)


def _of_epoch_windows(settings: TrainingSettings, batching: EpochWindows, steps: int) -> str:
    """``100 batches an epoch, x 8 epochs = 800 batches, accumulated = 152 steps (ceil)``."""
    an_epoch = _batches(settings, batching)
    if not isinstance(settings.epochs, int):
        return f"{_given(settings, steps)}; {an_epoch}"
    batches = settings.epochs * (batching.batches_per_epoch or 1)
    whole = batching.steps_after_batches(batches)
    rounding = "floor" if batching.last_window == "drop" else "ceil"
    times = f"x {settings.epochs} {pluralize('epoch', settings.epochs)} = {batches} batches"
    text = f"{an_epoch}, {times}, accumulated = {_steps(whole)} ({rounding} in each epoch)"
    return text if steps == whole else f"{text}, of which {_given(settings, steps)} are run"


def _ramps(settings: TrainingSettings, batching: RampedBatching, steps: int) -> Iterator[str]:
    """A sentence on batches that change: ``batch_size 32, 64 from step 32 on``."""
    ramps = {"batch_size": settings.batch_size_ramp, "accumulate": settings.accumulate_ramp}
    for key, ramp in ramps.items():
        if ramp is not None:
            yield f"{key} {_course(key, ramp, batching, settings.world_size, steps)}"


def _course(key: str, ramp: Ramp, batching: RampedBatching, devices: int, steps: int) -> str:
    changes: list[tuple[int, int]] = []
    for stage in batching.stages:
        size = stage.accumulate
        if key == "batch_size":
            size = (stage.samples_per_batch or 0) // devices
        if stage.step < steps and (not changes or changes[-1][1] != size):
            changes.append((stage.step, size))
    (_, first), *more = changes
    if not more:
        return f"stays {first} in this run"
    if ramp.is_linear or len(more) > _MOST_CHANGES:
        step, last = more[-1]
        verb = "rises" if last > first else "goes"
        by = f" by {ramp.increment}" if ramp.increment > 1 else ""
        return f"{verb}{by} from {first} to {last}, reached at step {step:,}"
    return ", ".join((str(first), *(f"{size} from step {step:,} on" for step, size in more)))


def _replaced(settings: TrainingSettings) -> bool:
    return settings.steps is not None and LOOPS[settings.loop].steps_win


def _epochs(settings: TrainingSettings, batching: Batching, epochs: int) -> str:
    batches = int(batching.ticks_per_epoch("batch")) * epochs
    steps = batching.steps_after_batches(batches)
    times = f"x {epochs} {pluralize('epoch', epochs)} ="
    if batching.windows_cross_epochs and batching.accumulate > 1:
        windows = f"/ {batching.accumulate} accumulated = {_steps(steps)}"
        per_epoch = _batches(settings, batching)
        return f"{per_epoch}, {times} {batches} batches, {windows} (floor, carried over epochs)"
    return f"{_epoch(settings, batching)}, {times} {_steps(steps)}"


def _epoch(settings: TrainingSettings, batching: Batching) -> str:
    steps = batching.ticks_per_epoch("step")
    an_epoch = f"{_number(steps)} {pluralize('step', steps)} an epoch"
    if settings.batches_per_epoch is None and batches_from_data(settings) is None:
        return an_epoch + _batches_each(batching)
    if batching.accumulate == 1:
        return f"{_batches(settings, batching)} = {an_epoch}"
    rounding = {"step": " (ceil)", "drop": " (floor)", "carry": ""}[batching.last_window]
    batches = _batches(settings, batching)
    return f"{batches}, / {batching.accumulate} accumulated = {an_epoch}{rounding}"


def _batches(settings: TrainingSettings, batching: Batching) -> str:
    batches = int(batching.ticks_per_epoch("batch"))
    total = f"{batches} {pluralize('batch', batches)}"
    if batches_from_data(settings) is None:
        return f"{total} an epoch"
    share = f"{settings.dataset_size} samples"
    if LOOPS[settings.loop].shards_batches:
        return f"{share} / {_sharded(settings, total)}"
    if settings.world_size > 1:
        per_device = -(-(settings.dataset_size or 0) // settings.world_size)
        share += f" / {settings.world_size} devices = {per_device} (ceil),"
    rounding = "floor" if settings.drop_last else "ceil"
    return f"{share} / {settings.batch_size} = {total} ({rounding})"


def _sharded(settings: TrainingSettings, total: str) -> str:
    rounding = "floor" if settings.drop_last else "ceil"
    if settings.world_size == 1:
        return f"{settings.batch_size} = {total} ({rounding})"
    whole = batches_from_data(replace(settings, world_size=1))
    return (
        f"{settings.batch_size} = {whole} batches ({rounding}), / {settings.world_size} devices"
        f" = {total} ({rounding})"
    )


def _given(settings: TrainingSettings, steps: int) -> str:
    written = f"{settings.steps} = " if isinstance(settings.steps, str) else ""
    return written + _steps(steps)


def _batches_each(batching: Batching) -> str:
    if isinstance(batching, RampedBatching) and len({s.accumulate for s in batching.stages}) > 1:
        return ""
    return f" of {batching.accumulate} batches each" if batching.accumulate > 1 else ""


def _where(batching: Batching, steps: int) -> str:
    inside = batching.batches_after(steps - 1) % int(batching.ticks_per_epoch("batch"))
    return ", in the middle of an epoch" if inside else ""


def _horizon(settings: TrainingSettings, length: Fraction) -> str:
    in_steps = f"{_number(length)} steps"
    if isinstance(settings.horizon, str):
        return f"{settings.horizon} = {in_steps}"
    return in_steps if settings.epochs is None else f"{settings.horizon} epochs = {in_steps}"


def _steps(steps: int) -> str:
    return f"{steps} {pluralize('step', steps)}"


def _number(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else f"{float(value):.2f}"
