"""A learning rate that the script writes by hand is replaced by the scheduler's next tick.

``LambdaLR``, ``OneCycleLR``, ``CyclicLR`` and warm restarts compute each value from the base
learning rate and the count of ticks. What stands in ``param_groups`` does not matter to them, so a
value that was written there lasts until the next ``scheduler.step()``.

## Why it matters

A cut by hand, for example after a bad epoch, is applied to one update, or to none. The schedule
goes on as if nothing had happened.

## How to fix it

Change what the scheduler computes from (``scheduler.base_lrs``), write the cut into its function,
or take a scheduler that multiplies the value in use, such as ``StepLR`` or ``ReduceLROnPlateau``.

## When it is fine

A warm-up by hand that hands over to the schedule: there the scheduler's value is near the one that
was written last. Schedulers that multiply keep what is written by hand.

## References

pytorch/pytorch#24352, open-mmlab/mmcv#1508
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite

from lrplan.arrays import FloatArray
from lrplan.lint import Rule, RunContext, RunHit, Severity, number, script
from lrplan.lint.run_facts import HandWrites
from lrplan.observation import ObservedOptimizer, ObservedScheduler

_DIFFERS = 0.1
"""A relative difference that no schedule makes in one tick."""
_BACK = 0.25
"""How near it comes to where it was, as a share of the way by hand."""
_RARE = 0.5
"""A script that writes before more than this share of the updates has a schedule of its own."""


def check_run(context: RunContext) -> Iterator[RunHit]:
    """Optimizers with a value by hand that the next tick takes back."""
    for index, writes in context.facts.writes.items():
        optimizer, scheduler = context.optimizer(index), _closed(context, index)
        if optimizer is None or optimizer.trace is None or scheduler is None:
            continue
        if len(writes.steps) > _RARE * context.facts.steps[index]:
            continue
        hit = _first_lost(context, optimizer, writes, scheduler)
        if hit is not None:
            yield hit


def _closed(context: RunContext, optimizer: int) -> ObservedScheduler | None:
    """A scheduler of the optimizer that computes from the base learning rate."""
    for each in context.tops:
        row = context.row(each)
        closed = row is not None and row.update == "sets"
        if each.optimizer == optimizer and closed and context.ticks(each) is not None:
            return each
    return None


def _first_lost(
    context: RunContext,
    optimizer: ObservedOptimizer,
    writes: HandWrites,
    scheduler: ObservedScheduler,
) -> RunHit | None:
    lrs = _column(optimizer, writes)
    if lrs is None:
        return None
    for step, value, ticked in zip(writes.steps, writes.values, writes.ticked_after, strict=True):
        # Written before update `step`: what came before it, and what the tick after it made of it.
        before, after = step - 1, step if ticked else step + 1
        if before < 0 or after >= len(lrs) or not isfinite(value):
            continue
        if _returns(float(lrs[before]), value, float(lrs[after])):
            used = "for no update" if ticked else "for one update"
            return RunHit(
                location=writes.first.location or context.location(scheduler),
                message=(
                    f"the learning rate {number(value)} that is written by hand before step"
                    f" {step:,} is used {used}:"
                    f" {scheduler.type} sets {number(float(lrs[after]))} at its next tick"
                ),
                fix="change scheduler.base_lrs, or what the scheduler computes",
                step=step,
                scheduler=scheduler.index,
            )
    return None


def _column(optimizer: ObservedOptimizer, writes: HandWrites) -> FloatArray | None:
    """The learning rates of the group that was written first."""
    if optimizer.trace is None:
        return None
    lrs = optimizer.trace.lr
    return lrs.get(writes.first.group or optimizer.trace.groups[0])


def _returns(before: float, value: float, after: float) -> bool:
    """Return True if the learning rate goes back from ``value`` to about what it was."""
    is_far = abs(after - value) > _DIFFERS * max(abs(after), abs(value))
    return is_far and abs(after - before) < _BACK * abs(value - before)


_CUT = ("if epoch == 4:", '    optimizer.param_groups[0]["lr"] = 0.001')

RULE = Rule(
    code="LRP864",
    name="manual-lr-edit-overwritten",
    severity=Severity.WARNING,
    needs="run",
    summary="A learning rate written by hand is lost at the scheduler's next tick.",
    check_run=check_run,
    seen_in="recording",
    bad_source=(
        script(
            "LambdaLR(optimizer, lambda step: 1 - step / 100)",
            after_step=("scheduler.step()",),
            after_epoch=_CUT,
        ),
    ),
    good_source=(
        script(
            "ExponentialLR(optimizer, gamma=0.99)",
            after_step=("scheduler.step()",),
            after_epoch=_CUT,
        ),
    ),
)
