"""The samples that a run has read before each tick of a scheduler."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np

from lrplan.arrays import FloatArray
from lrplan.clock.cadence import Interval
from lrplan.clock.duration import ClockError
from lrplan.clock.ramp import Stage


@dataclass(frozen=True)
class SampleCounts:
    """Samples before each tick of a scheduler, if batches change: a line for each stage.

    With batches of 32 up to step 10 and of 64 from there on, tick 12 has 320 + 2 * 64 samples
    before it. They are counted from tick 0 of the scheduler.

    Args:
        begins: the step (or batch) at which each stage begins, from the start of the run.
        samples: what has been read by then.
        sizes: samples of a step (or batch) from there on.
        since: steps (or batches) before tick 0.
        per_tick: steps (or batches) of a tick.
    """

    begins: tuple[int, ...]
    samples: tuple[int, ...]
    sizes: tuple[int, ...]
    since: int = 0
    per_tick: int = 1

    def __call__(self, tick: float) -> float:
        """The samples before ``tick``."""
        return self._counted(self.since + tick * self.per_tick) - self.before

    def at(self, ticks: FloatArray) -> FloatArray:
        """The samples before each of ``ticks``, exactly as one call for each gives them."""
        begins, samples, sizes = self._table
        positions = self.since + ticks * self.per_tick
        index = (begins.searchsorted(positions, side="right") - 1).clip(0)
        counts: FloatArray = (
            samples[index] + (positions - begins[index]) * sizes[index] - self.before
        )
        return counts

    @cached_property
    def before(self) -> float:
        """The samples before tick 0."""
        return self._counted(float(self.since))

    @cached_property
    def _table(self) -> tuple[FloatArray, ...]:
        columns = (self.begins, self.samples, self.sizes)
        return tuple(np.array(each, dtype=np.float64) for each in columns)

    def _counted(self, position: float) -> float:
        index = max(bisect_right(self.begins, position) - 1, 0)
        return self.samples[index] + (position - self.begins[index]) * self.sizes[index]


def counts_of_stages(
    stages: tuple[Stage, ...], interval: Interval, *, since: int, ticks_per_call: Fraction
) -> SampleCounts:
    """The samples before each call of a scheduler that ticks per ``interval`` in these ``stages``.

    Args:
        stages: of the run.
        interval: what the scheduler ticks on.
        since: calls before its first one.
        ticks_per_call: every how many ticks it is called.

    Raises:
        ClockError: the samples of a batch are not known, or ``interval`` is an epoch.
    """
    if interval == "epoch":
        raise ClockError("this run has no epochs", fix="let the scheduler tick per step")
    per_call = int(ticks_per_call)  # the plain loop, the only one of such a run, has whole ones
    by_step = interval == "step"
    sizes = [stage.samples_per_step if by_step else stage.samples_per_batch for stage in stages]
    known = tuple(size for size in sizes if size is not None)
    if len(known) < len(sizes):
        fix = "give batch_size (per device; and world_size when there is more than one)"
        raise ClockError("samples in a step are unknown", key="batch_size", fix=fix)
    begins = tuple(stage.step if by_step else stage.batch for stage in stages)
    samples = tuple(stage.sample for stage in stages)
    return SampleCounts(begins, samples, known, since * per_call, per_call)
