"""A script with ``Accelerator.prepare`` and ``accumulate``, as of accelerate 1.15.

Source: ``accelerate/scheduler.py``, ``AcceleratedScheduler.step``; ``accelerate/accelerator.py``,
``_do_sync``; ``accelerate/data_loader.py``, ``BatchSamplerShard``.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lrplan.clock.loops.plain import PlainLoop, Refusal, among, skipped_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lrplan.clock.batching import Batching, LastWindow
    from lrplan.clock.cadence import Cadence, Interval
    from lrplan.clock.loops.plain import IntArray
    from lrplan.clock.training_settings import TrainingSettings


class AccelerateLoop(PlainLoop):
    """One ``step()`` of a prepared scheduler moves it once for every device.

    Nothing happens where the optimizer did not step at the batch before: between the batches of
    an accumulation window, so ``interval: batch`` is the usual ``scheduler.step()`` in the loop
    over batches; at the end of an epoch whose last window goes on (``last_window: carry``, which
    is ``sync_with_dataloader=False``); and after a skipped step. A scheduler with ``total_steps``
    is not moved beyond them. ``split_batches`` moves it once; without
    ``step_scheduler_with_optimizer`` it is called as in a plain loop.
    """

    whose: ClassVar[str] = "accelerate's loop"
    last_windows: ClassVar[tuple[LastWindow, ...]] = ("step", "carry")
    shards_batches: ClassVar[bool] = True

    def refusal(self, rate: Cadence, *, written: bool) -> Refusal | None:
        """Every n-th batch may be one without an optimizer step, so that is left to ``step``."""
        del written
        if rate.interval != "batch" or rate.frequency == 1:
            return None
        message = "accelerate ignores ticks between optimizer steps, so every n-th batch is unclear"
        return Refusal("frequency", message, "interval: step with `frequency`")

    def made(
        self, settings: TrainingSettings, pace: Batching, rate: Cadence, ticks: IntArray
    ) -> IntArray:
        """Calls after these numbers of ticks."""
        if not settings.step_scheduler_with_optimizer:
            return super().made(settings, pace, rate, ticks)
        acted = _reached(pace, rate, ticks) - among(_lost(settings, pace, rate), ticks)
        calls: IntArray = acted * self.repeats(settings)
        if rate.limit is None or settings.split_batches:
            return calls
        return np.minimum(calls, rate.limit)

    def metric_values_after(
        self, settings: TrainingSettings, pace: Batching, rate: Cadence, ticks: IntArray
    ) -> IntArray:
        """Values of a metric handed over: where the scheduler is not moved, its value is lost."""
        return super().made(settings, pace, rate, ticks)

    def calls_per_tick(self, settings: TrainingSettings, pace: Batching, rate: Cadence) -> Fraction:
        """Calls for each tick of ``rate.interval`` in the long run."""
        if not settings.step_scheduler_with_optimizer:
            return super().calls_per_tick(settings, pace, rate)
        if rate.interval == "batch" and pace.batches_per_epoch is None:
            return Fraction(self.repeats(settings), pace.accumulate)
        if rate.interval == "batch":
            ticks = pace.ticks_of_epoch("step") / pace.ticks_of_epoch("batch")
            return ticks * self.repeats(settings)
        return Fraction(self.repeats(settings), _every(pace, rate))

    def ticks_when_skipped(self, settings: TrainingSettings) -> bool:
        """Not where the scheduler follows the optimizer."""
        return not settings.step_scheduler_with_optimizer

    def follows_steps(self, settings: TrainingSettings, interval: Interval) -> bool:
        """Also when it is called with every batch."""
        return interval == "step" or (
            interval == "batch" and settings.step_scheduler_with_optimizer
        )

    def repeats(self, settings: TrainingSettings) -> int:
        """Once for every device, unless batches are split among them."""
        with_optimizer = settings.step_scheduler_with_optimizer
        return 1 if settings.split_batches or not with_optimizer else settings.world_size

    def explain(self, settings: TrainingSettings, steps: int) -> Iterator[str]:
        """How often accelerate moves a prepared scheduler."""
        if not settings.step_scheduler_with_optimizer:
            yield "accelerate calls the scheduler as it is (`step_scheduler_with_optimizer: false`)"
            yield from super().explain(settings, steps)
            return
        yield _moves(settings, self.repeats(settings))
        if settings.skipped_steps:
            yield f"{skipped_words(settings.skipped_steps)}, where the scheduler does not move"

    def _check_own(self, settings: TrainingSettings, key: str) -> None:
        """Both settings are accelerate's own."""


def _reached(pace: Batching, rate: Cadence, ticks: IntArray) -> IntArray:
    """Ticks that find the optimizer just stepped, or skipped."""
    if rate.interval == "batch":
        return pace.steps_by(ticks)
    reached: IntArray = ticks // _every(pace, rate)
    return reached


def _every(pace: Batching, rate: Cadence) -> int:
    batches = pace.batches_per_epoch
    if rate.interval != "epoch" or pace.last_window != "carry" or batches is None:
        return rate.frequency
    return math.lcm(rate.frequency, pace.accumulate // math.gcd(pace.accumulate, batches))


def _lost(settings: TrainingSettings, pace: Batching, rate: Cadence) -> list[int]:
    """The ticks, from 1, that would move a scheduler but for a skipped step right before."""
    if rate.interval == "step":
        ticks = [step + 1 for step in settings.skipped_steps]
    else:
        batches = [pace.batches_at(step) for step in settings.skipped_steps]
        per_tick = 1 if rate.interval == "batch" else int(pace.ticks_of_epoch("batch"))
        ticks = [batch // per_tick for batch in batches if batch % per_tick == 0]
    every = 1 if rate.interval == "batch" else _every(pace, rate)
    return [tick for tick in ticks if tick % every == 0]


def _moves(settings: TrainingSettings, repeats: int) -> str:
    if settings.split_batches:
        return "accelerate moves a prepared scheduler once a step (`split_batches`)"
    if repeats == 1:
        return "accelerate moves a prepared scheduler once a step: there is one device"
    return f"accelerate moves a prepared scheduler {repeats} times a step, once for every device"
