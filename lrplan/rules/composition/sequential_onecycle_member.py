"""``OneCycleLR`` inside another scheduler changes the base lr of all the others.

When it is built, ``OneCycleLR`` stores ``max_lr / div_factor`` as the groups' ``initial_lr``, and
every scheduler built later, as well as ``SequentialLR`` when it sets the learning rate back, takes
that for the base lr. ``CyclicLR`` does the same with ``base_lr`` when it is the first to be built.
In a ``ChainedScheduler`` they also erase, at every tick, what the other members did.

## Why it matters

Base learning rate 0.1: ``LinearLR`` from a tenth over 3 ticks, then ``OneCycleLR(max_lr=0.1)`` over
7, gives 0.0004, 0.0016, 0.0028, 0.004 and then 0.0981: the warm-up tops out at 4 % of the goal.
With ``OneCycleLR`` first, the cosine after it starts at 0.004.

## How to fix it

``OneCycleLR`` has its own warm-up and its own end: use it alone, over the whole run.

## When it is fine

Members whose first learning rate equals the optimizer's (``max_lr / div_factor``, or ``base_lr``)
leave the others their base; so does a ``CyclicLR`` that is not the first member of a
``SequentialLR``.

## References

pytorch/pytorch#72856
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isclose

from lrplan.lint import Context, Hit, Rule, SchedulerPlan, Severity
from lrplan.lint.facts.cycle_lrs import lowest_lrs

BAD = """\
training: {epochs: 10, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1, momentum: 0.9}
    scheduler:
      type: SequentialLR
      interval: step
      milestones: [30]
      schedulers:
        - {type: LinearLR, start_factor: 0.1, total_iters: 30}
        - {type: OneCycleLR, max_lr: 0.1, total_steps: 70}
"""
GOOD = """\
training: {epochs: 10, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1, momentum: 0.9}
    scheduler: {type: OneCycleLR, interval: step, max_lr: 0.1, total_steps: 100}
"""


def check(context: Context) -> Iterator[Hit]:
    """Each OneCycleLR or CyclicLR among the members of a container of several."""
    for span in context.spans():
        if span.scheduler.row.container is None:
            continue
        members = list(span.scheduler.children())
        for index, member in enumerate(members):
            if not member.row.replaces_lr or len(members) == 1:
                continue
            if span.scheduler.row.container == "chained":
                yield _chained(context, member, [each for each in members if each is not member])
            elif index == 0 or member.row.past_end == "raises":
                yield from _sequential(context, member)


def _chained(context: Context, member: SchedulerPlan, others: list[SchedulerPlan]) -> Hit:
    names = " and ".join(dict.fromkeys(each.type for each in others))
    return Hit(
        path=context.path_of(member, "type"),
        message=f"{member.type} sets the lr and the base lr by itself: {names} cannot act on"
        " it in a chain",
        fix=f"use {member.type} alone",
    )


def _sequential(context: Context, member: SchedulerPlan) -> Iterator[Hit]:
    base = context.base_values()
    for group, first in lowest_lrs(context, member).items():
        if group in base and not isclose(first, base[group], rel_tol=1e-6):
            yield Hit(
                path=context.path_of(member, "type"),
                message=(
                    f"{member.type} makes its first lr, {first:.4g}, the base lr of the other"
                    f" phases, which should scale from {base[group]:.4g}"
                ),
                fix=f"use {member.type} alone",
                step=0,
            )
            return


RULE = Rule(
    code="LRP406",
    name="sequential-onecycle-member",
    severity=Severity.ERROR,
    needs="spec",
    summary="OneCycleLR inside another scheduler changes everyone's base lr.",
    bad=(BAD,),
    good=(GOOD,),
    check=check,
    level="cause",
    supersedes=("closed-form-member-overwrites-chain", "onecycle-overrides-lr-and-momentum"),
)
