"""The cosine's floor is the value after the last update: no update uses it.

``CosineAnnealingLR`` arrives at ``eta_min`` at tick ``T_max``. With ``T_max`` equal to the number
of ticks that one comes after the last step, so the last step uses a value above the floor.

## Why it matters

In 3 epochs with ``T_max: 3`` the last one runs at 25% of the height, in 5 epochs with ``T_max: 5``
at 9.55%. Over 30 epochs it is 0.274%, which makes no difference.

## How to fix it

``T_max`` one less than the number of ticks uses the floor in the last one. With a floor of 0 that
update would do nothing: then do not change it.

## When it is fine

Always, if you know it; this is never more than an info. It is reported only when there are so few
ticks that more than 5 % of the height is left at the last one.

## References

pytorch/pytorch#40971, open-mmlab/mmcv#519
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from lrplan.lint import Context, Hit, Rule, Severity, Span, unit
from lrplan.lint.facts.lengths import write_lengths
from lrplan.lint.facts.tick_usage import ends_with_run, last_planned_tick, last_used_tick

BAD = """\
training: {epochs: 10, steps_per_epoch: 100}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler:
      type: SequentialLR
      milestones: [5]
      schedulers:
        - {type: LinearLR, start_factor: 0.01, total_iters: 5}
        - {type: CosineAnnealingLR, T_max: 5, eta_min: 1e-6}
"""
_MUCH = 0.05


def check(context: Context) -> Iterator[Hit]:
    """A cosine that would arrive at its floor with the tick after the last step."""
    for span in context.spans("CosineAnnealingLR"):
        period = context.integer(span.scheduler, "T_max") or 0
        last = last_planned_tick(context, span)
        in_this_run = last == last_used_tick(context, span) and ends_with_run(context, span)
        if in_this_run and last >= 1 and period == last + 1:
            yield from _hit(context, span, period)


def _hit(context: Context, span: Span, period: int) -> Iterator[Hit]:
    base, floor = max(_bases_and_floors(context, span), default=(0.0, 0.0))
    # T_max 3 in 3 epochs uses ticks 0 to 2; at tick 2 the cosine has 25 % of its height left.
    left = (1 + math.cos(math.pi * (period - 1) / period)) / 2
    used = floor + (base - floor) * left
    if base <= floor or left <= _MUCH:
        return
    one = unit(span.top)
    yield Hit(
        path=context.path_of(span.scheduler, "eta_min" if floor else "T_max"),
        message=(
            f"the last {one} runs at {used:.3g}: the floor of {floor:.3g} comes one {one} later"
        ),
        fix=(
            f"T_max: {period - 1} uses the floor in the last {one}"
            if floor > 0 or one == "step"
            else f"an eta_min above 0: T_max: {period - 1} would train the last {one} at 0"
        ),
        edits=write_lengths(context, span, {"T_max": period - 1})
        if floor > 0 or one == "step"
        else (),
        step=context.step(span, period - 1),
    )


def _bases_and_floors(context: Context, span: Span) -> Iterator[tuple[float, float]]:
    """The base lr and the floor of each group; ``eta_min: 0.1x`` gives each its own."""
    bases, groups = context.base_values(), span.top.groups
    floors = span.scheduler.arguments.get("eta_min")
    if not isinstance(floors, list):
        floors = [context.number(span.scheduler, "eta_min") or 0.0] * len(groups)
    for group, floor in zip(groups, floors, strict=True):
        yield bases.get(group, 0.0), floor


RULE = Rule(
    code="LRP305",
    name="cosine-floor-never-used",
    severity=Severity.INFO,
    needs="spec",
    summary="The cosine arrives at its floor after the last update.",
    bad=(BAD, BAD.replace("10", "8").replace("T_max: 5, eta_min: 1e-6", "T_max: 3")),
    good=(
        BAD.replace("T_max: 5", "T_max: 4"),
        BAD.replace("10", "30").replace("T_max: 5", "T_max: 25"),
    ),
    check=check,
    level="symptom",
)
