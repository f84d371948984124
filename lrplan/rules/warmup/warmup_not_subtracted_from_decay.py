"""After a warm-up, the decay is still as long as the whole run.

A scheduler inside ``SequentialLR`` or ``GradualWarmupScheduler`` starts at its own tick 0 when it
takes over. If its length is that of the whole run, its last part is cut off, by as many ticks as
the warm-up took, and the run ends above the floor. ``100%`` means the whole run, too, wherever it
stands.

## Why it matters

In a run of 100 with a warm-up of 10, a cosine with ``T_max: 100`` ends at 2.96% of its height;
with ``T_max: 90`` at 0.03%. A straight line ends at 11% instead of 1.1%.

## How to fix it

Subtract what comes before: total minus warm-up (and one less if the last update is to hit the
floor).

## When it is fine

``MultiStepLR``, exponential and inverse square root decays have no end to miss. ``WarmupCosine``
and ``OneCycleLR`` count their warm-up in. When what remains is less than 1 % of the height, it is
only mentioned.

## References

pytorch/pytorch#180200
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from lrplan.finding import Severity
from lrplan.lint.facts.tick_usage import ends_with_run, planned, planned_total
from lrplan.lint.rule import Hit, Rule
from lrplan.lint.wording import duration, share, ticks, unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lrplan.lint.context import Context
    from lrplan.plan import SchedulerPlan, Span

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

_LENGTHS = {
    "CosineAnnealingLR": "T_max",
    "PolynomialLR": "total_iters",
    "LinearLR": "total_iters",
}


def check(context: Context) -> Iterator[Hit]:
    """The last member of a sequence, when its length is that of the whole run."""
    for span in context.spans(*_LENGTHS):
        name = _LENGTHS[span.scheduler.type]
        length = context.value(span.scheduler, name, int) or 0
        total, own = planned_total(context, span.top), planned(context, span)
        late = span.begin > 0 and own > 0 and ends_with_run(context, span)
        if late and length > own and length in (total - 1, total):
            left = _height(context, span.scheduler, own / length)
            if left is not None:
                yield _hit(context, span, name, length, left)


def _height(context: Context, scheduler: SchedulerPlan, done: float) -> float | None:
    """What is left of the way down once the share ``done`` is behind; None if it goes up."""
    if scheduler.type == "CosineAnnealingLR":
        return (1 + math.cos(math.pi * done)) / 2
    if scheduler.type == "PolynomialLR":
        return float((1 - done) ** (context.value(scheduler, "power", float) or 0.0))
    start = context.value(scheduler, "start_factor", float) or 0.0
    end = context.value(scheduler, "end_factor", float) or 0.0
    return 1 - done if start > end else None


def _hit(context: Context, span: Span, name: str, length: int, left: float) -> Hit:
    own = planned(context, span)
    last = _height(context, span.scheduler, (own - 1) / length) or 0.0
    one = unit(span.top)
    return Hit(
        path=context.at(span.scheduler, name),
        message=(
            f"`{name}` is the whole run's {ticks(length, span.top)}, but {span.begin:,} of them"
            f" pass before it starts: the last {one} runs at {share(last)} of its height"
        ),
        fix=f"{name}: {duration(context, span.top, own)}",
        step=context.clock.steps - 1,
        severity=Severity.WARNING if left > 0.01 else Severity.INFO,
    )


RULE = Rule(
    code="LRP203",
    name="warmup-not-subtracted-from-decay",
    family="warm-up",
    severity=Severity.WARNING,
    needs="spec",
    summary="After a warm-up the decay is still as long as the whole run.",
    bad=(BAD, LINE),
    good=(BAD.replace("T_max: 100", "T_max: 90"), LINE.replace("100%", "90%")),
    check=check,
    supersedes=("floor-not-reached",),
)
