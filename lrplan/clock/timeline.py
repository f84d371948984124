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
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import cycle, islice
from typing import TYPE_CHECKING

import numpy as np

from lrplan.clock.arithmetic import explain
from lrplan.clock.duration import ClockError, nearest, parse_duration, whole_ticks
from lrplan.clock.training import horizon_of, naming, pace_of, run_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from lrplan.clock.duration import Duration
    from lrplan.clock.pace import Interval, Pace, Rate
    from lrplan.clock.training import Settings

    IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Clock:
    """One run on its timeline; make it with ``Clock.derive``."""

    settings: Settings
    pace: Pace
    steps: int
    """Optimizer steps of the run."""
    batches: int
    """Batches of the run."""
    horizon: Duration | None = None
    """The plan's full length, where it is not the run's."""

    @classmethod
    def derive(cls, settings: Settings) -> Clock:
        """Work the run out.

        Raises:
            ClockError: numbers out of range or in contradiction, too little to know the run,
                a run without a step, or one of more than ``MAX_STEPS``.
        """
        pace = pace_of(settings)
        steps, batches = run_of(settings, pace)
        clock = cls(settings, pace, steps, batches, horizon_of(settings))
        with naming("horizon"):
            if clock.length("step") == 0:
                raise ClockError("the plan has no length", fix="write more than 0")
        return clock

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
        """``step`` when the run is given in steps, else ``epoch``."""
        return "step" if self.settings.epochs is None else "epoch"

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
        counted = np.arange(self.steps + 1, dtype=np.int64)
        if interval == "step":
            return counted
        counted[:-1] = self.pace.batches_at(counted[:-1]) - 1
        counted[-1] = self.batches
        return counted // self._batches_per_tick(interval)

    def epoch_of_step(self) -> IntArray | None:
        """The epoch, from 0, in which each step runs: shape ``(steps,)``; None without epochs."""
        return None if self.batches_per_epoch is None else self.ticks_before("epoch")[:-1]

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

    def calls_in_run(self, interval: Interval, frequency: int = 1) -> int:
        """How often a scheduler's ``step()`` is called in the whole run.

        Args:
            interval: what ticks it.
            frequency: it is called at every this many ticks of ``interval``.

        Raises:
            ClockError: ``epoch`` in a run without epochs.
        """
        return self.ticks(interval) // frequency

    def calls_before(self, interval: Interval, frequency: int = 1) -> IntArray:
        """How often a scheduler's ``step()`` was called before each optimizer step runs.

        Returns:
            Shape ``(steps + 1,)``, as ``ticks_before``: the last element is ``calls_in_run``.

        Raises:
            ClockError: ``epoch`` in a run without epochs.
        """
        return self.ticks_before(interval) // frequency

    def calls(self, rates: Sequence[Rate]) -> Iterator[tuple[int, ...]]:
        """Which schedulers are called between optimizer steps, in order.

        Args:
            rates: interval and frequency of each scheduler, in the order they tick.

        Yields:
            ``steps + 1`` tuples of indices into ``rates``: the calls before step 0, those between
            steps 0 and 1, ..., those after the last step. Equal tuples are often shared.
        """
        left = [frequency for _, frequency in rates]
        for gap in self.gaps():
            yield tuple(_due(gap, rates, left))

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

    def resolve(self, duration: float | str, interval: Interval, frequency: int = 1) -> int:
        """``duration`` in ticks of a scheduler, to the nearest, halves up.

        Args:
            duration: ticks as a whole number (returned as it is), or a text with a unit. ``%``
                is a share of ``length(interval)``; ``Pace.measure`` explains the other units.
            interval: what ticks the scheduler.
            frequency: the scheduler steps every this many ticks of ``interval``.

        Raises:
            ClockError: no duration, or one whose unit cannot be converted in this run.
        """
        if not isinstance(duration, str):
            return whole_ticks(duration)
        if frequency < 1:
            raise ClockError(f"frequency: {frequency} is less than 1")
        parsed = parse_duration(duration)
        if parsed.unit == "%":
            ticks = self.length(interval) * parsed.amount / 100
        else:
            ticks = self.pace.measure(parsed, interval)
        return nearest(ticks / frequency)

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

    def _gap(self, step: int) -> tuple[Interval, ...]:
        before: tuple[Interval, ...] = ("step",) if step else ()
        start = self.pace.batches_at(step - 1) - 1 if step else 0
        end = self.pace.batches_at(step) - 1 if step < self.steps else self.batches
        per_epoch = self.batches_per_epoch
        if per_epoch is None or start // per_epoch == end // per_epoch:
            return _ticks(before, end - start)
        return _ticks(before, end - start, per_epoch - start % per_epoch, per_epoch)


def _due(gap: tuple[Interval, ...], rates: Sequence[Rate], left: list[int]) -> Iterator[int]:
    for interval in gap:
        for index, (own, frequency) in enumerate(rates):
            if own == interval:
                left[index] -= 1
                if left[index] == 0:
                    left[index] = frequency
                    yield index


@lru_cache(maxsize=64)
def _ticks(
    before: tuple[Interval, ...], batches: int, epoch_end: int = 0, per_epoch: int = 1
) -> tuple[Interval, ...]:
    """The ticks ``before``, one for each batch, and one at every epoch's end.

    The ``epoch_end``-th of the batches ends an epoch, as does every ``per_epoch``-th after it;
    0: none does.
    """
    ticks = list(before)
    for batch in range(1, batches + 1):
        ticks.append("batch")
        if epoch_end and batch >= epoch_end and (batch - epoch_end) % per_epoch == 0:
            ticks.append("epoch")
    return tuple(ticks)
