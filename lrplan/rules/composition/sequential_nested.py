"""A ``SequentialLR`` or ``ChainedScheduler`` inside a ``SequentialLR`` is not started properly.

``SequentialLR`` starts each member in ways that the two containers do not support. As a later
member they have no formula to start from: ``NotImplementedError`` at the hand-over. A
``SequentialLR`` as the first member is ticked once too often while everything is built.

## Why it matters

On torch 2.13 a ``SequentialLR`` of ``LinearLR`` from a tenth over 3 ticks as the first member gives
0.01, 0.04, 0.1: the learning rate 0.07 is missing, and all that follows inside it comes a tick
early. On 1.13 to 2.4 the same starts at 0.4 instead of 0.04. As the second member it trains up to
the milestone and crashes there.

## How to fix it

Write one flat list: the inner schedulers as members of the outer one, the inner milestones counted
from the start.

## When it is fine

A ``ChainedScheduler`` as the first member, apart from a false warning about the order of calls. A
later member that the run never reaches does not crash.
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint import Context, Hit, Rule, Severity
from lrplan.lint.facts.combinations import Phase, phases

BAD = """\
training: {epochs: 30, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler:
      type: SequentialLR
      milestones: [5]
      schedulers:
        - {type: ConstantLR, factor: 0.1, total_iters: 5}
        - type: SequentialLR
          milestones: [5]
          schedulers:
            - {type: LinearLR, start_factor: 0.1, total_iters: 5}
            - {type: CosineAnnealingLR, T_max: 20}
"""
BAD_FIRST = """\
training: {epochs: 30, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler:
      type: SequentialLR
      milestones: [10]
      schedulers:
        - type: SequentialLR
          milestones: [5]
          schedulers:
            - {type: LinearLR, start_factor: 0.1, total_iters: 5}
            - {type: ConstantLR, factor: 1.0}
        - {type: CosineAnnealingLR, T_max: 20}
"""
GOOD = """\
training: {epochs: 30, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler:
      type: SequentialLR
      milestones: [5, 10]
      schedulers:
        - {type: ConstantLR, factor: 0.1, total_iters: 6}
        - {type: LinearLR, start_factor: 0.1, total_iters: 5}
        - {type: CosineAnnealingLR, T_max: 20}
"""


def check(context: Context) -> Iterator[Hit]:
    """Each container that is a member of a SequentialLR."""
    for phase in phases(context):
        container = phase.span.scheduler.row.container
        if container is None:
            continue
        if phase.index > 0 and phase.span.begin < context.ticks(phase.span.top):
            yield _crash(context, phase)
        elif phase.index == 0 and container == "sequential" and context.torch >= (1, 13):
            yield _first(context, phase)


def _crash(context: Context, phase: Phase) -> Hit:
    kind = phase.span.scheduler.type
    step = context.step(phase.span, 0)
    return Hit(
        path=context.path_of(phase.span.scheduler, "type"),
        message=(
            f"SequentialLR cannot start a {kind}: NotImplementedError at tick"
            f" {phase.span.begin:,}" + ("" if step is None else f", before step {step:,}")
        ),
        fix="write its members into the outer list, with milestones counted from the start",
        step=step,
    )


def _first(context: Context, phase: Phase) -> Hit:
    scaled = context.torch < (2, 5)
    what = (
        "runs its first phase scaled by the constructors of the others (torch 1.13 to 2.4)"
        if scaled
        else "loses one tick: everything inside it comes one tick early"
    )
    return Hit(
        path=context.path_of(phase.span.scheduler, "type"),
        message=f"a SequentialLR as the first member of another {what}",
        fix="write its members into the outer list",
        step=0 if scaled else 1,
        severity=None if scaled else Severity.WARNING,
    )


RULE = Rule(
    code="LRP407",
    name="sequential-nested",
    severity=Severity.ERROR,
    needs="spec",
    summary="SequentialLR cannot start a container as one of its members.",
    bad=(BAD, BAD_FIRST),
    good=(GOOD,),
    check=check,
    supersedes=("stops-midway", "unexplained-jump"),
)
