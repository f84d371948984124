"""Accumulation that changes from one epoch to another: ``accumulate: {0ep: 8, 4ep: 4}``.

Lightning has it as ``GradientAccumulationScheduler(scheduling={0: 8, 4: 4})``. Every epoch has the
same batches, and its windows end with it, so that all epochs of one number are alike.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from lrplan.arrays import IntArray
from lrplan.clock.batching import Batching, Count
from lrplan.clock.cadence import Interval
from lrplan.clock.duration import ClockError, Duration, Unit
from lrplan.clock.ramp import Ramp
from lrplan.clock.ramped_batching import RampedBatching
from lrplan.clock.terms import parse_terms


@dataclass(frozen=True, slots=True)
class EpochStage:
    """Epochs of one accumulation, up to the next stage."""

    epoch: int
    """The first epoch; ``step`` and ``batch`` are what has run before it."""
    step: int
    batch: int
    inside: Batching
    """The steps that batches make in its epochs, counted from its beginning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochWindows(RampedBatching):
    """The relation of batches, steps and epochs if epochs have different accumulation windows.

    Inside a stage everything is as in ``Batching``; a conversion finds the stage first.
    """

    by_epoch: tuple[EpochStage, ...]

    @property
    def windows_cross_epochs(self) -> bool:
        """False: windows end with their epoch."""
        return False

    @property
    def windows(self) -> tuple[object, ...]:
        """The settings that decide which batches make a step and an epoch."""
        accumulate = tuple((each.epoch, each.inside.accumulate) for each in self.by_epoch)
        return self.batches_per_epoch, self.last_window, accumulate

    @property
    def counts_epochs(self) -> bool:
        """True: an epoch is a number of batches."""
        return True

    def epochs_at(self, steps: IntArray) -> IntArray:
        """The epoch in which each step lies."""
        epochs: IntArray = (self.batches_after(steps) - 1) // (self.batches_per_epoch or 1)
        return epochs

    def ticks_per_epoch(self, interval: Interval) -> Fraction:
        """Batches of an epoch, or 1.

        Raises:
            ClockError: ``step``, of which epochs have different numbers.
        """
        if interval == "step":
            message = "epochs have different numbers of steps, as accumulate changes"
            raise ClockError(message, key="accumulate", fix="give the length in ep, ba or st")
        return Batching.ticks_per_epoch(self, interval)

    def batches_after(self, step: Count) -> Count:
        """Batches that have run at optimizer step ``step`` (from 0), its last one included."""
        return self._by_step(step, lambda stage, own: stage.batch + stage.inside.batches_after(own))

    def batches_before(self, step: Count) -> Count:
        """Batches that have run when the accumulation window of ``step`` (from 0) begins."""
        return self._by_step(
            step, lambda stage, own: stage.batch + stage.inside.batches_before(own)
        )

    def steps_after_batches(self, batches: Count) -> Count:
        """Optimizer steps that have run when ``batches`` batches have run."""
        begins = [each.batch for each in self.by_epoch]
        return self._staged(
            batches, begins, lambda stage, own: stage.step + stage.inside.steps_after_batches(own)
        )

    def tick_after(
        self, position: Fraction, amount: Fraction, unit: Unit, interval: Interval
    ) -> Fraction:
        """The tick of ``interval`` that is ``amount`` of a unit after the tick ``position``.

        Raises:
            ClockError: something that the conversion needs is unknown; ``key`` names it.
        """
        if unit == "%":
            raise ClockError("a percentage cannot stand here", fix="write a number of steps")
        if unit == "st" and interval == "step":
            return position + amount
        if unit == "st":
            steps = self._from_batches(self._batches_of(position, interval), "step") + amount
            return self._from_batches(self._batches_of(steps, "step"), interval)
        if unit == "ep":
            return self._after_epochs(position, amount, interval)
        batches = self._batches_of(position, interval)
        if unit == "ba":
            return self._from_batches(batches + amount, interval)
        if unit == "tok":
            if self.tokens_per_sample is None:
                fix = "give sequence_length (tokens per sample)"
                raise ClockError("tokens in a sample are unknown", key="sequence_length", fix=fix)
            amount /= self.tokens_per_sample
        return self._from_batches(
            self._batches_of_samples(self._samples_of(batches) + amount), interval
        )

    def _after_epochs(self, position: Fraction, amount: Fraction, interval: Interval) -> Fraction:
        """The tick that is so many epochs later: half an epoch is half of its ticks."""
        if interval != "step":
            return position + amount * self.ticks_per_epoch(interval)
        stage = self._stage_of(position, [each.step for each in self.by_epoch])
        per_epoch = stage.inside.ticks_per_epoch("step")
        epochs = stage.epoch + (position - stage.step) / per_epoch + amount
        stage = self._stage_of(epochs, [each.epoch for each in self.by_epoch])
        return stage.step + (epochs - stage.epoch) * stage.inside.ticks_per_epoch("step")

    def _batches_of(self, position: Fraction, interval: Interval) -> Fraction:
        if interval != "step":
            return position * self.ticks_per_epoch("batch") / self.ticks_per_epoch(interval)
        stage = self._stage_of(position, [each.step for each in self.by_epoch])
        return stage.batch + stage.inside.to_ticks(Duration(position - stage.step, "st"), "batch")

    def _from_batches(self, batches: Fraction, interval: Interval) -> Fraction:
        if interval != "step":
            return batches * self.ticks_per_epoch(interval) / self.ticks_per_epoch("batch")
        stage = self._stage_of(batches, [each.batch for each in self.by_epoch])
        return stage.step + stage.inside.to_ticks(Duration(batches - stage.batch, "ba"), "step")

    def _samples_of(self, batches: Fraction) -> Fraction:
        """The samples in this many batches; the last batch of an epoch may be short."""
        per_epoch, size = self.ticks_per_epoch("batch"), self.samples_per_batch
        whole, rest = divmod(batches, per_epoch)
        if size is None:
            message = "samples in a step are unknown"
            fix = "give batch_size (per device; and world_size when there is more than one)"
            raise ClockError(message, key="batch_size", fix=fix)
        epoch = self.samples_per_epoch or size * per_epoch
        last = min(rest, per_epoch - 1) * size
        short = epoch - (per_epoch - 1) * size
        return whole * epoch + last + max(rest - (per_epoch - 1), Fraction(0)) * short

    def _stage_of(self, amount: Fraction, begins: list[int]) -> EpochStage:
        return self.by_epoch[max(bisect_right(begins, amount) - 1, 0)]

    def _by_step(self, step: Count, value: Callable[[EpochStage, Count], Count]) -> Count:
        return self._staged(step, [each.step for each in self.by_epoch], value)

    def _staged(
        self, amount: Count, begins: list[int], value: Callable[[EpochStage, Count], Count]
    ) -> Count:
        """``value`` of the stage of each amount, and of the amount counted from its beginning."""
        if isinstance(amount, int):
            index = max(bisect_right(begins, amount) - 1, 0)
            return value(self.by_epoch[index], amount - begins[index])
        found = np.maximum(np.searchsorted(begins, amount, side="right") - 1, 0)
        result = np.empty_like(amount)
        for index in np.unique(found):
            here = found == index
            result[here] = value(self.by_epoch[index], amount[here] - begins[index])
        return result


def counts_epochs(ramp: Ramp | None) -> bool:
    """Return True if ``ramp`` says in which epochs its numbers begin."""
    return ramp is not None and any(text.strip().endswith("ep") for text, _ in ramp.points)


def stages_by_epoch(ramp: Ramp, inside: Batching) -> tuple[EpochStage, ...]:
    """The stages of a run whose accumulation is ``ramp``; all else is as in ``inside``.

    Raises:
        ClockError: a point is no whole epoch, they are not in order, the ramp is linear, or an
            epoch has no step.
    """
    if ramp.is_linear:
        message = "accumulate: a linear ramp counts samples or steps, not epochs"
        raise ClockError(message, key="accumulate", fix="write the number of each stage")
    stages: list[EpochStage] = []
    step = batch = before = 0
    for text, number in ramp.points:
        epoch = _epoch(text)
        if stages and epoch <= before:
            message = f"accumulate: {text} does not come after the one before it"
            raise ClockError(message, key=f"accumulate.{text}", fix="write them in order")
        if not stages and epoch:
            message = f"accumulate: the first value starts at {text}, after the run has begun"
            raise ClockError(message, key=f"accumulate.{text}", fix="begin with 0ep")
        if stages:
            count = epoch - before
            step += count * int(stages[-1].inside.ticks_per_epoch("step"))
            batch += count * int(inside.ticks_per_epoch("batch"))
        own = replace(inside, accumulate=number)
        if not own.ticks_per_epoch("step"):
            message = f"an epoch of {own.batches_per_epoch} batches has no full window of {number}"
            raise ClockError(message, key="last_window", fix="last_window: step")
        stages.append(EpochStage(epoch, step, batch, own))
        before = epoch
    return tuple(stages)


def _epoch(text: str) -> int:
    duration = None
    if text.strip() == "0":
        return 0
    try:
        (term, *more) = parse_terms(text, "ep")
        duration = None if more else term.duration
    except ClockError as error:
        message = f"accumulate: {error.message}"
        raise ClockError(message, key=f"accumulate.{text}", fix=error.fix) from error
    if duration is None or duration.unit != "ep" or duration.amount.denominator != 1:
        message = f"accumulate: {text} is no whole number of epochs, as the others are"
        raise ClockError(message, key=f"accumulate.{text}", fix="write 4ep")
    return int(duration.amount)
