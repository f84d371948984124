"""Batching with a batch size or an accumulation that changes over the run."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from lrplan.arrays import IntArray
from lrplan.clock.batching import Batching, Count
from lrplan.clock.cadence import Interval
from lrplan.clock.duration import ClockError, Duration, Unit
from lrplan.clock.ramp import Stage
from lrplan.clock.terms import Term

_NEVER = 1 << 62


@dataclass(frozen=True, slots=True, kw_only=True)
class RampedBatching(Batching):
    """The relation of batches, steps, samples and tokens in a run without epochs, by stages.

    Windows go on over the ends of epochs: an epoch is a number of samples, and has no tick. Inside
    a stage everything is as in ``Batching``; a conversion finds the stage first, and goes on from
    its beginning. A length in samples depends on where it begins: 1000 samples are more steps of 32
    than of 64.
    """

    stages: tuple[Stage, ...]

    @property
    def windows(self) -> tuple[object, ...]:
        """The settings that decide which batches make a step."""
        return self.stages

    @property
    def period(self) -> int:
        """More steps than any run has: the order of ticks does not repeat."""
        return _NEVER

    def batches_after(self, step: Count) -> Count:
        """Batches that have run at optimizer step ``step`` (from 0), its last one included."""
        first, batch, size = self._stage("step", step)
        until: Count = batch + (step - first + 1) * size
        return until

    def batches_before(self, step: Count) -> Count:
        """Batches that have run when the accumulation window of ``step`` (from 0) begins."""
        first, batch, size = self._stage("step", step)
        before: Count = batch + (step - first) * size
        return before

    def steps_after_batches(self, batches: Count) -> Count:
        """Optimizer steps that have run when ``batches`` batches have run."""
        first, batch, size = self._stage("batch", batches)
        steps: Count = first + (batches - batch) // size
        return steps

    @property
    def counts_epochs(self) -> bool:
        """True if it is known how many samples a batch and an epoch have."""
        return self.samples_per_epoch is not None and self.stages[0].samples_per_batch is not None

    def epochs_at(self, steps: IntArray) -> IntArray:
        """The epoch in which the last batch of each step lies; needs ``counts_epochs``."""
        rows = [
            (each.step, each.sample, each.samples_per_batch or 1, each.accumulate)
            for each in self.stages
        ]
        table = np.array(rows, dtype=np.int64)
        found = np.searchsorted(table[:, 0], steps, side="right") - 1
        first, before, batch, accumulate = table[found].T
        # Two batches of 8 samples a step, 20 an epoch: step 1 begins with sample 16, and its last
        # batch with sample 24, in epoch 1.
        begin = before + ((steps - first + 1) * accumulate - 1) * batch
        epochs: IntArray = begin // (self.samples_per_epoch or 1)
        return epochs

    def to_ticks(self, duration: Duration, interval: Interval) -> Fraction:
        """``duration`` from the start of the run in ticks of ``interval``, exactly.

        Raises:
            ClockError: something that the conversion needs is unknown; ``key`` names it.
        """
        return self.tick_after(Fraction(0), duration.amount, duration.unit, interval)

    def terms_to_ticks(
        self, terms: Iterable[Term], interval: Interval, whole: Fraction | None = None
    ) -> Fraction:
        """Several durations, each from where the one before ends, in ticks of ``interval``.

        ``100% - 2000sp`` is the tick at which 2000 samples are left.

        Raises:
            ClockError: as ``Batching.terms_to_ticks`` does.
        """
        position = Fraction(0)
        for term in terms:
            if term.duration is None or term.duration.unit == "%":
                position += term.sign * self._term(replace(term, sign=1), interval, whole)
            else:
                amount = term.sign * term.duration.amount
                position = self.tick_after(position, amount, term.duration.unit, interval)
        return position

    def tick_after(
        self, position: Fraction, amount: Fraction, unit: Unit, interval: Interval
    ) -> Fraction:
        """The tick of ``interval`` that is ``amount`` of a unit after the tick ``position``.

        Raises:
            ClockError: something that the conversion needs is unknown; ``key`` names it.
        """
        if unit == "ep":
            if self.samples_per_epoch is None:
                message = "samples in an epoch are unknown"
                raise ClockError(message, key="dataset_size", fix="give dataset_size")
            amount *= self.samples_per_epoch
        if unit == "%":
            raise ClockError("a percentage cannot stand here", fix="write a number of steps")
        if unit == "tok":
            if self.tokens_per_sample is None:
                fix = "give sequence_length (tokens per sample)"
                raise ClockError("tokens in a sample are unknown", key="sequence_length", fix=fix)
            amount /= self.tokens_per_sample
        own = {"st": "step", "ba": "batch"}.get(unit, "sample")
        if own == "sample" and self.stages[0].samples_per_batch is None:
            fix = "give batch_size (per device; and world_size when there is more than one)"
            raise ClockError("samples in a step are unknown", key="batch_size", fix=fix)
        counted = _converted(self.stages, position, interval, own)
        return _converted(self.stages, counted + amount, own, interval)

    def _stage(self, counts: str, amount: Count) -> tuple[Count, Count, Count]:
        """First step, first batch and accumulation of the stage at each of these amounts."""
        if isinstance(amount, int):
            stage = self.stages[_index(self.stages, counts, amount)]
            return stage.step, stage.batch, stage.accumulate
        table = np.array([(s.step, s.batch, s.accumulate) for s in self.stages], dtype=np.int64)
        column = table[:, 0 if counts == "step" else 1]
        found = np.maximum(np.searchsorted(column, amount, side="right") - 1, 0)
        return table[found, 0], table[found, 1], table[found, 2]


def _amount(stage: Stage, counts: str) -> int:
    """The steps, batches or samples before ``stage``."""
    return {"step": stage.step, "batch": stage.batch, "sample": stage.sample}[counts]


def _index(stages: tuple[Stage, ...], counts: str, amount: Fraction | int) -> int:
    # Before the start everything counts as in the first stage.
    return max(bisect_right(stages, amount, key=lambda stage: _amount(stage, counts)) - 1, 0)


def _converted(stages: tuple[Stage, ...], amount: Fraction, own: str, wanted: str) -> Fraction:
    """``amount`` of steps, batches or samples from the start as a number of another of these."""
    if own == wanted:
        return amount
    stage = stages[_index(stages, own, amount)]
    sizes = {"step": 1, "batch": stage.accumulate, "sample": stage.samples_per_step or 1}
    steps = (amount - _amount(stage, own)) / sizes[own]
    return _amount(stage, wanted) + steps * sizes[wanted]
