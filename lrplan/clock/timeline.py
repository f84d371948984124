"""The timeline of a run: its optimizer steps, its ticks, and the calls of schedulers.

The loop that is counted, with ``batch`` ticks after every batch, accumulated or not::

    for epoch in epochs:
        for batch in batches:
            backward()
            if the window is full (or, with ``last_window: step``, the epoch's batches are over):
                optimizer.step()        # optimizer step number s
                tick "step"
            tick "batch"
            if s + 1 == steps: stop     # the run is capped, or given in steps
        tick "epoch"                    # also when the run stops at the epoch's very last batch

A run that stops at its number of steps ends with the batch of the last one: batches that
``last_window: drop`` would leave over in that epoch do not happen, nor does the epoch's end.

``loops`` has what the loops of packages do with these ticks.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import partial

import numpy as np

from lrplan.arrays import IntArray
from lrplan.clock.batching import Batching
from lrplan.clock.cadence import Cadence, Interval
from lrplan.clock.duration import Duration
from lrplan.clock.loops import LOOPS, PlainLoop
from lrplan.clock.ramped_batching import RampedBatching
from lrplan.clock.ticks_between_steps import Moment
from lrplan.clock.training_settings import TrainingSettings

_PART = 1 << 16
"""Steps counted together, so that no array besides the result is as long as the run."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """The order of steps and ticks in a run of a known number of steps; see ``Clock``."""

    settings: TrainingSettings
    batching: Batching
    steps: int
    """Optimizer steps of the run."""
    batches: int
    """Batches of the run."""

    @property
    def loop(self) -> PlainLoop:
        """The rules of the training loop: plain torch, Lightning, transformers or accelerate."""
        return LOOPS[self.settings.loop]

    @property
    def end(self) -> Moment:
        """The end of the run."""
        return Moment(self.steps, self.batches)

    @property
    def repeats(self) -> int:
        """Calls of a scheduler for one tick, one after the other, with the same metric."""
        return self.loop.repeats(self.settings)

    def follows_steps(self, interval: Interval) -> bool:
        """Return True if only optimizer steps call a scheduler of ``interval``."""
        return self.loop.follows_steps(self.settings, interval)

    @property
    def epochs(self) -> int | None:
        """Whole epochs finished; None when the run has no epochs."""
        per_epoch = self.batches_per_epoch
        return None if per_epoch is None else self.batches // per_epoch

    @property
    def batches_per_epoch(self) -> int | None:
        """Batches of an epoch on one device; None when the run has no epochs."""
        return self.batching.batches_per_epoch

    @property
    def steps_per_epoch(self) -> int | None:
        """Optimizer steps of an epoch; None without epochs, or if they differ (``carry``)."""
        if self.batches_per_epoch is None or isinstance(self.batching, RampedBatching):
            return None
        steps = self.batching.ticks_per_epoch("step")
        return int(steps) if steps.denominator == 1 else None

    @property
    def samples_per_step(self) -> int | None:
        """Samples of a full window on all devices; None when they are unknown, or change."""
        if isinstance(self.batching, RampedBatching):
            return None
        batch = self.batching.samples_per_batch
        return None if batch is None else batch * self.batching.accumulate

    @property
    def default_interval(self) -> Interval:
        """The interval of a scheduler that names none; each loop has its own."""
        return self.loop.default_interval(self.settings)

    def ticks(self, interval: Interval) -> int:
        """Ticks that a scheduler of ``interval`` gets in the whole run.

        Raises:
            ClockError: ``epoch`` in a run without epochs.
        """
        if interval == "step":
            return self.steps
        return self.batches // self._batches_per_tick(interval)

    def ticks_before(self, interval: Interval) -> IntArray:
        """Ticks of ``interval`` made before each optimizer step runs.

        Returns:
            Shape ``(steps + 1,)``: element ``s`` for step ``s``, from 0 at a step that comes
            first; the last element is the whole run's number of ticks.

        Raises:
            ClockError: ``epoch`` in a run without epochs.
        """
        return _by_parts(lambda steps: self.ticks_before_steps(interval, steps), self.steps + 1)

    def ticks_before_steps(self, interval: Interval, steps: IntArray) -> IntArray:
        """Ticks of ``interval`` made before each of ``steps``; the last one's number ends the run.

        Raises:
            ClockError: ``epoch`` in a run without epochs.
        """
        counted = np.maximum(steps, 0)
        if interval == "step":
            return counted
        # A step runs inside its window's last batch, whose own tick comes after it: that is what
        # the 1 takes away. With 4 batches a step, 3 batches have ticked before step 0, 7 before
        # step 1. After the last step the run goes on to the end of its batches.
        batches = self.batching.batches_after(counted) - 1
        batches[steps < 0] = 0
        batches[steps >= self.steps] = self.batches
        ticks: IntArray = batches // self._batches_per_tick(interval)
        return ticks

    def position(self, step: int) -> Moment:
        """The moment right before ``optimizer.step()`` number ``step``; from ``steps`` on, the end.

        The other batches of its accumulation window have run and ticked.
        """
        if step >= self.steps:
            return self.end
        return Moment(step, self.batching.batches_after(step) - 1)

    def position_after(self, steps: int) -> Moment:
        """The moment after so many steps and the ticks that follow the last of them.

        The accumulation window of the next step has not begun. After the last step it is the end
        of the run; more steps than it has give a moment after that.
        """
        if steps == self.steps:
            return self.end
        return Moment(steps, self.batching.batches_before(steps))

    def ticks_made(self, interval: Interval, position: Moment) -> int:
        """Ticks of ``interval`` made when the run has come to ``position``.

        Raises:
            ClockError: ``epoch`` in a run without epochs.
        """
        if interval == "step":
            return position.steps
        return position.batches // self._batches_per_tick(interval)

    def epoch_of_step(self) -> IntArray | None:
        """The epoch, from 0, in which each step runs: shape ``(steps,)``; None without epochs.

        If batches change, an epoch is a number of samples, and the last batch of a step decides.
        """
        if isinstance(self.batching, RampedBatching) and self.batching.counts_epochs:
            return _by_parts(self.batching.epochs_at, self.steps)
        if self.batches_per_epoch is None:
            return None
        return _by_parts(lambda steps: self.ticks_before_steps("epoch", steps), self.steps)

    def step_of_tick(self, tick: int, interval: Interval) -> int | None:
        """The first optimizer step that runs after ``tick`` ticks of ``interval`` were made.

        Tick 0 gives step 0; a tick after the last step gives None.

        Raises:
            ClockError: ``epoch`` in a run without epochs.
        """
        # 10 batches an epoch in windows of 4, 4 and 2: epoch 1 is over after 10 batches, when steps
        # 0, 1 and 2 have run, so step 3 is the first one after it. Of a tick inside a window, the
        # step that ends this window is the first: 1 after 5 batches.
        per_tick = 1 if interval == "step" else self._batches_per_tick(interval)
        after = max(tick, 0) * per_tick
        step = after if interval == "step" else self.batching.steps_after_batches(after)
        return step if step < self.steps else None

    def calls_after_ticks(self, cadence: Cadence, ticks: IntArray) -> IntArray:
        """Calls of a scheduler's ``step()`` after each of these numbers of its ticks."""
        return self.loop.calls_after_ticks(self.settings, self.batching, cadence, ticks)

    def calls_made(self, cadence: Cadence, position: Moment) -> int:
        """Calls of a scheduler's ``step()`` when the run has come to ``position``.

        Raises:
            ClockError: ``epoch`` in a run without epochs.
        """
        ticks = self.ticks_made(cadence.interval, position)
        return int(self.calls_after_ticks(cadence, np.array([ticks]))[0])

    def calls_in_run(self, cadence: Cadence) -> int:
        """Calls of a scheduler's ``step()`` in the whole run.

        Raises:
            ClockError: ``epoch`` in a run without epochs.
        """
        return self.calls_made(cadence, self.end)

    def calls_before(self, cadence: Cadence) -> IntArray:
        """Calls of a scheduler's ``step()`` before each optimizer step runs.

        Returns:
            Shape ``(steps + 1,)``, as ``ticks_before``: the last element is ``calls_in_run``.

        Raises:
            ClockError: ``epoch`` in a run without epochs.
        """
        return _by_parts(lambda steps: self._calls_at(cadence, steps), self.steps + 1)

    def calls_before_step(self, cadence: Cadence, step: int) -> int:
        """Calls of a scheduler's ``step()`` before one optimizer step runs; see ``calls_before``.

        Raises:
            ClockError: ``epoch`` in a run without epochs.
        """
        return int(self._calls_at(cadence, np.array([step]))[0])

    def metric_values_after(self, cadence: Cadence, ticks: IntArray) -> IntArray:
        """Values of a metric that a scheduler has received after each of these numbers of ticks."""
        return self.loop.metric_values_after(self.settings, self.batching, cadence, ticks)

    def metric_length(self, cadence: Cadence, until: Moment | None = None) -> int:
        """Values of a metric that a scheduler receives up to ``until``, or in the whole run.

        Raises:
            ClockError: ``epoch`` in a run without epochs.
        """
        ticks = self.ticks_made(cadence.interval, until or self.end)
        return int(self.metric_values_after(cadence, np.array([ticks]))[0])

    def step_of_call(self, call: int, cadence: Cadence) -> int | None:
        """The first optimizer step that runs after a scheduler was called ``call`` times.

        Call 0 gives step 0; a call after the last step gives None.

        Raises:
            ClockError: ``epoch`` in a run without epochs.
        """
        if self.settings.loop == "torch":
            return self.step_of_tick(call * cadence.frequency, cadence.interval)

        # Loops of packages leave calls out or repeat them, so there is no formula to invert. Calls
        # before a step never become fewer from one step to the next: bisection finds the first one
        # that has enough, and asks for some 25 steps of 20 million.
        before = partial(self.calls_before_step, cadence)
        step = bisect_left(range(self.steps), call, key=before)
        return step if step < self.steps else None

    def calls_per_tick(self, cadence: Cadence) -> Fraction:
        """Calls for each tick of ``cadence.interval`` in the long run, if no step is skipped.

        Raises:
            ClockError: ``epoch`` in a run without epochs.
        """
        return self.loop.calls_per_tick(self.settings, self.batching, cadence)

    def _calls_at(self, cadence: Cadence, steps: IntArray) -> IntArray:
        return self.calls_after_ticks(cadence, self.ticks_before_steps(cadence.interval, steps))

    def _run_length(self, interval: Interval) -> Fraction:
        if interval == "step":
            return Fraction(self.steps)
        if interval == "batch":
            return Fraction(self.batches)
        # With batches left over ("carry"), steps alone would fall short of the last epoch's end.
        # 3 epochs of 5 batches in windows of 2 have 7 steps, 7 / 2.5 = 2.8 epochs; counted by
        # batches, the run has 3. One that `steps: 6` stops after 12 batches has 6 / 2.5 = 2.4.
        whole, cut = divmod(self.batches, self._batches_per_tick("epoch"))
        if not cut:
            return Fraction(whole)
        return self.batching.to_ticks(Duration(Fraction(self.steps), "st"), "epoch")

    def _batches_per_tick(self, interval: Interval) -> int:
        return 1 if interval == "batch" else int(self.batching.ticks_per_epoch("batch"))


def _by_parts(counts: Callable[[IntArray], IntArray], size: int) -> IntArray:
    """``counts`` of the steps from 0 to before ``size``, computed part by part."""
    result = np.empty(size, dtype=np.int64)
    for begin in range(0, size, _PART):
        end = min(begin + _PART, size)
        result[begin:end] = counts(np.arange(begin, end, dtype=np.int64))
    return result
