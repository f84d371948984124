"""After a warm-up, the decay is still as long as the whole run.

A scheduler inside ``SequentialLR`` or ``GradualWarmupScheduler`` starts at its own tick 0 when it
takes over. If its length is that of the whole run, its last part is cut off, by as many ticks as
the warm-up took, and the run ends above the floor. ``100%`` always means the whole run, also inside
another scheduler.

## Why it matters

In a run of 100 with a warm-up of 10, a cosine with ``T_max: 100`` ends at 2.96% of its height;
with ``T_max: 90`` at 0.03%. A straight line ends at 11% instead of 1.1%.

## How to fix it

Subtract what comes before: total minus warm-up (and one less if the last update should use the
floor).

## When it is fine

``MultiStepLR``, exponential and inverse square root decays have no planned end. The length of
``WarmupCosine`` and ``OneCycleLR`` includes the warm-up. If the run ends less than 1 % of the
height above the floor, it is an info.

## References

pytorch/pytorch#180200
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from lrplan.lint import (
    Context,
    Hit,
    Rule,
    SchedulerPlan,
    Severity,
    Span,
    check_plans_of_run,
    duration,
    script,
    share,
    ticks,
    unit,
)
from lrplan.lint.facts.lengths import write_lengths
from lrplan.lint.facts.tick_usage import ends_with_run, planned_ticks, ticks_of_plan
from lrplan.lint.facts.warmups import line_factors

BAD = """\
training: {epochs: 100, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler:
      type: SequentialLR
      milestones: [10]
      schedulers:
        - {type: LinearLR, start_factor: 0.01, total_iters: 10}
        - {type: CosineAnnealingLR, T_max: 100}
"""
LINE = BAD.replace(
    "CosineAnnealingLR, T_max: 100",
    "LinearLR, start_factor: 1, end_factor: 0, total_iters: 100%",
)


def check(context: Context) -> Iterator[Hit]:
    """The last member of a sequence, when its length is that of the whole run."""
    for span in context.spans_with("end"):
        name = span.scheduler.row.name_of("end")
        length = context.integer(span.scheduler, name) or 0
        total, own = ticks_of_plan(context, span.top), planned_ticks(context, span)
        late = span.begin > 0 and own > 0 and ends_with_run(context, span)
        if late and length > own and length in (total - 1, total):
            # A warm-up of 10 in 100 ticks leaves 90 for a cosine with T_max 100: it ends after 0.9
            # of its length, at (1 + cos(0.9 pi)) / 2 = 2.4 % of its height, above its floor.
            left = _height(context, span.scheduler, own / length)
            if left is not None:
                yield _hit(context, span, name, length, left)


def _height(context: Context, scheduler: SchedulerPlan, done: float) -> float | None:
    """The remaining share of the decay after the share ``done`` of its length; None if it rises."""
    row = scheduler.row
    if row.past_end == "waves" and not row.name_of("warm-up"):
        return (1 + math.cos(math.pi * done)) / 2
    if row.argument("power") is not None:
        return float((1 - done) ** (context.number(scheduler, "power") or 0.0))
    factors = line_factors(context, scheduler)
    return 1 - done if factors is not None and factors[0] > factors[1] else None


def _hit(context: Context, span: Span, name: str, length: int, left: float) -> Hit:
    own = planned_ticks(context, span)
    last = _height(context, span.scheduler, (own - 1) / length) or 0.0
    one = unit(span.top)
    return Hit(
        path=context.path_of(span.scheduler, name),
        message=(
            f"`{name}` is the whole run's {ticks(length, span.top)}, but {span.begin:,} of them"
            f" pass before it starts: the last {one} runs at {share(last)} of its height"
        ),
        fix=f"{name}: {duration(context, span.top, own)}",
        edits=write_lengths(context, span, {name: own}),
        step=context.clock.steps - 1,
        severity=Severity.WARNING if left > 0.01 else Severity.INFO,
    )


def _example(decay: int) -> str:
    return script(
        "SequentialLR(optimizer, [\n"
        "    torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=0.1, total_iters=2),\n"
        f"    torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max={decay}),\n"
        "], milestones=[2])",
        after_epoch=("scheduler.step()",),
    )


RULE = Rule(
    code="LRP203",
    name="warmup-not-subtracted-from-decay",
    severity=Severity.WARNING,
    needs="spec",
    summary="After a warm-up the decay is still as long as the whole run.",
    bad=(BAD, LINE),
    good=(BAD.replace("T_max: 100", "T_max: 90"), LINE.replace("100%", "90%")),
    check=check,
    check_run=check_plans_of_run(check),
    bad_source=(_example(10),),
    good_source=(_example(8),),
    level="cause",
)
