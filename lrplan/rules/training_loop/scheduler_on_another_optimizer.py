"""A scheduler drives an optimizer that is never stepped, and the one that is stepped has none.

A scheduler keeps the optimizer that it was given. If the script makes a new optimizer afterwards,
for another model, after unfreezing or after wrapping, the scheduler goes on changing the learning
rate of the old one.

## Why it matters

The optimizer that trains keeps its first learning rate to the end. torch may warn that
``lr_scheduler.step()`` was called before ``optimizer.step()``, which sends one to look for a
mistake in the loop, where there is none.

## How to fix it

Make the scheduler after the last optimizer, on that one.

## When it is fine

Two optimizers that take turns: both are stepped at some time. An optimizer that has a scheduler of
its own is not asked about.

## References

Lightning-AI/pytorch-lightning#5338, axolotl-ai-cloud/axolotl#3435
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint import Rule, RunContext, RunHit, Severity, count, script
from lrplan.observation import ObservedOptimizer, ObservedScheduler

_FEWEST = 2


def check_run(context: RunContext) -> Iterator[RunHit]:
    """Schedulers that tick beside an optimizer that is not theirs."""
    for scheduler in context.tops:
        own, ticks = context.optimizer(scheduler.optimizer), context.ticks(scheduler)
        if own is None or own.escapes or ticks is None or ticks.total < _FEWEST:
            continue
        if context.facts.steps[own.index]:
            continue
        other = _stepped_without_scheduler(context, own)
        if other is not None:
            yield _hit(context, scheduler, own, other)


def _stepped_without_scheduler(
    context: RunContext, own: ObservedOptimizer
) -> ObservedOptimizer | None:
    return next(
        (
            each
            for each in context.observation.optimizers
            if each is not own
            and each.index not in context.driven
            and context.facts.steps[each.index] > 1
        ),
        None,
    )


def _hit(
    context: RunContext,
    scheduler: ObservedScheduler,
    own: ObservedOptimizer,
    other: ObservedOptimizer,
) -> RunHit:
    line = "" if other.location is None else f" of line {other.location.line}"
    steps = count(context.facts.steps[other.index], "update")
    made = f", which makes all {steps}," if context.recorded else ", which is stepped,"
    return RunHit(
        location=context.location(scheduler),
        message=(
            f"{scheduler.type} drives {own.type}{_line(own)}, which is never stepped:"
            f" {other.type}{line}{made} has no scheduler"
        ),
        fix="make the scheduler on the optimizer that is stepped",
        scheduler=scheduler.index,
    )


def _line(optimizer: ObservedOptimizer) -> str:
    return "" if optimizer.location is None else f" of line {optimizer.location.line}"


_AGAIN = "optimizer = torch.optim.SGD(model.parameters(), lr=0.1)"

RULE = Rule(
    code="LRP862",
    name="scheduler-on-another-optimizer",
    severity=Severity.ERROR,
    needs="run",
    summary="A scheduler drives an optimizer that is never stepped.",
    check_run=check_run,
    bad_source=(
        script("StepLR(optimizer, step_size=3)", made=(_AGAIN,), after_epoch=("scheduler.step()",)),
    ),
    good_source=(script("StepLR(optimizer, step_size=3)", after_epoch=("scheduler.step()",)),),
    level="cause",
    supersedes=("scheduler-step-before-optimizer-step",),
)
