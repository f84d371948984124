"""``LinearLR`` whose two factors are equal holds the learning rate down, and leads nowhere.

A warm-up rises from ``start_factor`` to ``end_factor``. With the same small number in both, the
learning rate is that share of the base all along. At the end of the phase it jumps to what comes
next; without a next phase it stays there for the rest of the run.

## Why it matters

``start_factor: 1e-3, end_factor: 1e-3, total_iters: 500`` before a cosine from 0.1: 500 steps at
0.0001, then 0.1 at once, a thousand times as much. Alone, all of the run is trained at 0.0001.

## How to fix it

``end_factor: 1.0`` for a warm-up. ``ConstantLR`` with ``factor`` and ``total_iters`` for a hold.

## When it is fine

Both factors 1.0, which changes nothing and is used as a stable phase.
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint import Context, Hit, Rule, Severity, ticks, write_values
from lrplan.lint.facts.warmups import line_factors

BAD = """\
training: {steps: 3000}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler:
      type: SequentialLR
      milestones: [500]
      schedulers:
        - {type: LinearLR, start_factor: 1e-3, end_factor: 1e-3, total_iters: 500}
        - {type: CosineAnnealingLR, T_max: 2500}
"""


def check(context: Context) -> Iterator[Hit]:
    """Lines between two equal factors below 1."""
    for span in context.spans("LinearLR"):
        factors = line_factors(context, span.scheduler)
        if factors is None or span.ticks <= 0 or not 0 < factors[0] == factors[1] < 1:
            continue
        yield Hit(
            path=context.path_of(span.scheduler, "end_factor"),
            message=(
                f"start_factor and end_factor are both {factors[0]:g}: the lr stays at that share"
                f" of the base for {ticks(span.ticks, span.top)} and never rises"
            ),
            fix="end_factor: 1.0 for a warm-up; ConstantLR for a hold",
            edits=write_values(span.scheduler.path, {"end_factor": 1.0}),
            step=context.step(span, 0),
        )


RULE = Rule(
    code="LRP210",
    name="linear-lr-is-flat",
    severity=Severity.WARNING,
    needs="spec",
    summary="LinearLR goes from a factor to the same factor.",
    bad=(BAD,),
    good=(BAD.replace("end_factor: 1e-3", "end_factor: 1.0"),),
    check=check,
    level="cause",
)
