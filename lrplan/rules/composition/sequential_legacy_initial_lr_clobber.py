"""Up to torch 1.12 the first phase of a ``SequentialLR`` begins where the last constructor left it.

Every scheduler writes the learning rate when it is built. Before torch 1.13 ``SequentialLR`` did
not undo what the constructors of the later members had written, so its first phase began at the
product of all of them, or at the base lr, and went on from there.

## Why it matters

With a base lr of 0.1, ``LinearLR`` from a tenth followed by warm restarts begins at 0.1, 0.4,
0.7 instead of 0.01, 0.04, 0.07. Constant factors of 1, 0.1 and 0.5 begin at 0.005 instead of 0.1.

## How to fix it

Use torch 1.13 or later. On older releases build the scheduler of the first phase last.

## When it is fine

From torch 1.13 on, and with later members whose constructors leave the learning rate alone, such as
``CosineAnnealingLR``, ``StepLR`` or ``ExponentialLR``.

## References

pytorch/pytorch#72856, threestudio-project/threestudio#226
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isclose

from lrplan.lint import Context, Hit, Rule, SchedulerPlan, Severity
from lrplan.lint.facts.combinations import (
    first_factors,
    is_closed_form,
)

BAD = """\
training: {epochs: 23, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler:
      type: SequentialLR
      milestones: [3]
      schedulers:
        - {type: LinearLR, start_factor: 0.1, total_iters: 3}
        - {type: CosineAnnealingWarmRestarts, T_0: 20}
"""
_RESTARTS = "CosineAnnealingWarmRestarts, T_0: 20"


def check(context: Context) -> Iterator[Hit]:
    """On torch before 1.13: members whose constructors change the first phase's start."""
    if context.torch >= (1, 13):
        return
    for span in context.sequences():
        members = list(span.scheduler.children())
        if not members or any(_is_other_case(each) for each in members):
            continue
        planned, actual = _starts(context, members)
        if not isclose(planned, actual, rel_tol=1e-9):
            release = ".".join(map(str, context.torch))
            yield Hit(
                path=context.path_of(span.scheduler, "type"),
                message=(
                    f"on torch {release} (all before 1.13) the first phase begins at {actual:.4g}"
                    f" of the base lr instead of {planned:.4g}: later constructors have written"
                    " it"
                ),
                fix="torch 1.13 or later, or build the scheduler of the first phase last",
                step=0,
            )


def _is_other_case(member: SchedulerPlan) -> bool:
    return member.row.replaces_lr or member.row.container is not None


def _starts(context: Context, members: Sequence[SchedulerPlan]) -> tuple[float, float]:
    """The planned first factor of the first group, and what the constructors make of it."""
    # Constructors run in the order of the list, and each writes the lr: a recursive one multiplies
    # what it finds by its first factor, one of closed form writes base times its own. Before 1.13
    # nothing set the lr back to the first phase's.
    planned = first_factors(context, members[0])[0]
    actual = planned
    for member in members[1:]:
        if context.field_of(member) == "lr":
            factor = first_factors(context, member)[0]
            actual = factor if is_closed_form(member) else actual * factor
    return planned, actual


RULE = Rule(
    code="LRP410",
    name="sequential-legacy-initial-lr-clobber",
    severity=Severity.ERROR,
    needs="spec",
    summary="Before torch 1.13 SequentialLR begins at the wrong lr.",
    bad=(BAD,),
    good=(BAD.replace(_RESTARTS, "CosineAnnealingLR, T_max: 20"),),
    check=check,
    bad_torch="1.12.1",
)
