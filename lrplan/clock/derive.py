"""The steps and batches of a run, computed from the checked ``training`` mapping."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction

from lrplan.clock.batching import NEED_EPOCHS, Batching
from lrplan.clock.duration import ClockError, Duration, Unit, nearest
from lrplan.clock.epoch_windows import EpochWindows, counts_epochs, stages_by_epoch
from lrplan.clock.loops import LOOPS
from lrplan.clock.ramp import Ramp, Stage, stages_of
from lrplan.clock.ramped_batching import RampedBatching
from lrplan.clock.settings_checks import (
    check_epoch_windows,
    check_numbers,
    check_ramps,
    check_skipped,
)
from lrplan.clock.terms import Term, parse_terms
from lrplan.clock.training_settings import TrainingSettings
from lrplan.limits import BATCHES, STEPS

MAX_STEPS = STEPS.default
"""The most optimizer steps of one run, unless the environment variable allows more."""


def batching_of(settings: TrainingSettings) -> Batching:
    """Batches, windows and epochs that ``settings`` describe.

    ``batches_from_data`` has the batches of an epoch; ``Batching`` divides them into steps.

    Raises:
        ClockError: a number out of range, keys that contradict each other, or an epoch without a
            batch or a step.
    """
    check_numbers(settings)
    LOOPS[settings.loop].check(settings)
    by_epoch = counts_epochs(settings.accumulate_ramp)
    if by_epoch:
        check_epoch_windows(settings)
    elif settings.batch_size_ramp is not None or settings.accumulate_ramp is not None:
        check_ramps(settings)
        return _ramped(settings)
    batches = _batches_per_epoch(settings)
    size, samples = settings.batch_size, settings.dataset_size
    # 1000 samples in batches of 64 are 16 batches, the last of 40: an epoch has 1000 samples, not
    # 1024. With `drop_last` it has 15 batches and 960 samples.
    together = None if size is None else size * settings.world_size
    if together is not None and batches is not None:
        samples = min(samples or batches * together, batches * together)
    batching = Batching(
        accumulate=settings.accumulate,
        last_window=settings.last_window,
        batches_per_epoch=batches,
        samples_per_batch=together,
        samples_per_epoch=samples,
        tokens_per_sample=settings.sequence_length,
    )
    if by_epoch and settings.accumulate_ramp is not None:
        return _by_epoch(settings.accumulate_ramp, batching)
    _check_windows(settings, batching)
    return batching


def _by_epoch(ramp: Ramp, batching: Batching) -> EpochWindows:
    """Batches and windows of a run in which the accumulation changes between epochs."""
    if batching.batches_per_epoch is None:
        message = "accumulate counts epochs, and the batches of one are unknown"
        fix = "give batches_per_epoch, or dataset_size and batch_size"
        raise ClockError(message, key="batches_per_epoch", fix=fix)
    by_epoch = stages_by_epoch(ramp, batching)
    size = batching.samples_per_batch
    return EpochWindows(
        accumulate=ramp.largest,
        last_window=batching.last_window,
        batches_per_epoch=batching.batches_per_epoch,
        samples_per_batch=size,
        samples_per_epoch=batching.samples_per_epoch,
        tokens_per_sample=batching.tokens_per_sample,
        stages=tuple(
            Stage(each.step, each.batch, each.batch * (size or 0), size, each.inside.accumulate)
            for each in by_epoch
        ),
        by_epoch=by_epoch,
    )


def _ramped(settings: TrainingSettings) -> RampedBatching:
    """Batches and windows of a run in which they change."""
    batch_size = settings.batch_size_ramp or settings.batch_size
    accumulate = settings.accumulate_ramp or settings.accumulate
    stages = stages_of(
        batch_size,
        accumulate,
        devices=settings.world_size,
        sequence_length=settings.sequence_length,
    )
    return RampedBatching(
        accumulate=accumulate.largest if isinstance(accumulate, Ramp) else accumulate,
        last_window=settings.last_window,
        tokens_per_sample=settings.sequence_length,
        samples_per_epoch=settings.dataset_size,
        stages=stages,
    )


def batches_from_data(settings: TrainingSettings) -> int | None:
    """Batches of an epoch on one device, from ``dataset_size`` and ``batch_size``.

    torch's ``DistributedSampler`` hands out samples: ``ceil(dataset_size / world_size)`` to a
    device, which are divided by ``batch_size``. accelerate, and the Trainer with it, hands out
    batches: those of the whole data set are divided by ``world_size``. Every quotient but that
    number of samples is rounded up, or down with ``drop_last``.
    """
    if settings.dataset_size is None or settings.batch_size is None:
        return None
    size, devices = settings.batch_size, settings.world_size
    if LOOPS[settings.loop].shards_batches:
        return _divided(_divided(settings.dataset_size, size, settings), devices, settings)
    return _divided(-(-settings.dataset_size // devices), size, settings)


def run_of(settings: TrainingSettings, batching: Batching) -> tuple[int, int]:
    """Optimizer steps and batches of the run.

    A run in epochs has all their batches, unless ``steps`` stops it at the batch of a last step.

    Raises:
        ClockError: the length of the run is unknown, nothing, or more than the limit on steps or
            on batches; or it has no such step as one of ``skipped_steps``.
    """
    steps, batches = _whole_run(settings, batching)
    check_skipped(settings, steps)
    key = "steps" if settings.epochs is None else "epochs"
    for count, limit in ((steps, STEPS), (batches, BATCHES)):
        if count > limit.value:
            message = f"a run of {count:_} {limit.name} is more than lrplan takes ({limit.value:_})"
            fix = f"shorten the run, or let `steps` cap it; {limit.hint}"
            raise ClockError(message, key=key, fix=fix)
    return steps, batches


def horizon_of(settings: TrainingSettings) -> tuple[Term, ...] | None:
    """The plan's full length as written, with its units; None when it is the run's."""
    horizon = settings.horizon
    if horizon is None:
        return None
    unit: Unit = "st" if settings.epochs is None else "ep"
    if not isinstance(horizon, str):
        return (Term(1, Duration(Fraction(horizon), unit)),)
    with error_key("horizon"):
        return parse_terms(horizon, unit)


@contextmanager
def error_key(key: str) -> Iterator[None]:
    """Set ``key`` in a ``ClockError`` raised inside this context."""
    try:
        yield
    except ClockError as error:
        message = f"{key}: {error.message}"
        raise ClockError(message, key=error.key or key, fix=error.fix, new=error.new) from error


def _batches_per_epoch(settings: TrainingSettings) -> int | None:
    counted, given = batches_from_data(settings), settings.batches_per_epoch
    if counted == 0:
        share = -(-(settings.dataset_size or 0) // settings.world_size)
        message = (
            f"drop_last leaves no batch: {share} samples per device are fewer than"
            f" batch_size {settings.batch_size}"
        )
        raise ClockError(message, key="drop_last", fix="lower batch_size, or drop_last: false")
    if None not in (counted, given) and counted != given:
        message = f"batches_per_epoch: {given} contradicts the data, which gives {counted}"
        raise ClockError(message, key="batches_per_epoch", fix="leave one of them out")
    # Steps alone say nothing about a short window, so all are full: 100 steps of 4 are 400 batches.
    if counted is None and given is None and settings.steps_per_epoch is not None:
        return settings.steps_per_epoch * settings.accumulate
    return given if counted is None else counted


def _check_windows(settings: TrainingSettings, batching: Batching) -> None:
    batches, given = batching.batches_per_epoch, settings.steps_per_epoch
    if batches is None:
        return
    steps = batching.ticks_per_epoch("step")
    if steps == 0:
        message = f"an epoch of {batches} batches has no full window of {batching.accumulate}"
        fix = "lower accumulate, or last_window: step"
        raise ClockError(message, key="last_window", fix=fix)
    if given is not None and Fraction(given) != steps:
        origin = "batches_per_epoch" if settings.batches_per_epoch else "dataset_size"
        message = f"steps_per_epoch: {given} contradicts {origin}, which gives {float(steps):g}"
        raise ClockError(message, key="steps_per_epoch", fix="leave one of them out")


def _whole_run(settings: TrainingSettings, batching: Batching) -> tuple[int, int]:
    cap = _steps_given(settings, batching)
    if settings.epochs is None or (cap is not None and LOOPS[settings.loop].steps_win):
        if cap is None:
            fix = "give epochs (with steps_per_epoch), or steps"
            raise ClockError("the length of the run is unknown", key="epochs", fix=fix)
        return cap, batching.batches_after(cap - 1)
    _require_epochs(settings, batching)
    steps, batches = _of_epochs(settings.epochs, batching)
    if steps == 0:
        message = f"the run's {batches} batches do not fill a window of {batching.accumulate}"
        raise ClockError(message, key="accumulate", fix="lower accumulate, or run longer")
    # The batch of the last step ends a capped run: 5 steps in windows of 4, 4 and 2 of 10 batches
    # end at batches 4, 8, 10, 14 and 18.
    return (
        (steps, batches) if cap is None or cap > steps else (cap, batching.batches_after(cap - 1))
    )


def _of_epochs(epochs: float, batching: Batching) -> tuple[int, int]:
    if isinstance(epochs, int):
        batches = epochs * int(batching.ticks_per_epoch("batch"))
        return batching.steps_after_batches(batches), batches
    # The Trainer multiplies floats before it rounds up, and so does this.
    # 1.1 * 100 is 110.00000000000001, and 111 steps.
    steps = math.ceil(epochs * int(batching.ticks_per_epoch("step")))
    return steps, batching.batches_after(steps - 1)


def _divided(amount: int, size: int, settings: TrainingSettings) -> int:
    # -(-a // b) is a / b rounded up: -(-10 // 4) is 3.
    return amount // size if settings.drop_last else -(-amount // size)


def _steps_given(settings: TrainingSettings, batching: Batching) -> int | None:
    if not isinstance(settings.steps, str):
        return settings.steps
    with error_key("steps"):
        steps = nearest(batching.terms_to_ticks(parse_terms(settings.steps, "st"), "step"))
        if steps <= 0:
            raise ClockError(f'"{settings.steps}" is less than one step')
    return steps


def _require_epochs(settings: TrainingSettings, batching: Batching) -> None:
    if batching.batches_per_epoch is not None:
        return
    for given, missing in (("dataset_size", "batch_size"), ("batch_size", "dataset_size")):
        if getattr(settings, given) is not None:
            message = f"{given} without {missing} does not give the steps of an epoch"
            raise ClockError(message, key=missing, fix=f"give {missing} too, or steps_per_epoch")
    fix = NEED_EPOCHS
    steps, epochs = settings.steps, settings.epochs or 1
    if isinstance(steps, int) and isinstance(epochs, int) and steps % epochs == 0:
        fix += f"; for {steps} steps in {epochs} epochs, steps_per_epoch: {steps // epochs}"
    message = "epochs alone do not say how many steps there are"
    raise ClockError(message, key="steps_per_epoch", fix=fix)
