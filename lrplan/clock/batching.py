"""Batches, accumulation windows, steps and epochs, and conversion between their units."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeVar

from lrplan.arrays import IntArray
from lrplan.clock.cadence import Interval
from lrplan.clock.duration import ClockError, Duration
from lrplan.clock.terms import Term

Count = TypeVar("Count", int, IntArray)
LastWindow = Literal["step", "drop", "carry"]

NEED_EPOCHS = "give steps_per_epoch, or batches_per_epoch, or dataset_size and batch_size"


@dataclass(frozen=True, slots=True, kw_only=True)
class Batching:
    """The relation of batches, steps, epochs, samples and tokens, whatever the run's length.

    With A batches accumulated for a step and B batches an epoch, an epoch has ``ceil(B / A)``
    steps (``last_window`` ``step``), ``floor(B / A)`` (``drop``), or ``B / A`` on average
    (``carry``: windows run on over the ends of epochs, as they do where there are no epochs).
    """

    accumulate: int = 1
    last_window: LastWindow = "step"
    batches_per_epoch: int | None = None
    samples_per_batch: int | None = None
    """Samples of one batch on all devices together."""
    samples_per_epoch: int | None = None
    tokens_per_sample: int | None = None

    @property
    def windows_cross_epochs(self) -> bool:
        """True if accumulation windows go on over the ends of epochs."""
        return self.batches_per_epoch is None or self.last_window == "carry"

    @property
    def windows(self) -> tuple[object, ...]:
        """The settings that decide which batches make a step and an epoch."""
        return self.batches_per_epoch, self.accumulate, self.last_window

    @property
    def period(self) -> int:
        """Steps after which the order of ticks repeats.

        With 6 batches an epoch and windows of 4 that run on, it is 3 steps: 12 batches, 2 epochs.
        """
        if self.batches_per_epoch is None:
            return 1
        if self.windows_cross_epochs:
            return self.batches_per_epoch // math.gcd(self.batches_per_epoch, self.accumulate)
        return self._batches_and_windows()[1]

    def ticks_per_epoch(self, interval: Interval) -> Fraction:
        """Ticks of ``interval`` in one epoch (a fraction for steps with ``carry``).

        Raises:
            ClockError: the run has no epochs.
        """
        if self.batches_per_epoch is None:
            raise ClockError("this run has no epochs", key="steps_per_epoch", fix=NEED_EPOCHS)
        if interval == "epoch":
            return Fraction(1)
        if interval == "batch":
            return Fraction(self.batches_per_epoch)
        if self.windows_cross_epochs:
            return Fraction(self.batches_per_epoch, self.accumulate)
        return Fraction(self._batches_and_windows()[1])

    def batches_after(self, step: Count) -> Count:
        """Batches that have run at optimizer step ``step`` (from 0), its last one included."""
        if self.windows_cross_epochs:
            return (step + 1) * self.accumulate
        batches, windows = self._batches_and_windows()
        # With 10 batches an epoch and windows of 4, the last of an epoch's 3 windows is short by 2:
        # steps 0 to 3 end at batches 4, 8, 10 and 14. With `drop` there are 2 windows, and none is.
        epoch, window = divmod(step, windows)
        missing = max(windows * self.accumulate - batches, 0)
        full: Count = epoch * batches + (window + 1) * self.accumulate
        until: Count = full - missing * (window == windows - 1)
        return until

    def batches_before(self, step: Count) -> Count:
        """Batches that have run when the accumulation window of ``step`` (from 0) begins.

        Those that ``last_window: drop`` leaves over before it are among them.
        """
        if self.windows_cross_epochs:
            return step * self.accumulate
        batches, windows = self._batches_and_windows()
        epoch, window = divmod(step, windows)
        before: Count = epoch * batches + window * self.accumulate
        return before

    def steps_after_batches(self, batches: Count) -> Count:
        """Optimizer steps that have run when ``batches`` batches have run."""
        if self.windows_cross_epochs:
            return batches // self.accumulate
        # A short window is no `rest // accumulate`: it counts when its epoch is over, among
        # `windows`. 10 batches in windows of 4, 4 and 2: 2 steps after 9 batches, 3 after 10.
        per_epoch, windows = self._batches_and_windows()
        epoch, rest = divmod(batches, per_epoch)
        steps: Count = epoch * windows + rest // self.accumulate
        return steps

    def to_ticks(self, duration: Duration, interval: Interval) -> Fraction:
        """``duration`` in ticks of ``interval``, exactly.

        Whole epochs count with their real number of steps, also where the last batch or window of
        an epoch is short: as many samples or batches as an epoch has are exactly the steps of one
        epoch. Inside an epoch, n samples are ``n / samples_per_batch`` batches, n batches are
        ``n / accumulate`` steps.

        Args:
            duration: in any unit except ``%``.
            interval: the unit of the result.

        Raises:
            ClockError: something that the conversion needs is unknown; ``key`` names it.
        """
        if duration.unit == "ep":
            return duration.amount * self.ticks_per_epoch(interval)
        if duration.unit == "st":
            return self._from_steps(duration.amount, interval)
        if duration.unit == "ba":
            return self._from_batches(duration.amount, interval)
        if duration.unit == "sp":
            return self._from_batches(self._batches_of_samples(duration.amount), interval)
        if duration.unit == "tok":
            return self._from_batches(self._batches_of_tokens(duration.amount), interval)
        raise ClockError("a percentage cannot stand here", fix="write a number of steps or epochs")

    def terms_to_ticks(
        self, terms: Iterable[Term], interval: Interval, whole: Fraction | None = None
    ) -> Fraction:
        """Several durations added up, in ticks of ``interval``, exactly.

        Args:
            terms: of any unit.
            interval: the unit wanted.
            whole: what ``%`` is a share of; None if a percentage is not allowed.

        Raises:
            ClockError: as ``to_ticks`` does, or one of them is ``rest``.
        """
        return sum((each.sign * self._term(each, interval, whole) for each in terms), Fraction(0))

    def _term(self, term: Term, interval: Interval, whole: Fraction | None) -> Fraction:
        if term.duration is None:
            message = "`rest` is for a scheduler's argument: the length of its run or phase"
            raise ClockError(message, fix="write a number of steps or epochs")
        if term.duration.unit == "%" and whole is not None:
            return whole * term.duration.amount / 100
        return self.to_ticks(term.duration, interval)

    def _from_steps(self, steps: Fraction, interval: Interval) -> Fraction:
        if interval == "step":
            return steps
        if interval == "epoch":
            return steps / self.ticks_per_epoch("step")
        if self.windows_cross_epochs:
            return steps * self.accumulate
        batches, windows = self._batches_and_windows()
        # 10 batches an epoch in windows of 4, 4 and 2: 2.5 steps are 2 windows and half of the
        # short one, 4 + 4 + 1 = 9 batches.
        epoch, rest = divmod(steps, windows)
        full = math.floor(rest)
        size = min(self.accumulate, batches - full * self.accumulate)
        return epoch * batches + full * self.accumulate + (rest - full) * size

    def _from_batches(self, batches: Fraction, interval: Interval) -> Fraction:
        if interval == "batch":
            return batches
        if interval == "epoch":
            return batches / self.ticks_per_epoch("batch")
        if self.windows_cross_epochs:
            return batches / self.accumulate
        per_epoch, windows = self._batches_and_windows()
        epoch, rest = divmod(batches, per_epoch)
        filled = _portions(rest, self.accumulate, per_epoch)
        # With `drop`, 9 of 10 batches fill 2.5 windows of 4, of which only 2 make a step.
        return epoch * windows + min(filled, Fraction(windows))

    def _batches_of_samples(self, samples: Fraction) -> Fraction:
        batch, batches = self.samples_per_batch, self.batches_per_epoch
        epoch = self.samples_per_epoch
        if epoch is None or batches is None:
            if batch is None:
                fix = "give batch_size (per device; and world_size when there is more than one)"
                raise ClockError("samples in a step are unknown", key="batch_size", fix=fix)
            return samples / batch
        if batch is None:
            return samples * batches / epoch
        # 1000 samples in batches of 64 are 16 batches, the last of 40: 1980 samples are a whole
        # epoch, 15 batches and 20 of the last 40, so 16 + 15.5 = 31.5 batches.
        whole, rest = divmod(samples, epoch)
        return whole * batches + _portions(rest, batch, epoch)

    def _batches_of_tokens(self, tokens: Fraction) -> Fraction:
        if self.tokens_per_sample is None:
            fix = "give sequence_length (tokens per sample)"
            raise ClockError("tokens in a sample are unknown", key="sequence_length", fix=fix)
        return self._batches_of_samples(tokens / self.tokens_per_sample)

    def _batches_and_windows(self) -> tuple[int, int]:
        """Batches and windows of an epoch, in a run whose epochs end windows."""
        batches = self.batches_per_epoch or 1
        # 10 batches in windows of 4: (10 + 3) // 4 = 3 windows, or with `drop` 10 // 4 = 2.
        short = 0 if self.last_window == "drop" else self.accumulate - 1
        return batches, (batches + short) // self.accumulate


def _portions(amount: Fraction, size: int, total: int) -> Fraction:
    """The portions of ``size`` that ``amount`` < ``total`` fills, where the last one is short.

    A total of 10 in portions of 4 has 4, 4 and 2: an amount of 9 fills 2.5 of them.
    """
    full = amount // size
    return full + (amount - full * size) / min(size, total - full * size)
