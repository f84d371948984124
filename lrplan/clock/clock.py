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

from bisect import bisect_left
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import cycle, islice
from typing import TYPE_CHECKING

import numpy as np

from lrplan.clock.cadence import Cadence
from lrplan.clock.call_order import call_order, metric_indices
from lrplan.clock.derive import batching_of, error_key, horizon_of, run_of
from lrplan.clock.duration import ClockError, nearest, parse_duration, whole_ticks
from lrplan.clock.explanation import explain
from lrplan.clock.loops import LOOPS
from lrplan.clock.ticks_between_steps import START, Position, ticks_between

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from lrplan.clock.batching import Batching
    from lrplan.clock.cadence import Interval, Kind
    from lrplan.clock.duration import Duration
    from lrplan.clock.loops import PlainLoop
    from lrplan.clock.training_settings import TrainingSettings

    IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Clock:
    """One run on its timeline; make it with ``Clock.derive``."""

    settings: TrainingSettings
    pace: Batching
    steps: int
    """Optimizer steps of the run."""
    batches: int
    """Batches of the run."""
    horizon: Duration | None = None
    """The plan's full length, where it is not the run's."""

    @classmethod
    def derive(cls, settings: TrainingSettings) -> Clock:
        """Work the run out.

        Raises:
            ClockError: numbers out of range or in contradiction, too little to know the run,
                a run without a step, or one of more than ``MAX_STEPS``.
        """
        settings = replace(settings, skipped_steps=tuple(sorted(settings.skipped_steps)))
        pace = batching_of(settings)
        steps, batches = run_of(settings, pace)
        clock = cls(settings, pace, steps, batches, horizon_of(settings))
        with error_key("horizon"):
            if clock.length("step") == 0:
                raise ClockError("the plan has no length", fix="write more than 0")
        return clock

    @property
    def loop(self) -> PlainLoop:
        """Whose training loop it is."""
        return LOOPS[self.settings.loop]

    @property
    def repeats(self) -> int:
        """Calls that a scheduler gets one after the other for one tick, with the same metric."""
        return self.loop.repeats(self.settings)

    def follows_steps(self, interval: Interval) -> bool:
        """Whether a scheduler of ``interval`` is called with optimizer steps and nothing else."""
        return self.loop.follows_steps(self.settings, interval)

    @property
    def epochs(self) -> int | None:
        """Whole epochs finished; None when the run has no epochs."""
        per_epoch = self.batches_per_epoch
        return None if per_epoch is None else self.batches // per_epoch

    @property
    def batches_per_epoch(self) -> int | None:
        """Batches of an epoch on one device; None when the run has no epochs."""
        return self.pace.batches_per_epoch

    @property
    def steps_per_epoch(self) -> int | None:
        """Optimizer steps of an epoch; None without epochs, or where they differ (``carry``)."""
        if self.batches_per_epoch is None:
            return None
        steps = self.pace.ticks_of_epoch("step")
        return int(steps) if steps.denominator == 1 else None

    @property
    def samples_per_step(self) -> int | None:
        """Samples of a full window on all devices; None when ``batch_size`` is unknown."""
        batch = self.pace.samples_per_batch
        return None if batch is None else batch * self.pace.accumulate

    @property
    def default_interval(self) -> Interval:
        """What ticks a scheduler that does not say; each loop has its own."""
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
        return self.ticks_at(interval, np.arange(self.steps + 1, dtype=np.int64))

    def ticks_at(self, interval: Interval, steps: IntArray) -> IntArray:
        """Ticks of ``interval`` made before each of ``steps``; the last one's number ends the run.

        Raises:
            ClockError: ``epoch`` in a run without epochs.
        """
        counted = np.maximum(steps, 0)
        if interval == "step":
            return counted
        batches = self.pace.batches_at(counted) - 1
        batches[steps < 0] = 0
        batches[steps >= self.steps] = self.batches
        made: IntArray = batches // self._batches_per_tick(interval)
        return made

    def position(self, step: int) -> Position:
        """How far the run has come when step ``step`` is next; from ``steps`` on: its end."""
        if step >= self.steps:
            return Position(self.steps, self.batches)
        return Position(step, self.pace.batches_at(step) - 1)

    def ticks_made(self, interval: Interval, position: Position) -> int:
        """Ticks of ``interval`` made when the run has come to ``position``.

        Raises:
            ClockError: ``epoch`` in a run without epochs.
        """
        if interval == "step":
            return position.steps
        return position.batches // self._batches_per_tick(interval)

    def epoch_of_step(self) -> IntArray | None:
        """The epoch, from 0, in which each step runs: shape ``(steps,)``; None without epochs."""
        if self.batches_per_epoch is None:
            return None
        return self.ticks_at("epoch", np.arange(self.steps, dtype=np.int64))

    def step_of_tick(self, tick: int, interval: Interval) -> int | None:
        """The first optimizer step that runs after ``tick`` ticks of ``interval`` were made.

        Tick 0 gives step 0; a tick after which no step of this run comes gives None.

        Raises:
            ClockError: ``epoch`` in a run without epochs.
        """
        per_tick = 1 if interval == "step" else self._batches_per_tick(interval)
        after = max(tick, 0) * per_tick
        step = after if interval == "step" else self.pace.steps_by(after)
        return step if step < self.steps else None

    def gaps(self) -> Iterator[tuple[Interval, ...]]:
        """The ticks between optimizer steps, in order.

        Yields:
            ``steps + 1`` tuples: the ticks before step 0, those between steps 0 and 1, ..., those
            after the last step. Equal tuples are shared.
        """
        yield self._gap(0)
        pattern = cycle(map(self._gap, range(1, self.pace.period + 1)))
        yield from islice(pattern, self.steps - 1)
        yield self._gap(self.steps)

    def made(self, rate: Cadence, ticks: IntArray) -> IntArray:
        """Calls of a scheduler's ``step()`` after each of these numbers of its ticks."""
        return self.loop.made(self.settings, self.pace, rate, ticks)

    def calls_in_run(
        self,
        interval: Interval,
        frequency: int = 1,
        kind: Kind = "plain",
        limit: int | None = None,
    ) -> int:
        """How often a scheduler's ``step()`` is called in the whole run.

        The arguments are the fields of a ``Rate``.

        Raises:
            ClockError: ``epoch`` in a run without epochs.
        """
        rate = Cadence(interval, frequency, kind, limit)
        return int(self.made(rate, np.array([self.ticks(interval)]))[0])

    def calls_before(
        self,
        interval: Interval,
        frequency: int = 1,
        kind: Kind = "plain",
        limit: int | None = None,
    ) -> IntArray:
        """How often a scheduler's ``step()`` was called before each optimizer step runs.

        The arguments are the fields of a ``Rate``.

        Returns:
            Shape ``(steps + 1,)``, as ``ticks_before``: the last element is ``calls_in_run``.

        Raises:
            ClockError: ``epoch`` in a run without epochs.
        """
        return self.made(Cadence(interval, frequency, kind, limit), self.ticks_before(interval))

    def calls(
        self, rates: Sequence[Cadence | tuple[Interval, int]], since: Position = START
    ) -> Iterator[tuple[int, ...]]:
        """Which schedulers are called between optimizer steps, in order.

        Args:
            rates: what ticks each scheduler, in the order they are given.
            since: how far the run has come already.

        Yields:
            Tuples of indices into ``rates``: the calls that are left before step ``since.steps``,
            those between it and the next, ..., those after the last step. Equal tuples are often
            shared.

        Raises:
            ClockError: ``epoch`` in a run without epochs.
        """
        return call_order(self, [Cadence(*rate) for rate in rates], since)

    def metric_values_after(self, rate: Cadence, ticks: IntArray) -> IntArray:
        """Values of a metric that a scheduler was handed after each of these numbers of ticks."""
        return self.loop.metric_values_after(self.settings, self.pace, rate, ticks)

    def metric_length(self, rate: Cadence, until: Position | None = None) -> int:
        """Values of a metric that a scheduler is handed up to ``until``, or in the whole run.

        Raises:
            ClockError: ``epoch`` in a run without epochs.
        """
        ticks = self.ticks_made(rate.interval, until or self.position(self.steps))
        return int(self.metric_values_after(rate, np.array([ticks]))[0])

    def metric_indices(self, rate: Cadence, since: Position = START) -> Iterator[int]:
        """For each call of a scheduler after ``since``, which value of its metric it is given.

        Values count from 0, the first one after ``since``. A loop that calls a scheduler several
        times for one tick gives the same one each time.

        Raises:
            ClockError: ``epoch`` in a run without epochs.
        """
        return metric_indices(self, rate, since)

    def step_of_call(
        self,
        call: int,
        interval: Interval,
        frequency: int = 1,
        kind: Kind = "plain",
        limit: int | None = None,
    ) -> int | None:
        """The first optimizer step that runs after a scheduler was called ``call`` times.

        The other arguments are the fields of a ``Rate``. Call 0 gives step 0; one after which no
        step of this run comes gives None.

        Raises:
            ClockError: ``epoch`` in a run without epochs.
        """
        if self.settings.loop == "torch":
            return self.step_of_tick(call * frequency, interval)
        rate = Cadence(interval, frequency, kind, limit)

        def before(step: int) -> int:
            return int(self.made(rate, self.ticks_at(interval, np.array([step])))[0])

        step = bisect_left(range(self.steps), call, key=before)
        return step if step < self.steps else None

    def calls_per_tick(self, interval: Interval, frequency: int = 1) -> Fraction:
        """Calls for each tick of ``interval`` in the long run, where no step is skipped.

        Raises:
            ClockError: ``epoch`` in a run without epochs.
        """
        return self.loop.calls_per_tick(self.settings, self.pace, Cadence(interval, frequency))

    def length(self, interval: Interval) -> Fraction:
        """The horizon, or without one the run, in ticks of ``interval`` (not rounded).

        Raises:
            ClockError: ``epoch`` in a run without epochs.
        """
        if self.horizon is None:
            return self._run_length(interval)
        if self.horizon.unit == "%":
            return self._run_length(interval) * self.horizon.amount / 100
        return self.pace.measure(self.horizon, interval)

    def resolve(
        self,
        duration: float | str,
        interval: Interval,
        frequency: int = 1,
        *,
        warm_up: bool = False,
    ) -> int:
        """``duration`` in calls of a scheduler's ``step()``, to the nearest, halves up.

        Args:
            duration: ticks as a whole number (returned as it is), or a text with a unit. ``%``
                is a share of ``length(interval)``; ``Pace.measure`` explains the other units.
            interval: what ticks the scheduler.
            frequency: the scheduler steps every this many ticks of ``interval``.
            warm_up: it is the length of a warm-up, whose ``%`` some loops round up.

        Raises:
            ClockError: no duration, or one whose unit cannot be converted in this run.
        """
        if not isinstance(duration, str):
            return whole_ticks(duration)
        if frequency < 1:
            raise ClockError(f"frequency: {frequency} is less than 1")
        parsed = parse_duration(duration)
        if parsed.unit == "%":
            ticks = self._share(parsed.amount, self.length(interval), warm_up=warm_up)
        else:
            ticks = self.pace.measure(parsed, interval)
        return nearest(ticks * self.calls_per_tick(interval, frequency))

    def explain(self) -> tuple[str, ...]:
        """How the number of steps came about: the arithmetic in words, a sentence each."""
        return explain(self.settings, self.pace, self.steps, self.length("step"))

    def _run_length(self, interval: Interval) -> Fraction:
        if interval == "step":
            return Fraction(self.steps)
        if interval == "batch":
            return Fraction(self.batches)
        # With batches left over ("carry"), steps alone would fall short of the last epoch's end.
        whole, cut = divmod(self.batches, self._batches_per_tick("epoch"))
        return Fraction(self.steps) / self.pace.ticks_of_epoch("step") if cut else Fraction(whole)

    def _batches_per_tick(self, interval: Interval) -> int:
        return 1 if interval == "batch" else int(self.pace.ticks_of_epoch("batch"))

    def _share(self, percent: Fraction, ticks: Fraction, *, warm_up: bool) -> Fraction:
        if warm_up:
            return self.loop.share_of_warm_up(percent, ticks)
        return ticks * percent / 100

    def _gap(self, step: int) -> tuple[Interval, ...]:
        since = self.position(step - 1) if step else START
        return ticks_between(self.pace, since, self.position(step))
