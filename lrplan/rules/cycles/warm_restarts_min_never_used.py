"""Warm restarts rise again one tick before they would reach ``eta_min``.

A cycle of ``T`` ticks uses the values at 0 to ``T - 1``; the floor belongs to tick ``T``, which is
the next cycle's peak.

## Why it matters

It rarely matters. With a base lr of 1 and cycles of 10 ticks the lowest learning rate ever used is
0.0245. The gap is ``(1 - cos(pi / T)) / 2`` of the height: a quarter of a percent with 32 ticks.

## How to fix it

Accept it, or set ``eta_min`` lower. Ticking per step makes the gap vanish.

## When it is fine

Always: this is an info. It is reported only when ``eta_min`` is given, the run holds a whole cycle,
and the lowest learning rate used is more than a tenth above it.

## References

pytorch/pytorch#47560
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint import Context, Hit, Rule, Severity
from lrplan.lint.facts.tick_usage import last_used_tick
from lrplan.rules.cycles._cycles import Cycles

BAD = """\
training: {epochs: 30, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: CosineAnnealingWarmRestarts, T_0: 10, eta_min: 0.001}
"""
_NOTABLE = 1.1


def check(context: Context) -> Iterator[Hit]:
    """A floor that was asked for, and the lowest value of the longest whole cycle."""
    base = context.base_values()
    for span in context.spans("CosineAnnealingWarmRestarts"):
        cycles = Cycles.of(context, span.scheduler)
        floor = context.number(span.scheduler, "eta_min")
        if (
            cycles is None
            or not floor
            or floor < 0
            or last_used_tick(context, span) < cycles.first - 1
        ):
            continue
        group = span.top.groups[0]
        lowest = floor + (base[group] - floor) * _lowest(cycles, last_used_tick(context, span))
        if base[group] > floor and lowest > _NOTABLE * floor:
            yield Hit(
                path=context.path_of(span.scheduler, "eta_min"),
                message=(
                    f"no step uses eta_min {floor:.4g}: each cycle restarts one tick before it, and"
                    f" the lowest lr used is {lowest:.4g}"
                ),
                fix="accept it, or set eta_min lower",
            )


def _lowest(cycles: Cycles, last: int) -> float:
    """The lowest level of the cycles that are over by ``last``, or of the one it is in."""
    number, inside, length = cycles.at(last)
    # T_0 10 and last 14: 4 ticks into cycle 1, so the lowest is tick 14 - 4 - 1 = 9, the end of
    # cycle 0. In the first cycle, and at the end of any, it is the last tick itself.
    lowest_tick = last - inside - 1 if number > 0 and inside < length - 1 else last
    return min(cycles.level(lowest_tick), cycles.level(last))


RULE = Rule(
    code="LRP602",
    name="warm-restarts-min-never-used",
    severity=Severity.INFO,
    needs="spec",
    summary="Warm restarts never quite get to eta_min.",
    bad=(BAD,),
    good=(BAD.replace(", eta_min: 0.001", ""),),
    check=check,
)
