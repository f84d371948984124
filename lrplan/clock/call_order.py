"""Which schedulers are called between optimizer steps, and in what order."""

from __future__ import annotations

from itertools import chain, repeat
from typing import TYPE_CHECKING

import numpy as np

from lrplan.clock.ticks_between_steps import ticks_between

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from lrplan.clock.cadence import Cadence
    from lrplan.clock.clock import Clock
    from lrplan.clock.ticks_between_steps import Position

    IntArray = NDArray[np.int64]

_CHUNK = 1 << 15
"""Gaps looked at together: enough to spread the cost of numpy, and a few megabytes at most."""


def call_order(
    clock: Clock, rates: Sequence[Cadence], since: Position
) -> Iterator[tuple[int, ...]]:
    """For each gap between steps, the indices into ``rates`` of those called, in order.

    The first gap is what is left, after ``since``, of the one before step ``since.steps``.
    """
    if not rates:
        yield from repeat((), clock.steps + 1 - since.steps)
        return
    rows = _OrderCache(sorted(range(len(rates)), key=lambda index: clock.loop.rank(rates[index])))
    turns = _TickWalk(clock, rates) if _mixed(clock, rates) else None
    if turns is None:
        yield rows[tuple(_gained_since(clock, rate, since) for rate in rates)]
    else:
        yield tuple(turns.walked(since, clock.position(since.steps)))
    for first in range(since.steps + 1, clock.steps + 1, _CHUNK):
        last = min(first + _CHUNK, clock.steps + 1)
        if turns is None:
            made = (_gained(clock, rate, first, last).tolist() for rate in rates)
            yield from map(rows.__getitem__, zip(*made, strict=True))
        else:
            yield from turns.taken(first, last)


def metric_indices(clock: Clock, rate: Cadence, since: Position) -> Iterator[int]:
    """For each call after ``since``, which of the values handed over since then it is given."""
    first, last = clock.ticks_made(rate.interval, since), clock.ticks(rate.interval)
    before = clock.metric_length(rate, since)
    for begin in range(first, last, _CHUNK):
        ticks = np.arange(begin, min(begin + _CHUNK, last) + 1, dtype=np.int64)
        indices = clock.metric_values_after(rate, ticks[1:]) - 1 - before
        yield from np.repeat(indices, np.diff(clock.made(rate, ticks))).tolist()


class _OrderCache(dict[tuple[int, ...], tuple[int, ...]]):
    """From how often each scheduler is called in a gap to who is called, in order."""

    def __init__(self, order: Sequence[int]) -> None:
        super().__init__()
        self._order = order

    def __missing__(self, row: tuple[int, ...]) -> tuple[int, ...]:
        called = tuple(chain.from_iterable(repeat(index, row[index]) for index in self._order))
        self[row] = called
        return called


def _gained_since(clock: Clock, rate: Cadence, since: Position) -> int:
    """How often a scheduler is called after ``since`` and before the next step."""
    until = clock.position(since.steps)
    ticks = [clock.ticks_made(rate.interval, each) for each in (since, until)]
    before, after = clock.made(rate, np.array(ticks)).tolist()
    return int(after - before)


def _gained(clock: Clock, rate: Cadence, first: int, last: int) -> IntArray:
    """How often a scheduler is called in each of the gaps from ``first`` to before ``last``."""
    steps = np.arange(first - 1, last, dtype=np.int64)
    made = clock.made(rate, clock.ticks_at(rate.interval, steps))
    return np.diff(made)


def _mixed(clock: Clock, rates: Sequence[Cadence]) -> bool:
    """Whether a gap may call several schedulers in turns, so that numbers of calls are no order."""
    if len(rates) == 1:
        return False
    pace = clock.pace
    several_epochs = pace.runs_on and pace.accumulate > (pace.batches_per_epoch or pace.accumulate)
    return several_epochs or any(rate.interval == "batch" for rate in rates)


class _TickWalk:
    """Gaps walked tick by tick; those that are alike are walked once."""

    def __init__(self, clock: Clock, rates: Sequence[Cadence]) -> None:
        self._clock = clock
        self._rates = rates
        self._known: dict[tuple[int, ...], tuple[int, ...]] = {}
        limited = any(rate.limit is not None for rate in rates)
        self._alike = not limited and not clock.settings.skipped_steps

    def taken(self, first: int, last: int) -> Iterator[tuple[int, ...]]:
        """Who is called in the gaps from ``first``, which is not 0, to before ``last``."""
        known, clock = self._known, self._clock
        if len(known) > _CHUNK:
            known.clear()
        for step, key in enumerate(self._keys(first, last), first):
            called = known.get(key) if self._alike and step < clock.steps else None
            if called is None:
                called = tuple(self.walked(clock.position(step - 1), clock.position(step)))
                known[key] = called
            yield called

    def walked(self, since: Position, until: Position) -> Iterator[int]:
        """Who is called after ``since`` up to ``until``, at most one step apart."""
        gains = [self._gains(rate, since, until) for rate in self._rates]
        for interval in ticks_between(self._clock.pace, since, until):
            for index, rate in enumerate(self._rates):
                if rate.interval == interval:
                    yield from repeat(index, next(gains[index]))

    def _keys(self, first: int, last: int) -> Iterator[tuple[int, ...]]:
        """Where each gap is in the period of steps, and in that of each frequency."""
        steps = np.arange(first - 1, last - 1, dtype=np.int64)
        phases = [steps % self._clock.pace.period]
        for interval, frequency in {rate[:2] for rate in self._rates if rate.frequency > 1}:
            phases.append(self._clock.ticks_at(interval, steps) % frequency)
        return zip(*(phase.tolist() for phase in phases), strict=True)

    def _gains(self, rate: Cadence, since: Position, until: Position) -> Iterator[int]:
        """How often a scheduler is called at each tick."""
        before, after = (self._clock.ticks_made(rate.interval, each) for each in (since, until))
        return iter(np.diff(self._clock.made(rate, np.arange(before, after + 1))).tolist())
