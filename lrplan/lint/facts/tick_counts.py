"""Counts of the run: ticks of a scheduler, optimizer steps, batches and epochs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from lrplan.clock import Clock
from lrplan.lint import Context, SchedulerPlan, count
from lrplan.lint.facts.tick_usage import ticks_of_plan


@dataclass(frozen=True, slots=True)
class TickCounts:
    """The run as an outermost scheduler sees it.

    Args:
        top: the scheduler.
        ticks: how often it ticks in the run.
        planned: how often it would in the whole plan, where ``horizon`` goes beyond the run.
        steps: optimizer steps of the run.
        batches: batches of the run.
        per_epoch: ticks of one epoch; None when the run has no epochs.
    """

    top: SchedulerPlan
    ticks: int
    planned: int
    steps: int
    batches: int
    per_epoch: Fraction | None

    @property
    def epochs(self) -> int:
        """Epochs of the run, the last one counted whole; 0 when it has none."""
        return math.ceil(self.ticks / self.per_epoch) if self.per_epoch else 0

    @property
    def plan_epochs(self) -> int:
        """Epochs of the whole plan."""
        return math.ceil(self.planned / self.per_epoch) if self.per_epoch else 0

    @property
    def run(self) -> str:
        """``the run has 90 epochs and 450,360 steps``, in the unit that ticks."""
        if self.top.interval == "batch":
            return f"the run has {count(self.epochs, 'epoch')} and {count(self.batches, 'batch')}"
        return f"the run has {count(self.epochs, 'epoch')} and {count(self.steps, 'step')}"

    @property
    def cadence_text(self) -> str:
        """``once per epoch``, ``every 4th step``."""
        frequency, interval = self.top.frequency, self.top.interval
        if self.top.irregular:
            return "as its training loop calls it"
        return f"once per {interval}" if frequency == 1 else f"once in {count(frequency, interval)}"


def tick_counts(context: Context, top: SchedulerPlan) -> TickCounts:
    """The counts of this run for ``top``."""
    clock = context.clock
    return TickCounts(
        top=top,
        ticks=context.ticks(top),
        planned=ticks_of_plan(context, top),
        steps=clock.steps,
        batches=clock.batches,
        per_epoch=_per_epoch(clock, top),
    )


def _per_epoch(clock: Clock, top: SchedulerPlan) -> Fraction | None:
    uneven = top.interval == "step" and clock.settings.accumulate_ramp is not None
    if clock.batches_per_epoch is None or uneven:
        return None
    # With frequency 4 and 10 steps an epoch: 10 intervals, 1/4 call each, 5/2 ticks an epoch. A
    # fraction, so that no rounding adds up over the epochs.
    return clock.batching.ticks_per_epoch(top.interval) * clock.calls_per_tick(top.cadence)
