"""Compares the recordings of processes that train together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

import numpy as np

from lrplan.arrays import FloatArray
from lrplan.recordings.lazy_columns import LrDecoder
from lrplan.recordings.model import RecordedOptimizer, RecordedRankDifference, Recording


def rank_differences(
    first: Recording, others: Sequence[tuple[int, Recording]]
) -> list[RecordedRankDifference]:
    """The differences of other processes' learning rates from those of process 0.

    One for each process, optimizer and group: the first step that differs.

    Args:
        first: the recording of process 0.
        others: the other processes by number.
    """
    return [difference for rank, other in others for difference in _differences(first, other, rank)]


def _differences(first: Recording, other: Recording, rank: int) -> Iterator[RecordedRankDifference]:
    pairs = zip_longest(_stepped(first), _stepped(other))
    for index, (one, two) in enumerate(pairs):
        groups = max(len(each.groups) for each in (one, two) if each is not None)
        for group in range(groups):
            mine, theirs = _column(one, group), _column(two, group)
            step = _first_difference(mine, theirs)
            if step is not None:
                yield RecordedRankDifference(
                    rank=rank,
                    optimizer=index,
                    group=group,
                    step=step,
                    lr=_at(theirs, step),
                    lr_of_rank_0=_at(mine, step),
                )


def _stepped(recording: Recording) -> list[RecordedOptimizer]:
    """The optimizers that made steps, in the order of their first ones."""
    stepped = [each for each in recording.optimizers if each.order >= 0 and each.steps]
    return sorted(stepped, key=lambda each: each.order)


def _column(optimizer: RecordedOptimizer | None, group: int) -> FloatArray:
    return np.empty(0) if optimizer is None else LrDecoder(optimizer).column(group)


def _first_difference(one: FloatArray, two: FloatArray) -> int | None:
    shared = min(one.size, two.size)
    differs = (one[:shared] != two[:shared]) & ~(np.isnan(one[:shared]) & np.isnan(two[:shared]))
    if differs.any():
        return int(differs.argmax())
    return None if one.size == two.size else shared


def _at(values: FloatArray, step: int) -> float:
    return float(values[step]) if step < values.size else float("nan")
