"""The shape of a ``OneCycleLR``, as torch computes it, also past its end."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from lrplan.lint import Context, Span


@dataclass(frozen=True, slots=True)
class OneCycle:
    """A ``OneCycleLR`` of a schedule; lrs are shares of ``max_lr``."""

    span: Span
    argument: str
    """The argument that gives its length: ``total_steps``, or ``steps_per_epoch`` beside
    ``epochs``."""
    total: int
    rise: float
    """The tick of the peak, ``pct_start * total - 1``; may lie between two ticks."""
    linear: bool
    three_phase: bool
    first: float
    last: float

    def share(self, tick: int) -> float:
        """The lr at a tick; beyond the last one, ``total - 1``, the last phase goes on."""
        # The phases follow each other: rise to the peak, fall, and with three_phase a second fall.
        # Each is given by its last tick and the shares at both ends; torch goes on with the formula
        # of the last one past its end, which is what makes the tick after `total - 1` turn up or
        # negative.
        begin = 0.0
        phases = self._phases()
        for end, low, high in phases:
            if tick <= end or (end, low, high) == phases[-1]:
                done = (tick - begin) / (end - begin) if end != begin else 1.0
                way = done if self.linear else (1 - math.cos(math.pi * done)) / 2
                return low + (high - low) * way
            begin = end
        return self.last

    def _phases(self) -> list[tuple[float, float, float]]:
        # total 100 and pct_start 0.3: the peak is at tick 29 and the end at tick 99; with
        # three_phase the fall back to the first lr takes as long as the rise, until tick 58.
        end = self.total - 1.0
        if self.three_phase:
            turn = 2 * self.rise
            return [(self.rise, self.first, 1), (turn, 1, self.first), (end, self.first, self.last)]
        return [(self.rise, self.first, 1), (end, 1, self.last)]


def one_cycles(context: Context) -> Iterator[OneCycle]:
    """Every ``OneCycleLR`` whose length is known."""
    for span in context.spans("OneCycleLR"):
        own = span.scheduler
        argument, total = _length(context, span)
        if total > 0:
            pct = context.number(own, "pct_start")
            first = 1 / (context.number(own, "div_factor") or 1.0)
            yield OneCycle(
                span,
                argument,
                total,
                rise=(0.3 if pct is None else pct) * total - 1,
                linear=own.arguments.get("anneal_strategy") == "linear",
                three_phase=own.arguments.get("three_phase") is True,
                first=first,
                last=first / (context.number(own, "final_div_factor") or 1.0),
            )


def _length(context: Context, span: Span) -> tuple[str, int]:
    total = context.integer(span.scheduler, "total_steps")
    if total is not None:
        return "total_steps", total
    epochs = context.integer(span.scheduler, "epochs") or 0
    each = context.integer(span.scheduler, "steps_per_epoch") or 0
    return "steps_per_epoch", epochs * each
