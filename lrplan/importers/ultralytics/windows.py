"""The accumulation windows of Ultralytics, which grow while the warm-up lasts.

A step is taken at batch ``ni`` once ``ni - last >= accumulate(ni)``, where ``last`` is the batch of
the step before (-1 at first) and ``accumulate`` grows from 1 to its target. With batches 0 to 3
accumulating 1 and the later ones 2, the steps are at batches 0, 1, 2, 3, 5, 7, 9, and so on.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stretch:
    """Steps that follow one another with windows of one size."""

    first: int
    """Its first step."""
    before: int
    """The batch of the step before that; -1 at the start."""
    size: int

    def batch(self, step: int) -> int:
        """The batch at which ``step`` is taken."""
        return self.before + (step - self.first + 1) * self.size


@dataclass(frozen=True, slots=True)
class Windows:
    """All steps of a run, in stretches whose windows grow."""

    stretches: tuple[Stretch, ...]
    steps: int
    """Steps of the run."""

    @property
    def last(self) -> Stretch:
        """The stretch that the run ends in."""
        return self.stretches[-1]


def windows_of(accumulate: Callable[[int], int], ramp: int, batches: int) -> Windows:
    """The windows of a run.

    Args:
        accumulate: for each batch how many batches a window has; it never falls.
        ramp: the batch from which on it stays the same.
        batches: batches of the run.
    """
    ramp = min(ramp, batches)
    stretches: list[Stretch] = []
    step, last, size = 0, -1, accumulate(0)
    largest = accumulate(ramp)
    while size <= largest and last < batches - 1:
        # Windows of this size are taken until one would end where a longer one is wanted.
        beyond = bisect_left(range(ramp + 1), size + 1, key=accumulate)
        end = batches - 1 if size == largest else min(beyond, batches) - 1
        count = max((end - last) // size, 0)
        if count:
            stretches.append(Stretch(step, last, size))
        step, last = step + count, last + count * size
        if size == largest:
            break
        size += 1
    return Windows(tuple(stretches), step)
