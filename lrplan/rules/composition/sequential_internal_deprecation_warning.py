"""Up to torch 2.8 ``SequentialLR`` warns about itself at every milestone.

It starts each phase with ``scheduler.step(0)``, a form that torch has deprecated, and so prints
the warning about the ``epoch`` argument of ``step`` although nobody passed one.

## Why it matters

The learning rates are not affected. But the warning seems to be about your code, and is not.

## How to fix it

Use torch 2.9 or later, or silence that one message with ``warnings.filterwarnings``.

## When it is fine

Always. If your own code calls ``step(epoch)``, the same warning is right.

## References

pytorch/pytorch#76113, pytorch/pytorch#116776, pytorch/pytorch#149392
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint import Context, Hit, Rule, Severity
from lrplan.lint.facts.combinations import phases

BAD = """\
training: {epochs: 30, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler:
      type: SequentialLR
      milestones: [5]
      schedulers:
        - {type: LinearLR, start_factor: 0.1, total_iters: 5}
        - {type: CosineAnnealingLR, T_max: 25}
"""
GOOD = """\
training: {epochs: 30, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: CosineAnnealingLR, T_max: 30}
"""


def check(context: Context) -> Iterator[Hit]:
    """On torch 1.10 to 2.8: the first milestone that is reached."""
    if not (1, 10) <= context.torch < (2, 9):
        return
    for phase in phases(context):
        if phase.index != 1 or not 0 < phase.span.begin < phase.sequence.end:
            continue
        release = ".".join(map(str, context.torch))
        yield Hit(
            path=context.path_of(phase.sequence.scheduler, "milestones"),
            message=(
                f"torch {release} (1.10 to 2.8) warns about the epoch argument of step() at tick"
                f" {phase.span.begin:,}; it comes from SequentialLR itself"
            ),
            fix="ignore it, or use torch 2.9 or later",
            step=context.step(phase.span, 0),
        )


RULE = Rule(
    code="LRP414",
    name="sequential-internal-deprecation-warning",
    severity=Severity.INFO,
    needs="spec",
    summary="Up to torch 2.8 SequentialLR warns about its own call.",
    bad=(BAD,),
    good=(GOOD,),
    check=check,
    bad_torch="2.8.0",
)
