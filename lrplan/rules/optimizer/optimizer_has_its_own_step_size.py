"""The optimizer makes its step size of more than the learning rate that is shown.

- ``Prodigy`` and the ``DAdapt`` classes multiply the learning rate by a distance that they estimate
  while they train. Their authors recommend ``lr: 1`` with or without a schedule.
- The ``ScheduleFree`` classes average weights in place of a schedule. With ``warmup_steps`` they
  warm up themselves, and the groups do not show it.

## Why it matters

The curve shows factors, not step sizes: a peak of 1e-3, copied from Adam, makes Prodigy a thousand
times slower than its authors mean it to be. A schedule that decays under a schedule-free optimizer
takes down what the averages are to do by themselves.

## How to fix it

For Prodigy and D-Adaptation leave ``lr`` at 1. For a schedule-free optimizer leave the scheduler
out; its ``warmup_steps`` warms up.

## When it is fine

Prodigy with a cosine from 1 is what its author recommends: that is an info, which says how the
curve is to be read.

## References

konstmish/prodigy; facebookresearch/dadaptation; facebookresearch/schedule_free
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint import Context, Hit, Rule, Severity, child_path, number
from lrplan.lint.facts.group_values import path_of_value

BAD = """\
training: {epochs: 10, steps_per_epoch: 100}
schedules:
  run:
    optimizer: {type: Prodigy, lr: 0.001}
    scheduler: {type: CosineAnnealingLR, T_max: 10}
"""
FREE = """\
training: {epochs: 10, steps_per_epoch: 100}
schedules:
  run:
    optimizer: {type: AdamWScheduleFree}
    scheduler: {type: CosineAnnealingLR, T_max: 10}
"""
GOOD = BAD.replace("{type: Prodigy, lr: 0.001}", "{type: AdamW, lr: 0.001}")
_SMALL, _LARGE = 0.1, 10.0
"""Learning rates further from 1 than these were meant for another optimizer."""


def check(context: Context) -> Iterator[Hit]:
    """Optimizers that estimate their step size, and those that are made to need no schedule."""
    row = context.plan.optimizer.row
    if row.own_lr == "estimates":
        yield _estimates(context)
    elif row.own_lr == "averages":
        yield from _averages(context)


def _estimates(context: Context) -> Hit:
    optimizer = context.plan.optimizer
    far = [lr for lr in context.base_values().values() if not _SMALL <= lr <= _LARGE]
    base = f"{optimizer.type} multiplies the lr by a distance that it estimates"
    path = child_path(optimizer.path, "lr" if "lr" in optimizer.arguments else "type")
    if far:
        message = f"{base}, and is meant for an lr of 1, not {number(far[0])}"
        return Hit(path, message, "lr: 1")
    message = f"{base}: the curve shows factors of it"
    return Hit(path, message, "nothing, if that is meant", severity=Severity.INFO)


def _averages(context: Context) -> Iterator[Hit]:
    optimizer = context.plan.optimizer
    top = next((each for each in context.plan.schedulers if context.field_of(each) == "lr"), None)
    if top is not None:
        yield Hit(
            child_path(top.path, "type"),
            f"{optimizer.type} averages weights in place of a schedule, and {top.type} is one",
            "leave the scheduler out; `warmup_steps` of the optimizer warms up",
        )
    steps = context.base_values("warmup_steps")
    if any(steps.values()):
        yield Hit(
            path_of_value(context, next(iter(steps)), "warmup_steps"),
            f"{optimizer.type} warms up by itself over {max(steps.values()):,.0f} steps, which the"
            " curve does not show",
            "nothing, if that is meant",
            severity=Severity.INFO,
        )


RULE = Rule(
    code="LRP808",
    name="optimizer-has-its-own-step-size",
    severity=Severity.WARNING,
    needs="spec",
    summary="The optimizer's step size depends on more than the lr that is shown.",
    bad=(BAD, FREE),
    good=(GOOD, FREE.replace("{type: CosineAnnealingLR, T_max: 10}", "null")),
    check=check,
)
