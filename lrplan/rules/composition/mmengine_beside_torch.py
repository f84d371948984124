"""A scheduler of torch and one of mmengine cannot share an optimizer.

Both wrap ``optimizer.step`` when they are built, and both need the method as it was: the second one
finds a plain function.

## Why it matters

Building the second raises ``AttributeError: 'function' object has no attribute '__self__'``
(mmengine after torch) or ``'__func__'`` (torch after mmengine).

## How to fix it

Take all schedulers of an optimizer from one of the two: ``mmengine:LinearLR`` beside
``mmengine:CosineAnnealingLR``, with ``begin`` and ``end``, or torch's ``SequentialLR``.

## When it is fine

On different groups (each has ``groups`` of its own), and beside ``ReduceLROnPlateau`` or schedulers
of timm, which do not wrap the method.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from lrplan.lint import Context, Hit, Rule, SchedulerPlan, Severity

BAD = """\
training: {epochs: 10, steps_per_epoch: 100}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler:
      - {type: "mmengine:LinearLR", start_factor: 0.1, end: 3}
      - {type: CosineAnnealingLR, T_max: 10}
"""
NESTED = """\
training: {epochs: 10, steps_per_epoch: 100}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler:
      type: SequentialLR
      milestones: [3]
      schedulers:
        - {type: "mmengine:LinearLR", start_factor: 0.1, end: 3}
        - {type: CosineAnnealingLR, T_max: 7}
"""
GOOD = BAD.replace(
    "CosineAnnealingLR, T_max: 10", '"mmengine:CosineAnnealingLR", T_max: 7, begin: 3, end: 10'
)
_OF_TORCH = ("torch", "swa", "lrplan")


def check(context: Context) -> Iterator[Hit]:
    """The first two schedulers, nested or not, that both wrap the optimizer's method.

    The hit is at torch's: what others find about the two together, they report there.
    """
    everything = len(context.plan.optimizer.groups)
    whole = [top for top in context.plan.schedulers if len(top.groups) == everything]
    built = [each for top in whole for each in _built(top)]
    for one, other in combinations(built, 2):
        by_family = {_family(one): one, _family(other): other}
        if by_family.keys() == {"mmengine", "torch"}:
            yield Hit(
                path=by_family["torch"].path,
                message=(
                    f"{one.type} and {other.type} are both built on this optimizer: a scheduler of"
                    " torch and one of mmengine cannot share one"
                ),
                fix="take both from torch, or both from mmengine",
            )
            return


def _built(top: SchedulerPlan) -> Iterator[SchedulerPlan]:
    """The schedulers that are built on the optimizer, in order: those inside before the outer."""
    for child in top.children():
        yield from _built(child)
    # SequentialLR and ChainedScheduler wrap no method themselves.
    if top.row.container is None:
        yield top


def _family(scheduler: SchedulerPlan) -> str:
    """``torch`` for its own and those made like them, but for a plateau; else the package."""
    row = scheduler.row
    if row.family in _OF_TORCH:
        return "" if row.reads_metric else "torch"
    return row.family


RULE = Rule(
    code="LRP455",
    name="mmengine-beside-torch",
    severity=Severity.ERROR,
    needs="spec",
    summary="A scheduler of torch and one of mmengine cannot share an optimizer.",
    bad=(BAD, NESTED),
    good=(GOOD,),
    check=check,
    level="cause",
    # What the two would do together: they never run together.
    supersedes=(
        "cannot-build",
        "stops-midway",
        "closed-form-member-overwrites-chain",
        "sequential-onecycle-member",
    ),
    extra="mmengine",
)
