"""A script with ``Accelerator.prepare`` and ``accumulate``, as of accelerate 1.15.

Source: ``accelerate/scheduler.py``, ``AcceleratedScheduler.step``; ``accelerate/accelerator.py``,
``_do_sync``; ``accelerate/data_loader.py``, ``BatchSamplerShard``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import ClassVar

import numpy as np

from lrplan.arrays import IntArray
from lrplan.clock.batching import Batching, LastWindow
from lrplan.clock.cadence import Cadence, Interval
from lrplan.clock.loops.plain import PlainLoop, UnsupportedCadence, count_marked, skipped_words
from lrplan.clock.training_settings import TrainingSettings


class AccelerateLoop(PlainLoop):
    """The loop of accelerate: a ``step()`` of a prepared scheduler moves it once for every device.

    Nothing happens if the optimizer did not step at the batch before: between the batches of an
    accumulation window, so ``interval: batch`` is the usual ``scheduler.step()`` in the loop over
    batches; at the end of an epoch whose last window goes on (``last_window: carry``, which is
    ``sync_with_dataloader=False``); and after a skipped step. A scheduler with ``total_steps`` is
    not moved beyond them. ``split_batches`` moves it once; without
    ``step_scheduler_with_optimizer`` it is called as in a plain loop.
    """

    display_name: ClassVar[str] = "accelerate's loop"
    last_windows: ClassVar[tuple[LastWindow, ...]] = ("step", "carry")
    shards_batches: ClassVar[bool] = True

    def refusal(
        self, cadence: Cadence, *, written: bool, windows_change: bool = False
    ) -> UnsupportedCadence | None:
        """Refuse every n-th batch: it may be one without an optimizer step."""
        del written, windows_change
        if cadence.interval != "batch" or cadence.frequency == 1:
            return None
        message = "accelerate ignores ticks between optimizer steps, so every n-th batch is unclear"
        return UnsupportedCadence("frequency", message, "interval: step with `frequency`")

    def calls_after_ticks(
        self, settings: TrainingSettings, batching: Batching, cadence: Cadence, ticks: IntArray
    ) -> IntArray:
        """Calls of ``step()`` that move the scheduler, after each of these numbers of ticks."""
        if not settings.step_scheduler_with_optimizer:
            return super().calls_after_ticks(settings, batching, cadence, ticks)
        lost = count_marked(_lost_ticks(settings, batching, cadence), ticks)
        effective = _ticks_after_step(batching, cadence, ticks) - lost
        calls: IntArray = effective * self.repeats(settings)
        # accelerate checks `total_steps` only if it calls once for each device; with
        # `split_batches` it calls step() without this check.
        if cadence.limit is None or settings.split_batches:
            return calls
        return np.minimum(calls, cadence.limit)

    def metric_values_after(
        self, settings: TrainingSettings, batching: Batching, cadence: Cadence, ticks: IntArray
    ) -> IntArray:
        """Values of a metric that were passed on; those of calls that do not tick are lost."""
        return super().calls_after_ticks(settings, batching, cadence, ticks)

    def calls_per_tick(
        self, settings: TrainingSettings, batching: Batching, cadence: Cadence
    ) -> Fraction:
        """Calls for each tick of ``cadence.interval`` in the long run."""
        if not settings.step_scheduler_with_optimizer:
            return super().calls_per_tick(settings, batching, cadence)
        if cadence.interval == "batch" and batching.batches_per_epoch is None:
            return Fraction(self.repeats(settings), batching.accumulate)
        if cadence.interval == "batch":
            ticks = batching.ticks_per_epoch("step") / batching.ticks_per_epoch("batch")
            return ticks * self.repeats(settings)
        return Fraction(self.repeats(settings), _ticks_per_call(batching, cadence))

    def ticks_when_skipped(self, settings: TrainingSettings) -> bool:
        """Return False if the scheduler follows the optimizer."""
        return not settings.step_scheduler_with_optimizer

    def follows_steps(self, settings: TrainingSettings, interval: Interval) -> bool:
        """Return True also for a scheduler that is called with every batch."""
        return interval == "step" or (
            interval == "batch" and settings.step_scheduler_with_optimizer
        )

    def repeats(self, settings: TrainingSettings) -> int:
        """Calls for one tick: one for every device, unless batches are split among them."""
        with_optimizer = settings.step_scheduler_with_optimizer
        return 1 if settings.split_batches or not with_optimizer else settings.world_size

    def explain(self, settings: TrainingSettings, steps: int) -> Iterator[str]:
        """Sentences on how often accelerate moves a prepared scheduler."""
        if not settings.step_scheduler_with_optimizer:
            yield "`step_scheduler_with_optimizer: false`: schedulers tick as in a plain loop"
            yield from super().explain(settings, steps)
            return
        yield _moves(settings, self.repeats(settings))
        if settings.skipped_steps:
            yield f"{skipped_words(settings.skipped_steps)}, where the scheduler does not move"

    def _check_accelerate_setting(self, settings: TrainingSettings, key: str) -> None:
        """Accept the settings of accelerate."""


def _ticks_after_step(batching: Batching, cadence: Cadence, ticks: IntArray) -> IntArray:
    """Count the ticks, among so many, that come right after an optimizer step or a skipped one."""
    if cadence.interval == "batch":
        return batching.steps_after_batches(ticks)
    after_step: IntArray = ticks // _ticks_per_call(batching, cadence)
    return after_step


def _ticks_per_call(batching: Batching, cadence: Cadence) -> int:
    """Ticks of ``step`` or ``epoch`` from one call that moves the scheduler to the next."""
    batches = batching.batches_per_epoch
    if cadence.interval != "epoch" or batching.last_window != "carry" or batches is None:
        return cadence.frequency
    # Windows run on over the ends of epochs: with 5 batches an epoch and 2 accumulated, a window is
    # full at the end of every second epoch only, so of `frequency: 3` every sixth epoch is left.
    epochs = batching.accumulate // math.gcd(batching.accumulate, batches)
    return math.lcm(cadence.frequency, epochs)


def _lost_ticks(settings: TrainingSettings, batching: Batching, cadence: Cadence) -> list[int]:
    """The ticks, from 1, that would move a scheduler but for a skipped step right before."""
    if cadence.interval == "step":
        ticks = [step + 1 for step in settings.skipped_steps]
    else:
        # 4 batches an epoch in windows of 2: step 1 ends at batch 4, as epoch 1 does, so when it is
        # skipped, tick 1 of `epoch` is lost. Step 0 ends at batch 2, inside an epoch.
        batches = [batching.batches_after(step) for step in settings.skipped_steps]
        per_tick = 1 if cadence.interval == "batch" else int(batching.ticks_per_epoch("batch"))
        ticks = [batch // per_tick for batch in batches if batch % per_tick == 0]
    every = 1 if cadence.interval == "batch" else _ticks_per_call(batching, cadence)
    return [tick for tick in ticks if tick % every == 0]


def _moves(settings: TrainingSettings, repeats: int) -> str:
    if settings.split_batches:
        return "accelerate moves a prepared scheduler once a step (`split_batches`)"
    if repeats == 1:
        return "accelerate moves a prepared scheduler once a step: there is one device"
    return f"accelerate moves a prepared scheduler {repeats} times a step, once for every device"
