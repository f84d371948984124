"""The ticks between two optimizer steps."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lrplan.clock.pace import Pace
    from lrplan.clock.rate import Interval


def gap(pace: Pace, batches: int, steps: int, step: int) -> tuple[Interval, ...]:
    """The ticks before optimizer step ``step`` and after the one before it.

    Args:
        pace: which batches make a step.
        batches: of the run.
        steps: of the run.
        step: from 0; ``steps`` for what comes after the last one.
    """
    before: tuple[Interval, ...] = ("step",) if step else ()
    start = pace.batches_at(step - 1) - 1 if step else 0
    end = pace.batches_at(step) - 1 if step < steps else batches
    per_epoch = pace.batches_per_epoch
    if per_epoch is None or start // per_epoch == end // per_epoch:
        return _ticks(before, end - start)
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
