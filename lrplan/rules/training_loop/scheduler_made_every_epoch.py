"""A new scheduler is made in every epoch, so its count begins at 0 again and again.

A scheduler counts its own ticks. Made inside the loop over epochs, or in the function that trains
one epoch, it starts its plan anew each time: a warm-up warms up in every epoch, and a decay never
gets beyond its first epoch.

## Why it matters

``LinearLR`` over 500 updates, made in a function that trains one epoch of 500, lowers the learning
rate to its start factor at the beginning of every epoch.

## How to fix it

Make the scheduler once, before the loop over epochs. For a warm-up of the first epoch alone, make
it only then: ``if epoch == 0``.

## When it is fine

A new scheduler for each stage of a training, on a new optimizer, and one cycle of exactly an epoch.
Up to two schedulers of one line are not reported.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from lrplan.lint import Rule, RunContext, RunHit, Severity, count, script
from lrplan.observation import ObservedScheduler

_FEWEST = 3
_MOST_EPOCHS = 0.8
"""The share of the epochs in which a new one is made."""


def check_run(context: RunContext) -> Iterator[RunHit]:
    """Lines that make a scheduler of one optimizer in almost every epoch."""
    by_line: defaultdict[tuple[object, ...], list[ObservedScheduler]] = defaultdict(list)
    for scheduler in context.tops:
        if scheduler.location is not None and context.ticks(scheduler) is not None:
            by_line[scheduler.location, scheduler.type, scheduler.optimizer].append(scheduler)
    for schedulers in by_line.values():
        steps = sorted({step for each in schedulers for step in _made(context, each)})
        epochs = len(context.facts.steps_by_epoch)
        often = len(steps) >= max(_FEWEST, _MOST_EPOCHS * epochs)
        if often and epochs and not _is_one_epoch_long(context, schedulers[0]):
            first = schedulers[0]
            times = f"{count(len(steps), 'time')} in {count(epochs, 'epoch')}"
            yield RunHit(
                location=context.location(first),
                message=(
                    f"{first.type} is made {times if context.recorded else 'in every epoch'}:"
                    " it starts from its first value each time"
                ),
                fix="make it once, before the loop over epochs",
                scheduler=first.index,
            )


def _made(context: RunContext, scheduler: ObservedScheduler) -> list[int]:
    return context.facts.steps_when_made.get(scheduler.index) or [scheduler.step]


def _is_one_epoch_long(context: RunContext, scheduler: ObservedScheduler) -> bool:
    """Return True if its plan is that of an epoch: a cycle in each of them is meant."""
    row = context.row(scheduler)
    if row is None or row.name_of("start factor"):
        return False
    if scheduler.units.get(row.name_of("end"), {}).get("batches") == 1:
        return True
    end = context.number(scheduler, row.name_of("end"))
    if end is None:
        epochs = context.number(scheduler, "epochs")
        end = context.number(scheduler, "steps_per_epoch") if epochs == 1 else None
    return end is not None and abs(end - context.facts.steps_per_epoch) <= 1


_MAKE = "torch.optim.lr_scheduler.LinearLR(optimizer, 0.1, total_iters=6)"

RULE = Rule(
    code="LRP863",
    name="scheduler-made-every-epoch",
    severity=Severity.ERROR,
    needs="run",
    summary="A new scheduler is made in every epoch, so it always starts again.",
    check_run=check_run,
    bad_source=(script(before_epoch=(f"warmup = {_MAKE}",), after_step=("warmup.step()",)),),
    good_source=(script(made=(f"warmup = {_MAKE}",), after_step=("warmup.step()",)),),
    level="cause",
)
