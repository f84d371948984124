"""``samples`` and ``tokens`` in expressions: what the run has read before a tick."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from lrplan.clock import Batching, Cadence, Clock, ClockError
from lrplan.clock.epoch_windows import EpochWindows
from lrplan.clock.ramped_batching import RampedBatching
from lrplan.clock.sample_counts import SampleCounts, counts_of_stages
from lrplan.specfile.expressions.grammar import SAMPLES, TOKENS


def sample_text(
    name: str, clock: Clock, cadence: Cadence, since: Callable[[], int]
) -> tuple[str, SampleCounts | None]:
    """An expression of the tick that stands for ``name``, and the counts that it needs, if any.

    In batches of 64 it is ``(step * 64)``. Where the last batch of an epoch is short, every epoch
    starts again: 150 samples an epoch are ``(150 * (step // 3) + min(64 * (step % 3), 150))``.
    Where batches change over the run, it stays a name, whose value is looked up.

    Args:
        name: ``samples`` or ``tokens``.
        clock: the run.
        cadence: what ticks the scheduler.
        since: called for the ticks before its first one, where the result depends on them.

    Raises:
        ClockError: samples, or tokens, are not known.
    """
    times = _tokens_per_sample(clock) if name == TOKENS else 1
    ticks_per_call = 1 / clock.calls_per_tick(cadence)
    if isinstance(clock.batching, EpochWindows):
        message = f"`{name}` cannot follow an accumulation that changes from epoch to epoch"
        raise ClockError(message, fix="write the formula in ticks")
    if isinstance(clock.batching, RampedBatching):
        stages, interval = clock.batching.stages, cadence.interval
        counts = counts_of_stages(stages, interval, since=since(), ticks_per_call=ticks_per_call)
        return (SAMPLES if times == 1 else f"({SAMPLES} * {times})"), counts
    return _without_ramp(clock.batching, cadence, ticks_per_call, times, since), None


def _without_ramp(
    batching: Batching,
    cadence: Cadence,
    ticks_per_call: Fraction,
    times: int,
    since: Callable[[], int],
) -> str:
    tick = "x" if cadence.interval == "batch" else cadence.interval
    size, epoch = _samples_of_tick(batching, cadence)
    if epoch is None:
        return f"({tick} * {_number(size * ticks_per_call * times)})"
    per_epoch = batching.ticks_per_epoch(cadence.interval)
    begin = since()
    if ticks_per_call != 1 or begin % per_epoch:
        # The samples of a phase that begins inside an epoch would need the phase's place in it.
        message = "epochs end with a short batch, and this scheduler does not tick with them"
        fix = "let it begin with an epoch and tick once per step, or set drop_last"
        raise ClockError(message, fix=fix)
    whole = f"{_number(epoch * times)} * ({tick} // {_number(per_epoch)})"
    rest = f"{_number(size * times)} * ({tick} % {_number(per_epoch)})"
    return f"({whole} + min({rest}, {_number(epoch * times)}))"


def _samples_of_tick(batching: Batching, cadence: Cadence) -> tuple[Fraction, Fraction | None]:
    """The samples of a full tick, and those of an epoch where that is not a multiple of them.

    Raises:
        ClockError: they are not known.
    """
    samples, per_batch = batching.samples_per_epoch, batching.samples_per_batch
    if per_batch is None and samples is None:
        fix = "give batch_size (per device; and world_size when there is more than one)"
        raise ClockError("samples in a step are unknown", key="batch_size", fix=fix)
    if batching.batches_per_epoch is None:
        batches = {"batch": 1, "step": batching.accumulate}
        if cadence.interval not in batches:
            batching.ticks_per_epoch("epoch")  # raises: there are none
        return Fraction(batches[cadence.interval] * (per_batch or 0)), None
    per_epoch = batching.ticks_per_epoch(cadence.interval)
    if samples is None or per_batch is None:
        return Fraction(samples or 0) / per_epoch, None
    if cadence.interval == "epoch":
        return Fraction(samples), None
    full = Fraction(per_batch * (batching.accumulate if cadence.interval == "step" else 1))
    if full * per_epoch == samples:
        return full, None
    if batching.windows_cross_epochs and cadence.interval == "step" and batching.accumulate > 1:
        message = "windows run on over a short batch, so that steps differ from epoch to epoch"
        raise ClockError(message, fix="let the scheduler tick per batch, or set drop_last")
    return full, Fraction(samples)


def _tokens_per_sample(clock: Clock) -> int:
    tokens = clock.batching.tokens_per_sample
    if tokens is None:
        fix = "give sequence_length (tokens per sample)"
        raise ClockError("tokens in a sample are unknown", key="sequence_length", fix=fix)
    return tokens


def _number(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else repr(float(value))
