"""Warm restarts: the cycle and the height of the schedule at a tick."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import cos, pi

from lrplan.lint import Context, SchedulerPlan


@dataclass(frozen=True, slots=True)
class Cycles:
    """The cycles of a scheduler: the first is ``first`` ticks long, ``rise`` of each climb."""

    first: int
    mult: int = 1
    rise: int = 0
    gamma: float = 1.0

    @classmethod
    def of(cls, context: Context, scheduler: SchedulerPlan) -> Cycles | None:
        """The cycles of CosineAnnealingWarmRestarts or CosineAnnealingWarmUpRestarts."""
        first = context.integer(scheduler, "T_0")
        mult = context.integer(scheduler, "T_mult")
        rise = context.integer(scheduler, "T_up") or 0
        gamma = context.number(scheduler, "gamma")
        if first is None or mult is None or first < 1 or mult < 1 or rise >= first:
            return None
        return cls(first, mult, rise, 1.0 if gamma is None else float(gamma))

    def starts(self) -> Iterator[tuple[int, int]]:
        """The first tick and the length of each cycle, without end."""
        start, length = 0, self.first
        while True:
            yield start, length
            start += length
            # Only the fall is multiplied: T_0 10, T_mult 2 and T_up 2 give lengths 10, 18 and 34.
            length = (length - self.rise) * self.mult + self.rise

    def at(self, tick: int) -> tuple[int, int, int]:
        """The number of the cycle at ``tick``, the tick within it, and its length."""
        # T_0: 10 and T_mult: 2 begin cycles at 0, 10, 30 and 70: tick 35 is tick 5 of cycle 2,
        # which takes 40. Equal cycles need a division only.
        if self.mult == 1:
            number, inside = divmod(tick, self.first)
            return number, inside, self.first
        for number, (start, length) in enumerate(self.starts()):
            if tick < start + length:
                return number, tick - start, length
        raise AssertionError

    def level(self, tick: int) -> float:
        """The height at ``tick``: 1 at the first peak, 0 at the floor."""
        number, inside, length = self.at(tick)
        if inside < self.rise:
            return self.gamma**number * inside / self.rise
        along = (inside - self.rise) / (length - self.rise)
        return self.gamma**number * (1 + cos(pi * along)) / 2
