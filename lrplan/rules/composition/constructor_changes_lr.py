"""Each scheduler writes the learning rate when it is built, before the first step.

Building a scheduler performs its tick 0. Several of them on the same groups therefore write one
after the other, and training begins with the result: two warm-ups multiply, and a ``SequentialLR``
sets the learning rate back to the base lr, so that a warm-up built before it starts from the top
and climbs on from there.

## Why it matters

With a base lr of 0.1, two ``LinearLR`` with their default factor of a third begin at 0.0111. A
``LinearLR`` from a tenth over 3 ticks, followed by a ``SequentialLR`` on the same groups, gives
0.1, 0.4, 0.7: ten times the planned learning rates.

## How to fix it

Build one scheduler for each group. Compose with ``SequentialLR``: since torch 1.13 it undoes what
its members write when they are built. For two schedules on two groups, give each scheduler its
``groups``.

## When it is fine

Schedulers restricted to different groups, and those whose first factor is 1, such as
``CosineAnnealingLR`` or ``StepLR``. The members of a ``ChainedScheduler`` are meant to multiply.

## References

pytorch/pytorch#72856, threestudio-project/threestudio#226
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from lrplan.lint import Context, Hit, Rule, SchedulerPlan, Severity
from lrplan.lint.facts.combinations import fields, first_factors, is_closed_form, shares_groups
from lrplan.lint.facts.combinations import is_warmup as warms_up
from lrplan.rules.composition._lost_initial_writes import undone_first_writes

BAD = """\
training: {epochs: 30, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler:
      - {type: LinearLR, total_iters: 5}
      - {type: LinearLR, total_iters: 10}
"""
BAD_RESET = """\
training: {epochs: 30, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler:
      - {type: LinearLR, start_factor: 0.5, total_iters: 5}
      - type: SequentialLR
        milestones: [10]
        schedulers:
          - {type: ConstantLR, factor: 1.0}
          - {type: CosineAnnealingLR, T_max: 20}
"""
GOOD = """\
training: {epochs: 30, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: LinearLR, total_iters: 10}
"""


def check(context: Context) -> Iterator[Hit]:
    """Two warm-ups at once, and a SequentialLR built after a warm-up."""
    if not context.trace.steps:
        return
    for sequence, earlier in undone_first_writes(context):
        if "lr" in fields(context, sequence) and not is_closed_form(earlier):
            yield _reset(context, sequence, earlier)
    for one, other in combinations(context.plan.schedulers, 2):
        if shares_groups(one, other) and _both_warm_up(context, one, other):
            yield _two_warmups(context, one, other)


def _both_warm_up(context: Context, one: SchedulerPlan, other: SchedulerPlan) -> bool:
    return warms_up(context, one) and warms_up(context, other)


def _two_warmups(context: Context, one: SchedulerPlan, other: SchedulerPlan) -> Hit:
    group = next(name for name in other.groups if name in one.groups)
    base, first = context.base_values()[group], float(context.trace.lr[group][0])
    return Hit(
        path=context.path_of(other, "type"),
        message=(
            f"two warm-ups multiply: {one.type} and {other.type} together let the first step run"
            f" at {first:.3g}, with a base lr of {base:.3g}"
        ),
        fix="keep one warm-up, or put one after the other in a SequentialLR",
        step=0,
    )


def _reset(context: Context, sequence: SchedulerPlan, earlier: SchedulerPlan) -> Hit:
    group = next(name for name in sequence.groups if name in earlier.groups)
    first = float(context.trace.lr[group][0])
    factor = first_factors(context, earlier)[0]
    return Hit(
        path=context.path_of(sequence, "type"),
        message=(
            f"SequentialLR sets the lr back when it is built, so {earlier.type} does not start"
            f" at {factor:.3g} of the base lr but at {first:.3g}, and goes on from there"
        ),
        fix=f"make {earlier.type} a member of the SequentialLR, or put it after it",
        step=0,
        severity=Severity.ERROR,
    )


RULE = Rule(
    code="LRP403",
    name="constructor-changes-lr",
    severity=Severity.WARNING,
    needs="curve",
    summary="Constructors of several schedulers change the lr before step 0.",
    bad=(BAD, BAD_RESET),
    good=(GOOD,),
    check=check,
    level="cause",
    supersedes=("chained-warmup-cosine-peak-lost",),
)
