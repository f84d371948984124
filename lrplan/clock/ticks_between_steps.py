"""The ticks between two moments of a run."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from lrplan.clock.batching import Batching
from lrplan.clock.cadence import Interval


class Moment(NamedTuple):
    """A moment of a run, as the ticks of ``step`` and of ``batch`` before it."""

    steps: int
    batches: int


START = Moment(0, 0)
"""The moment before the first batch."""


def ticks_between(batching: Batching, since: Moment, until: Moment) -> tuple[Interval, ...]:
    """The ticks after ``since`` up to ``until``, in order; at most one optimizer step apart.

    The tick of the step comes first, before the tick of the batch that the step ends with.
    """
    before: tuple[Interval, ...] = ("step",) if until.steps > since.steps else ()
    start, end, per_epoch = since.batches, until.batches, batching.batches_per_epoch
    if per_epoch is None or start // per_epoch == end // per_epoch:
        return _ticks(before, end - start)
    # 4 batches an epoch, from batch 3 to batch 9: the first of these 6 batches ends an epoch, and
    # so does the fifth. All such gaps share one cached tuple.
    return _ticks(before, end - start, per_epoch - start % per_epoch, per_epoch)


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
