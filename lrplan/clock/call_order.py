"""The order in which schedulers are called between optimizer steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, repeat

import numpy as np

from lrplan.arrays import IntArray
from lrplan.clock.cadence import Cadence
from lrplan.clock.clock import Clock
from lrplan.clock.ticks_between_steps import START, Moment, ticks_between

_CHUNK = 1 << 15
"""Gaps looked at together: enough to spread the cost of numpy, and a few megabytes at most."""


def call_order(
    clock: Clock,
    cadences: Sequence[Cadence],
    since: Moment = START,
    until: Moment | None = None,
) -> Iterator[tuple[int, ...]]:
    """The schedulers that are called between optimizer steps, in order.

    A gap is the time between one optimizer step and the next. With ``interval: step`` and
    ``interval: epoch`` at 2 steps an epoch, the calls are ``()``, ``(0,)``, ``(0, 1)``, ``(0,)``,
    ``(0, 1)``.

    Args:
        clock: the run.
        cadences: what ticks each scheduler, in the order of the spec.
        since: the moment from which calls are returned.
        until: the moment up to which calls are returned; None for the end of the run.

    Yields:
        Tuples of indices into ``cadences``: the calls that are left before step ``since.steps``,
        those between it and the next, ..., those after the last step up to ``until``. Equal tuples
        are often shared.

    Raises:
        ClockError: ``epoch`` in a run without epochs.
    """
    until = until or clock.end
    if not cadences:
        yield from repeat((), until.steps + 1 - since.steps)
        return
    by_rank = sorted(range(len(cadences)), key=lambda index: clock.loop.rank(cadences[index]))
    orders = _OrderCache(by_rank)
    walk = _TickWalk(clock, cadences) if _needs_walk(clock, cadences) else None

    def in_part(start: Moment, end: Moment) -> tuple[int, ...]:
        if walk is not None:
            return tuple(walk.order(start, end))
        return orders[tuple(_calls_between(clock, each, start, end) for each in cadences)]

    # The first and the last gap may be parts of gaps, so each is counted from moment to moment.
    if since.steps == until.steps:
        yield in_part(since, until)
        return
    yield in_part(since, clock.position(since.steps))
    for first in range(since.steps + 1, until.steps, _CHUNK):
        last = min(first + _CHUNK, until.steps)
        if walk is None:
            counts = (_calls_in_gaps(clock, each, first, last).tolist() for each in cadences)
            yield from map(orders.__getitem__, zip(*counts, strict=True))
        else:
            yield from walk.orders(first, last)
    yield in_part(clock.position(until.steps - 1), until)


def metric_indices(clock: Clock, cadence: Cadence, since: Moment = START) -> Iterator[int]:
    """For each call of a scheduler after ``since``, the index of the metric's value it is given.

    Values count from 0, the first one after ``since``. A loop that calls a scheduler several
    times for one tick gives the same one each time.

    Raises:
        ClockError: ``epoch`` in a run without epochs.
    """
    first, last = clock.ticks_made(cadence.interval, since), clock.ticks(cadence.interval)
    before = clock.metric_length(cadence, since)
    for begin in range(first, last, _CHUNK):
        ticks = np.arange(begin, min(begin + _CHUNK, last) + 1, dtype=np.int64)
        # A value is repeated for each call at its tick. With 2 devices of accelerate and 2 epochs,
        # the values after ticks 1 and 2 have index 0 and 1, two calls each: 0, 0, 1, 1.
        indices = clock.metric_values_after(cadence, ticks[1:]) - 1 - before
        yield from np.repeat(indices, np.diff(clock.calls_after_ticks(cadence, ticks))).tolist()


class _OrderCache(dict[tuple[int, ...], tuple[int, ...]]):
    """Looks up the order of calls in a gap by the number of calls of each scheduler.

    ``(2, 1)``, where the second scheduler comes first, is ``(1, 0, 0)``. A run has few different
    gaps, so nearly every one is looked up.
    """

    def __init__(self, order: Sequence[int]) -> None:
        super().__init__()
        self._order = order

    def __missing__(self, counts: tuple[int, ...]) -> tuple[int, ...]:
        called = tuple(chain.from_iterable(repeat(index, counts[index]) for index in self._order))
        self[counts] = called
        return called


def _calls_between(clock: Clock, cadence: Cadence, since: Moment, until: Moment) -> int:
    """Calls of a scheduler after ``since`` up to ``until``."""
    return clock.calls_made(cadence, until) - clock.calls_made(cadence, since)


def _calls_in_gaps(clock: Clock, cadence: Cadence, first: int, last: int) -> IntArray:
    """Calls of a scheduler in each of the gaps from ``first`` to before ``last``."""
    # Gap i lies before step i and after step i - 1. For every second step, the calls before steps 0
    # to 4 are 0, 0, 1, 1, 2, and their differences are those in gaps 1 to 4: 0, 1, 0, 1.
    steps = np.arange(first - 1, last, dtype=np.int64)
    calls = clock.calls_after_ticks(cadence, clock.ticks_before_steps(cadence.interval, steps))
    return np.diff(calls)


def _needs_walk(clock: Clock, cadences: Sequence[Cadence]) -> bool:
    """Return True if a gap may call several schedulers in turns.

    Then the numbers of their calls do not say in what order they are called: with two batches a
    step, ``interval: batch`` and ``interval: epoch`` may be called batch, epoch, batch.
    """
    if len(cadences) == 1:
        return False
    batching = clock.batching
    per_epoch = batching.batches_per_epoch or batching.accumulate
    has_several_epochs = batching.windows_cross_epochs and batching.accumulate > per_epoch
    return has_several_epochs or any(cadence.interval == "batch" for cadence in cadences)


class _TickWalk:
    """Walks gaps tick by tick, and equal gaps only once.

    Two gaps are alike if they have the same position in the period after which steps and epochs
    line up again (``Batching.period``) and in the period of each ``frequency``: with 3 steps an
    epoch and a ``frequency: 2`` of epochs, gaps 1, 7, 13, ... are. That does not hold for the ends
    of the run, for skipped steps and for a ``limit`` on calls, so there each gap is walked.
    """

    def __init__(self, clock: Clock, cadences: Sequence[Cadence]) -> None:
        self._clock = clock
        self._cadences = cadences
        self._walked: dict[tuple[int, ...], tuple[int, ...]] = {}
        is_limited = any(cadence.limit is not None for cadence in cadences)
        self._is_periodic = not is_limited and not clock.settings.skipped_steps

    def orders(self, first: int, last: int) -> Iterator[tuple[int, ...]]:
        """The calls in the gaps from ``first`` to before ``last``; not the run's first and last."""
        walked, clock = self._walked, self._clock
        if len(walked) > _CHUNK:
            walked.clear()
        for step, key in enumerate(self._periods(first, last), first):
            called = walked.get(key) if self._is_periodic else None
            if called is None:
                called = tuple(self.order(clock.position(step - 1), clock.position(step)))
                walked[key] = called
            yield called

    def order(self, since: Moment, until: Moment) -> Iterator[int]:
        """The calls after ``since`` up to ``until``, at most one step apart."""
        calls = [self._calls_by_tick(cadence, since, until) for cadence in self._cadences]
        for interval in ticks_between(self._clock.batching, since, until):
            for index, cadence in enumerate(self._cadences):
                if cadence.interval == interval:
                    yield from repeat(index, next(calls[index]))

    def _periods(self, first: int, last: int) -> Iterator[tuple[int, ...]]:
        """The position of each gap in the period of steps, and in that of each frequency."""
        steps = np.arange(first - 1, last - 1, dtype=np.int64)
        phases = [steps % self._clock.batching.period]
        # A cadence begins with its interval and frequency: schedulers that agree in both have
        # one entry in the key.
        for interval, frequency in {each[:2] for each in self._cadences if each.frequency > 1}:
            phases.append(self._clock.ticks_before_steps(interval, steps) % frequency)
        return zip(*(phase.tolist() for phase in phases), strict=True)

    def _calls_by_tick(self, cadence: Cadence, since: Moment, until: Moment) -> Iterator[int]:
        """Calls of a scheduler at each tick after ``since`` up to ``until``."""
        first, last = (self._clock.ticks_made(cadence.interval, each) for each in (since, until))
        ticks = np.arange(first, last + 1)
        return iter(np.diff(self._clock.calls_after_ticks(cadence, ticks)).tolist())
