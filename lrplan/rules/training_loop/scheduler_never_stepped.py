"""A scheduler is made and never stepped, so the learning rate stays where its constructor put it.

The optimizer is stepped, the scheduler is not: the call is missing, or it stands where the loop
never comes. There is no message. Under Lightning's manual optimization nobody steps a scheduler but
the module itself.

## Why it matters

The whole run has one learning rate. It need not even be the optimizer's: ``LinearLR`` begins at a
third of it, ``OneCycleLR`` at a 25th of ``max_lr``, and a ``LambdaLR`` that warms up often at 0.

## How to fix it

Call ``scheduler.step()`` after every update or once an epoch, whichever its lengths count; or
delete the scheduler.

## When it is fine

A scheduler of which another one takes care (inside ``SequentialLR``), one that is handed to a
trainer, and one of several on the same optimizer, where the others are stepped: its turn may come
later. Runs of a single epoch, and runs that did not end by themselves, are not judged.
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint import Rule, RunContext, RunHit, Severity, count, script
from lrplan.observation import ObservedScheduler

_FEWEST = 2
"""Updates, and epochs, from which on a scheduler should have been stepped."""


def check_run(context: RunContext) -> Iterator[RunHit]:
    """Schedulers without a tick, of optimizers that are stepped."""
    for scheduler in context.tops:
        if context.row(scheduler) is None or context.ticks(scheduler) is not None:
            continue
        if _may_be_stepped(context, scheduler) or not _is_long_enough(context, scheduler):
            continue
        steps = count(context.facts.steps[scheduler.optimizer or 0], "update")
        made = f" by any of {steps}" if context.recorded else ""
        yield RunHit(
            location=context.location(scheduler),
            message=(
                f"{scheduler.type} is never stepped{made}: the learning rate stays where its"
                " constructor put it"
            ),
            fix="call scheduler.step() after every update, or once an epoch",
            scheduler=scheduler.index,
        )


def _may_be_stepped(context: RunContext, scheduler: ObservedScheduler) -> bool:
    """Return True if other code may step it, or another scheduler has its turn."""
    optimizer = context.optimizer(scheduler.optimizer)
    if scheduler.escapes or optimizer is None or optimizer.escapes:
        return True
    return scheduler.optimizer in context.driven


def _is_long_enough(context: RunContext, scheduler: ObservedScheduler) -> bool:
    facts = context.facts
    steps = facts.steps[scheduler.optimizer or 0] - scheduler.step
    if not context.recorded:
        return steps > 0
    epochs = len(facts.steps_by_epoch)
    return context.finished and steps >= _FEWEST and (not epochs or epochs >= _FEWEST)


RULE = Rule(
    code="LRP861",
    name="scheduler-never-stepped",
    severity=Severity.WARNING,
    needs="run",
    summary="A scheduler is made and never stepped.",
    check_run=check_run,
    bad_source=(script("StepLR(optimizer, step_size=3)"),),
    good_source=(script("StepLR(optimizer, step_size=3)", after_epoch=("scheduler.step()",)),),
)
