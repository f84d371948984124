"""What the ``training`` mapping says, checked, and the pace that follows from it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, get_args

from lrplan.clock.duration import ClockError, Duration, nearest, parse_duration
from lrplan.clock.pace import NEED_EPOCHS, LastWindow, Pace

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_STEPS = 100_000_000
"""More optimizer steps than this in one run are refused."""

_MAX_ACCUMULATE = 100_000
_MAX_NUMBER = 10**12
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
    "horizon",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The ``training`` mapping of a spec, as written; every key may be left out."""

    epochs: int | None = None
    steps: int | str | None = None
    """Optimizer steps of the run, or a duration; with ``epochs``, the most that are run."""
    steps_per_epoch: int | None = None
    dataset_size: int | None = None
    """Samples in the data set, before they are divided among devices."""
    batch_size: int | None = None
    """Samples in one batch on one device."""
    world_size: int = 1
    """Devices that share the data."""
    accumulate: int = 1
    """Batches whose gradients are added up for one optimizer step."""
    batches_per_epoch: int | None = None
    """Batches on one device."""
    drop_last: bool = False
    """Whether the data loader drops a last, short batch."""
    last_window: LastWindow = "step"
    """What becomes of an epoch's last, short window of batches: a step of its own, nothing, or
    the beginning of the next epoch's first window."""
    sequence_length: int | None = None
    """Tokens in one sample."""
    horizon: int | str | None = None
    """The plan's full length: steps when the run is given in steps, else epochs; or a duration
    (``%``: of the run)."""


def pace_of(settings: Settings) -> Pace:
    """The pace that ``settings`` describe.

    Samples per device are ``ceil(dataset_size / world_size)``; batches are that divided by
    ``batch_size``, rounded up, or down with ``drop_last``; ``Pace`` divides them into steps.

    Raises:
        ClockError: a number out of range, keys that contradict each other, or an epoch without a
            batch or a step.
    """
    _check_numbers(settings)
    batches = _batches_per_epoch(settings)
    size, samples = settings.batch_size, settings.dataset_size
    together = None if size is None else size * settings.world_size
    if together is not None and batches is not None:
        samples = min(samples or batches * together, batches * together)
    pace = Pace(
        accumulate=settings.accumulate,
        last_window=settings.last_window,
        batches_per_epoch=batches,
        samples_per_batch=together,
        samples_per_epoch=samples,
        tokens_per_sample=settings.sequence_length,
    )
    _check_windows(settings, pace)
    return pace


def batches_from_data(settings: Settings) -> int | None:
    """Batches of an epoch on one device as ``dataset_size`` and ``batch_size`` have it."""
    if settings.dataset_size is None or settings.batch_size is None:
        return None
    samples = -(-settings.dataset_size // settings.world_size)
    short = 0 if settings.drop_last else settings.batch_size - 1
    return (samples + short) // settings.batch_size


def run_of(settings: Settings, pace: Pace) -> tuple[int, int]:
    """Optimizer steps and batches of the run.

    A run in epochs has all their batches, unless ``steps`` stops it at the batch of a last step.

    Raises:
        ClockError: the length of the run is unknown, nothing, or more than ``MAX_STEPS``.
    """
    steps, batches = _whole_run(settings, pace)
    if steps > MAX_STEPS:
        message = f"a run of {steps:_} steps is more than lrplan takes ({MAX_STEPS:_})"
        key = "steps" if settings.epochs is None else "epochs"
        raise ClockError(message, key=key, fix="shorten the run, or let `steps` cap it")
    return steps, batches


def horizon_of(settings: Settings) -> Duration | None:
    """The plan's full length as written, with its unit; None when it is the run's."""
    horizon = settings.horizon
    if horizon is None:
        return None
    if not isinstance(horizon, str):
        return Duration(Fraction(horizon), "st" if settings.epochs is None else "ep")
    with naming("horizon"):
        return parse_duration(horizon)


@contextmanager
def naming(key: str) -> Iterator[None]:
    """Let a ``ClockError`` raised inside say that it is about ``key``."""
    try:
        yield
    except ClockError as error:
        message = f"{key}: {error.message}"
        raise ClockError(message, key=error.key or key, fix=error.fix) from error


def _check_numbers(settings: Settings) -> None:
    for key, value in _numbers(settings):
        if not isinstance(value, int) or isinstance(value, bool):
            raise ClockError(f"{key}: {value!r} is not a whole number", key=key, fix="write one")
        if value < 1:
            raise ClockError(f"{key}: {value} is less than 1", key=key, fix="write 1 or more")
        largest = _MAX_ACCUMULATE if key == "accumulate" else _MAX_NUMBER
        if value > largest:
            raise ClockError(f"{key} is more than {largest:_}", key=key, fix="check the number")
    if settings.last_window not in get_args(LastWindow):
        message = f"last_window: {settings.last_window!r} is none of step, drop and carry"
        raise ClockError(message, key="last_window")


def _numbers(settings: Settings) -> Iterator[tuple[str, object]]:
    for key in _NUMBERS:
        value = getattr(settings, key)
        is_duration = key in {"steps", "horizon"} and isinstance(value, str)
        if value is not None and not is_duration:
            yield key, value


def _batches_per_epoch(settings: Settings) -> int | None:
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
    if counted is None and given is None and settings.steps_per_epoch is not None:
        return settings.steps_per_epoch * settings.accumulate
    return given if counted is None else counted


def _check_windows(settings: Settings, pace: Pace) -> None:
    batches, given = pace.batches_per_epoch, settings.steps_per_epoch
    if batches is None:
        return
    steps = pace.ticks_of_epoch("step")
    if steps == 0:
        message = f"an epoch of {batches} batches has no full window of {pace.accumulate}"
        fix = "lower accumulate, or last_window: step"
        raise ClockError(message, key="last_window", fix=fix)
    if given is not None and Fraction(given) != steps:
        origin = "batches_per_epoch" if settings.batches_per_epoch else "dataset_size"
        message = f"steps_per_epoch: {given} contradicts {origin}, which gives {float(steps):g}"
        raise ClockError(message, key="steps_per_epoch", fix="leave one of them out")


def _whole_run(settings: Settings, pace: Pace) -> tuple[int, int]:
    cap = _steps_given(settings, pace)
    if settings.epochs is None:
        if cap is None:
            fix = "give epochs (with steps_per_epoch), or steps"
            raise ClockError("the length of the run is unknown", key="epochs", fix=fix)
        return cap, pace.batches_at(cap - 1)
    _require_epochs(settings, pace)
    batches = settings.epochs * int(pace.ticks_of_epoch("batch"))
    steps = pace.steps_by(batches)
    if steps == 0:
        message = f"the run's {batches} batches do not fill a window of {pace.accumulate}"
        raise ClockError(message, key="accumulate", fix="lower accumulate, or run longer")
    return (steps, batches) if cap is None or cap > steps else (cap, pace.batches_at(cap - 1))


def _steps_given(settings: Settings, pace: Pace) -> int | None:
    if not isinstance(settings.steps, str):
        return settings.steps
    with naming("steps"):
        steps = nearest(pace.measure(parse_duration(settings.steps), "step"))
        if steps == 0:
            raise ClockError(f'"{settings.steps}" is less than one step')
    return steps


def _require_epochs(settings: Settings, pace: Pace) -> None:
    if pace.batches_per_epoch is not None:
        return
    for given, missing in (("dataset_size", "batch_size"), ("batch_size", "dataset_size")):
        if getattr(settings, given) is not None:
            message = f"{given} without {missing} does not give the steps of an epoch"
            raise ClockError(message, key=missing, fix=f"give {missing} too, or steps_per_epoch")
    fix = NEED_EPOCHS
    steps, epochs = settings.steps, settings.epochs or 1
    if isinstance(steps, int) and steps % epochs == 0:
        fix += f"; for {steps} steps in {epochs} epochs, steps_per_epoch: {steps // epochs}"
    message = "epochs alone do not say how many steps there are"
    raise ClockError(message, key="steps_per_epoch", fix=fix)
