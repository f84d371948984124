"""Where in its cycle a schedule with restarts stands at a tick."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lrplan.lint.context import Context
    from lrplan.plan import SchedulerPlan


@dataclass(frozen=True, slots=True)
class Cycles:
    """The cycles of a scheduler: the first is ``first`` ticks long, ``rise`` of each climb."""

    first: int
    mult: int = 1
    rise: int = 0
    gamma: float = 1.0

    @classmethod
    def of(cls, context: Context, scheduler: SchedulerPlan) -> Cycles | None:
        """Those of CosineAnnealingWarmRestarts or CosineAnnealingWarmUpRestarts."""
        first = context.value(scheduler, "T_0", int)
        mult = context.value(scheduler, "T_mult", int)
        rise = context.value(scheduler, "T_up", int) or 0
        gamma = context.value(scheduler, "gamma", (int, float))
        if first is None or mult is None or first < 1 or mult < 1 or rise >= first:
            return None
        return cls(first, mult, rise, 1.0 if gamma is None else float(gamma))

    def starts(self) -> Iterator[tuple[int, int]]:
        """The first tick and the length of each cycle, without end."""
        start, length = 0, self.first
        while True:
            yield start, length
            start += length
            length = (length - self.rise) * self.mult + self.rise

    def at(self, tick: int) -> tuple[int, int, int]:
        """The number of the cycle at ``tick``, the tick within it, and its length."""
        if self.mult == 1:
            number, inside = divmod(tick, self.first)
            return number, inside, self.first
        for number, (start, length) in enumerate(self.starts()):
            if tick < start + length:
                return number, tick - start, length
        raise AssertionError

    def level(self, tick: int) -> float:
        """How high it stands at ``tick``: 1 at the first peak, 0 at the floor."""
        number, inside, length = self.at(tick)
        if inside < self.rise:
            return self.gamma**number * inside / self.rise
        along = (inside - self.rise) / (length - self.rise)
        return self.gamma**number * (1 + cos(pi * along)) / 2
