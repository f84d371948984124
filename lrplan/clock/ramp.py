"""Batch sizes and accumulation that change over a run, as stages of steps that are alike."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from lrplan.clock.duration import ClockError, Unit
from lrplan.clock.terms import parse_terms
from lrplan.limits import STEPS

MAX_STAGES = 20_000
"""The most different stages of a run. The ramp of DeepSeek-V3, 3072 to 15360, has 12,288."""

_UNITS: tuple[Unit, ...] = ("sp", "tok", "st")


@dataclass(frozen=True, slots=True)
class Ramp:
    """A number that changes over the run: ``{0sp: 32, 10_000_000sp: 2048, ramp: linear}``.

    Args:
        points: durations from the start of the run, as written, each with the number from there on.
        is_linear: the number rises evenly from each point to the next, rounded down; otherwise it
            jumps at each.
        increment: what a linear ramp rises by at once, as Megatron's ``--rampup-batch-size`` has
            it; it is rounded down to a whole number of these.
    """

    points: tuple[tuple[str, int], ...]
    is_linear: bool = False
    increment: int = 1

    @property
    def largest(self) -> int:
        """The largest number."""
        return max(value for _, value in self.points)


class Stage(NamedTuple):
    """Steps of one batch size and one accumulation, up to the next stage."""

    step: int
    """The first step; ``batch`` and ``sample`` are what has run before it."""
    batch: int
    sample: int
    samples_per_batch: int | None
    """On all devices together; None if the batch size is not known."""
    accumulate: int

    @property
    def samples_per_step(self) -> int | None:
        """Samples of one step; None if the batch size is not known."""
        each = self.samples_per_batch
        return None if each is None else each * self.accumulate


class _Course:
    """The numbers of a ramp at the steps of a run.

    Args:
        key: of ``training``, for messages.
        ramp: as written; an integer for one that does not change, None for one that is not known.
        sequence_length: tokens of one sample.
    """

    def __init__(self, key: str, ramp: Ramp | int | None, sequence_length: int | None) -> None:
        self._key = key
        self._is_linear = isinstance(ramp, Ramp) and ramp.is_linear
        self._increment = ramp.increment if isinstance(ramp, Ramp) else 1
        self._constant = None if isinstance(ramp, Ramp) else ramp
        self._values: list[int] = []
        self._begins: list[Fraction] = []
        self.counts = ""
        if not isinstance(ramp, Ramp):
            return
        points = [(self._begin(text, sequence_length), value) for text, value in ramp.points]
        self._values = [value for _, value in points]
        self._begins = [amount for (amount, _), _ in points]
        kinds = {counts for (amount, counts), _ in points if amount}
        self.counts = kinds.pop() if kinds else "steps"
        self._check(ramp, {self.counts, *kinds})

    def at(self, step: int, sample: int) -> tuple[int | None, Fraction | None]:
        """The value at a moment, and the step or sample at which it changes next (None: never)."""
        if not self._values:
            return self._constant, None
        position = Fraction(step if self.counts == "steps" else sample)
        index = bisect_right(self._begins, position) - 1
        value = self._values[index]
        if index + 1 == len(self._values):
            return value, None
        begin, end = self._begins[index], self._begins[index + 1]
        if not self._is_linear:
            return value, end
        # From 32 at sample 0 to 34 at sample 100: 32 until 49, 33 from 50 on, 34 from 100 on. The
        # number rounds down, so it is 33 from the sample on where the line is at 33. In increments
        # of 2 it is 32 until 99.
        following = self._values[index + 1]
        rise = Fraction(following - value) / (end - begin)
        if not rise:
            return value, end
        by = self._increment
        now = value + by * math.floor(rise * (position - begin) / by)
        return now, begin + (now + by - value) / rise

    def _begin(self, text: str, sequence_length: int | None) -> tuple[Fraction, str]:
        if text.strip() == "0":
            return Fraction(0), "steps"
        path = f"{self._key}.{text}"
        try:
            (term, *more) = parse_terms(text, "sp")
        except ClockError as error:
            message = f"{self._key}: {error.message}"
            raise ClockError(message, key=path, fix=error.fix) from error
        duration = term.duration
        if more or duration is None or duration.unit not in _UNITS:
            message = f"{self._key}: {text} is no number of samples, tokens or steps"
            raise ClockError(message, key=path, fix="write 1_000_000sp, 1_000_000tok or 1000st")
        if duration.unit == "st":
            return duration.amount, "steps"
        if duration.unit == "sp":
            return duration.amount, "samples"
        if sequence_length is None:
            fix = "give sequence_length (tokens per sample)"
            raise ClockError("tokens in a sample are unknown", key="sequence_length", fix=fix)
        return duration.amount / sequence_length, "samples"

    def _check(self, ramp: Ramp, kinds: set[str]) -> None:
        key, texts = self._key, [text for text, _ in ramp.points]
        if self._begins[0]:
            message = f"{key}: the first value starts at {texts[0]}, after the run has begun"
            raise ClockError(message, key=f"{key}.{texts[0]}", fix="begin with 0sp")
        if len(kinds) > 1:
            message = f"{key} mixes samples or tokens with steps"
            raise ClockError(message, key=key, fix="write all of them in samples, or in steps")
        for index in range(1, len(texts)):
            if self._begins[index] <= self._begins[index - 1]:
                message = f"{key}: {texts[index]} does not come after {texts[index - 1]}"
                raise ClockError(message, key=f"{key}.{texts[index]}", fix="write them in order")
            falls = ramp.points[index][1] < ramp.points[index - 1][1]
            if ramp.is_linear and falls:
                message = f"{key} falls at {texts[index]}, and a linear ramp rises"
                fix = "leave `ramp: linear` out, and write the numbers in steps"
                raise ClockError(message, key=f"{key}.{texts[index]}", fix=fix)
            rise = ramp.points[index][1] - ramp.points[index - 1][1]
            if rise % ramp.increment:
                before, by = ramp.points[index - 1][1], ramp.increment
                message = f"{key}: the rise {before} to {before + rise} is not a multiple of {by}"
                fix = f"write {before + rise - rise % by}, or another increment"
                raise ClockError(message, key=f"{key}.{texts[index]}", fix=fix)


def stages_of(
    batch_size: Ramp | int | None,
    accumulate: Ramp | int,
    *,
    devices: int,
    sequence_length: int | None,
) -> tuple[Stage, ...]:
    """The stages of a run, in order.

    A step has the batch size and the accumulation that hold for the samples, or steps, that have
    been before it: what changes in the middle of a step holds from the next one on.

    Args:
        batch_size: samples of a batch on one device.
        accumulate: batches of a step.
        devices: that share the data.
        sequence_length: tokens of one sample.

    Raises:
        ClockError: a point is no duration from the start of the run, or they are not in order; or
            samples are counted, and not known.
    """
    sizes = _Course("batch_size", batch_size, sequence_length)
    windows = _Course("accumulate", accumulate, sequence_length)
    if windows.counts == "samples" and batch_size is None:
        message = "accumulate counts samples, and those of a step are unknown"
        raise ClockError(message, key="batch_size", fix="give batch_size (per device)")
    stages: list[Stage] = []
    step = batch = sample = 0
    while step < STEPS.value:
        (size, size_until), (window, until) = sizes.at(step, sample), windows.at(step, sample)
        together = None if size is None else size * devices
        stage = Stage(step, batch, sample, together, window or 1)
        stages.append(stage)
        if len(stages) > MAX_STAGES:
            message = f"batch sizes change more than {MAX_STAGES:,} times"
            raise ClockError(
                message, key="batch_size", fix="write each size and where it begins, without `ramp`"
            )
        # The next stage begins with the first step from a limit on: 3 steps of 32 samples lie
        # before sample 96 or 70, whichever the limit is.
        steps = [
            math.ceil((limit - (step if course.counts == "steps" else sample)) / each)
            for course, limit in ((sizes, size_until), (windows, until))
            if limit is not None
            and (each := 1 if course.counts == "steps" else stage.samples_per_step) is not None
        ]
        if not steps:
            break
        count = min(steps)
        step += count
        batch += count * stage.accumulate
        sample += count * (stage.samples_per_step or 0)
    return tuple(stages)
