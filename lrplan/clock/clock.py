"""The training timeline: steps, batches and epochs of a run, in whole numbers.

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

import math
from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial

import numpy as np

from lrplan.arrays import IntArray
from lrplan.clock.batching import Batching
from lrplan.clock.cadence import Cadence, Interval
from lrplan.clock.derive import batching_of, error_key, horizon_of, run_of
from lrplan.clock.duration import ClockError, Unit, nearest, whole_ticks
from lrplan.clock.explanation import explain
from lrplan.clock.loops import LOOPS, PlainLoop
from lrplan.clock.ramped_batching import RampedBatching
from lrplan.clock.terms import Term, parse_terms
from lrplan.clock.ticks_between_steps import Position
from lrplan.clock.training_settings import TrainingSettings

_PART = 1 << 16
"""Steps counted together, so that no array besides the result is as long as the run."""


@dataclass(frozen=True, slots=True)
class Clock:
    """The timeline of one run; make it with ``Clock.derive``."""

    settings: TrainingSettings
    batching: Batching
    steps: int
    """Optimizer steps of the run."""
    batches: int
    """Batches of the run."""
    horizon: tuple[Term, ...] | None = None
    """The plan's full length, where it is not the run's."""
    names: tuple[tuple[str, tuple[Term, ...]], ...] = ()
    """Lengths that the spec gives names to, and what they stand for."""

    @classmethod
    def derive(cls, settings: TrainingSettings) -> Clock:
        """Compute the steps, batches and epochs of the run that ``settings`` describe.

        Raises:
            ClockError: numbers out of range or in contradiction, too little to know the run,
                a run without a step, or one of more than ``MAX_STEPS``.
        """
        settings = replace(settings, skipped_steps=tuple(sorted(settings.skipped_steps)))
        batching = batching_of(settings)
        steps, batches = run_of(settings, batching)
        clock = cls(settings, batching, steps, batches, horizon_of(settings))
        with error_key("horizon"):
            if clock.length("step") <= 0:
                raise ClockError("the plan has no length", fix="write more than 0")
        return clock

    @property
    def loop(self) -> PlainLoop:
        """The rules of the training loop: plain torch, Lightning, transformers or accelerate."""
        return LOOPS[self.settings.loop]

    @property
    def end(self) -> Position:
        """The end of the run."""
        return Position(self.steps, self.batches)

    @property
    def repeats(self) -> int:
        """Calls of a scheduler for one tick, one after the other, with the same metric."""
        return self.loop.repeats(self.settings)

    @property
    def of_steps(self) -> Clock:
        """The same run, for lengths in steps: accelerate's ``5st`` is 20 ticks on 4 devices."""
        return replace(self, settings=replace(self.settings, loop="torch"))

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
        """Optimizer steps of an epoch; None without epochs, or where they differ (``carry``)."""
        if self.batches_per_epoch is None:
            return None
        steps = self.batching.ticks_of_epoch("step")
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
        return _by_parts(lambda steps: self.ticks_at(interval, steps), self.steps + 1)

    def ticks_at(self, interval: Interval, steps: IntArray) -> IntArray:
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
        batches = self.batching.batches_at(counted) - 1
        batches[steps < 0] = 0
        batches[steps >= self.steps] = self.batches
        ticks: IntArray = batches // self._batches_per_tick(interval)
        return ticks

    def position(self, step: int) -> Position:
        """The moment right before ``optimizer.step()`` number ``step``; from ``steps`` on, the end.

        The other batches of its accumulation window have run and ticked.
        """
        if step >= self.steps:
            return self.end
        return Position(step, self.batching.batches_at(step) - 1)

    def position_after(self, steps: int) -> Position:
        """The moment after so many steps and the ticks that follow the last of them.

        The accumulation window of the next step has not begun. After the last step it is the end
        of the run; more steps than it has give a moment after that.
        """
        if steps == self.steps:
            return self.end
        return Position(steps, self.batching.batches_before(steps))

    def position_at(self, duration: str) -> Position:
        """The moment when ``duration`` is over.

        For whole epochs it is the end of an epoch, also inside a window that runs on over it
        (``carry``). Otherwise it comes after the nearest number of steps.

        Raises:
            ClockError: as ``resolve`` does.
        """
        steps = self.of_steps.resolve(duration, Cadence("step"))
        if self.batches_per_epoch is not None:
            terms = self.terms(duration)
            epochs = self.batching.measure_sum(terms, "epoch", self.length("epoch"))
            batches = int(epochs * self.batches_per_epoch)
            if epochs.denominator == 1 and batches <= self.batches:
                return Position(self.batching.steps_by(batches), batches)
        return self.position_after(steps)

    def ticks_made(self, interval: Interval, position: Position) -> int:
        """Ticks of ``interval`` made when the run has come to ``position``.

        Raises:
            ClockError: ``epoch`` in a run without epochs.
        """
        if interval == "step":
            return position.steps
        return position.batches // self._batches_per_tick(interval)

    def epoch_of_step(self) -> IntArray | None:
        """The epoch, from 0, in which each step runs: shape ``(steps,)``; None without epochs.

        Where batches change, an epoch is a number of samples, and the last batch of a step decides.
        """
        if isinstance(self.batching, RampedBatching) and self.batching.counts_epochs:
            return _by_parts(self.batching.epochs_at, self.steps)
        if self.batches_per_epoch is None:
            return None
        return _by_parts(lambda steps: self.ticks_at("epoch", steps), self.steps)

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
        step = after if interval == "step" else self.batching.steps_by(after)
        return step if step < self.steps else None

    def calls_after_ticks(self, cadence: Cadence, ticks: IntArray) -> IntArray:
        """Calls of a scheduler's ``step()`` after each of these numbers of its ticks."""
        return self.loop.calls_after_ticks(self.settings, self.batching, cadence, ticks)

    def calls_made(self, cadence: Cadence, position: Position) -> int:
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

    def metric_length(self, cadence: Cadence, until: Position | None = None) -> int:
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
        """Calls for each tick of ``cadence.interval`` in the long run, where no step is skipped.

        Raises:
            ClockError: ``epoch`` in a run without epochs.
        """
        return self.loop.calls_per_tick(self.settings, self.batching, cadence)

    def length(self, interval: Interval) -> Fraction:
        """The horizon, or without one the run, in ticks of ``interval`` (not rounded).

        Raises:
            ClockError: ``epoch`` in a run without epochs.
        """
        whole = self._run_length(interval)
        if self.horizon is None:
            return whole
        return self.batching.measure_sum(self.horizon, interval, whole)

    def planned_calls(self, cadence: Cadence) -> int:
        """Calls of a scheduler's ``step()`` in the horizon, or without one in the run.

        Those that skipped steps leave out count: no plan knows before the run which these are.

        Raises:
            ClockError: ``epoch`` in a run without epochs.
        """
        if self.horizon is None:
            unskipped = replace(self.settings, skipped_steps=())
            ticks = np.array([self.ticks_made(cadence.interval, self.end)])
            return int(self.loop.calls_after_ticks(unskipped, self.batching, cadence, ticks)[0])
        return math.floor(self.length(cadence.interval) * self.calls_per_tick(cadence))

    def terms(self, duration: str) -> tuple[Term, ...]:
        """The parts of a duration, with names replaced by what they stand for.

        Raises:
            ClockError: it is no duration, or a name is not known.
        """
        return parse_terms(duration, self._usual_unit, dict(self.names) or None)

    @property
    def _usual_unit(self) -> Unit:
        return "st" if self.epochs is None else "ep"

    def resolve(
        self,
        duration: float | str,
        cadence: Cadence,
        *,
        is_warm_up: bool = False,
        rest: int | None = None,
        since: int = 0,
    ) -> int:
        """Calls of a scheduler's ``step()`` in ``duration``, rounded to the nearest, halves up.

        With ``interval: step``, ``frequency: 2`` and 100 steps an epoch, ``3ep`` is 300 ticks, and
        150 calls.

        Args:
            duration: calls as a whole number (returned unchanged), or a text with a unit, or a sum
                or difference of such. ``%`` is a share of ``length(interval)``;
                ``Batching.measure`` explains the other units.
            cadence: what ticks the scheduler, and at every how many ticks it is called.
            is_warm_up: it is the length of a warm-up, whose ``%`` some loops round up.
            rest: the calls that ``rest`` is; None where the word cannot stand.
            since: the calls before the duration begins. It matters where batches change: 1000
                samples are more steps of 32 than of 64.

        Raises:
            ClockError: no duration, one whose unit cannot be converted in this run, or a
                difference of less than nothing.
        """
        if not isinstance(duration, str):
            return whole_ticks(duration, self._usual_unit)
        if cadence.frequency < 1:
            raise ClockError(f"frequency: {cadence.frequency} is less than 1")
        terms = self.terms(duration)
        if isinstance(self.batching, RampedBatching):
            calls = self._calls_in_stages(self.batching, terms, cadence, rest, since)
        else:
            each = (
                term.sign * self._calls(term, cadence, rest, is_warm_up=is_warm_up)
                for term in terms
            )
            calls = sum(each, Fraction(0))
        # Rounded once, at the end: `0.5ep` of 3 steps with `frequency: 4` is 1.5 ticks and 0.375
        # calls, so none. Rounded to 2 ticks first, it would be half a call, and so one.
        if calls < 0:
            message = f'"{duration}" is {nearest(calls)} ticks in this run, less than nothing'
            raise ClockError(message, fix="take away less, or train longer")
        return nearest(calls)

    def depends_on_begin(self, duration: str, interval: Interval) -> bool:
        """Return True if ``duration`` is more or fewer ticks where it begins later.

        Raises:
            ClockError: it is no duration.
        """
        if not isinstance(self.batching, RampedBatching):
            return False
        own = {"step": ("st",), "batch": ("ba",), "epoch": ("ep",)}[interval]
        units = {term.duration.unit for term in self.terms(duration) if term.duration is not None}
        return not units <= {*own, "%"}

    def explain(self) -> tuple[str, ...]:
        """The arithmetic that gives the number of steps, in words, a sentence each."""
        return explain(self.settings, self.batching, self.steps, self.length("step"))

    def _calls_at(self, cadence: Cadence, steps: IntArray) -> IntArray:
        return self.calls_after_ticks(cadence, self.ticks_at(cadence.interval, steps))

    def _calls(
        self, term: Term, cadence: Cadence, rest: int | None, *, is_warm_up: bool
    ) -> Fraction:
        """The calls of a scheduler in one duration, not rounded, whatever its sign."""
        duration = term.duration
        if duration is None and rest is not None:
            return Fraction(rest)
        whole = self.length(cadence.interval)
        if is_warm_up and duration is not None and duration.unit == "%":
            ticks = self.loop.share_of_warm_up(duration.amount, whole)
        else:
            ticks = self.batching.measure_sum((replace(term, sign=1),), cadence.interval, whole)
        return ticks * self.calls_per_tick(cadence)

    def _calls_in_stages(
        self,
        batching: RampedBatching,
        terms: Iterable[Term],
        cadence: Cadence,
        rest: int | None,
        since: int,
    ) -> Fraction:
        """The calls in several durations after ``since`` calls, each from where the last ends."""
        per_tick = self.calls_per_tick(cadence)
        begin = position = since / per_tick
        for term in terms:
            duration = term.duration
            if duration is None and rest is not None:
                position += term.sign * rest / per_tick
            elif duration is None or duration.unit == "%":
                whole = self.length(cadence.interval)
                position += batching.measure_sum((term,), cadence.interval, whole)
            else:
                amount = term.sign * duration.amount
                position = batching.moved(position, amount, duration.unit, cadence.interval)
        return (position - begin) * per_tick

    def _run_length(self, interval: Interval) -> Fraction:
        if interval == "step":
            return Fraction(self.steps)
        if interval == "batch":
            return Fraction(self.batches)
        # With batches left over ("carry"), steps alone would fall short of the last epoch's end.
        # 3 epochs of 5 batches in windows of 2 have 7 steps, 7 / 2.5 = 2.8 epochs; counted by
        # batches, the run has 3. One that `steps: 6` stops after 12 batches has 6 / 2.5 = 2.4.
        whole, cut = divmod(self.batches, self._batches_per_tick("epoch"))
        steps_per_epoch = self.batching.ticks_of_epoch("step")
        return Fraction(self.steps) / steps_per_epoch if cut else Fraction(whole)

    def _batches_per_tick(self, interval: Interval) -> int:
        return 1 if interval == "batch" else int(self.batching.ticks_of_epoch("batch"))


def _by_parts(counts: Callable[[IntArray], IntArray], size: int) -> IntArray:
    """``counts`` of the steps from 0 to before ``size``, computed part by part."""
    result = np.empty(size, dtype=np.int64)
    for begin in range(0, size, _PART):
        end = min(begin + _PART, size)
        result[begin:end] = counts(np.arange(begin, end, dtype=np.int64))
    return result
