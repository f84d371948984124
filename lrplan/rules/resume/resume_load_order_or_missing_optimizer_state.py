"""Only the scheduler's state is loaded, or the optimizer's is loaded before the scheduler is built.

Building a scheduler writes the learning rate of its first tick into the optimizer. It overwrites a
value that was loaded before, and it stays unless a state is loaded afterwards. The scheduler's own
state holds counters, not the learning rate in use.

## Why it matters

Schedulers that compute the next learning rate from the current one (``StepLR``, ``MultiStepLR``,
``ExponentialLR``, ``CosineAnnealingLR``, ``LinearLR``, ...) stay wrong to the end: with the
scheduler's state alone, ``StepLR`` after one decay trains on at ten times its learning rate. Those
that compute it from the count (``LambdaLR``, ``OneCycleLR``, ``CyclicLR``, warm restarts) are wrong
until their next tick. With the optimizer's state loaded first, ``StepLR`` is right by luck, and
``LinearLR`` is wrong for good.

## How to fix it

Build the optimizer, build the schedulers on it, load the optimizer's state, then load the
schedulers'. Compare the first learning rate with the one that was logged last.

## References

pytorch/pytorch#29697, Lightning-AI/pytorch-lightning#15462, huggingface/transformers#27749
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint import Context, Hit, ResumeOptions, Rule, Severity
from lrplan.rules.resume._resumed_run import (
    AS_DOCUMENTED,
    describe_difference,
    differs,
    hit_scheduler,
)

BAD = """\
training: {epochs: 30, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: StepLR, step_size: 10}
"""


def check(context: Context) -> Iterator[Hit]:
    """A run that goes on with an lr which no state has put there."""
    resumed = context.resume
    options = resumed.options
    as_told = (
        options.optimizer == "after" or not options.scheduler or options.last_epoch is not None
    )
    by_this = resumed.jumps or not resumed.changes
    if as_told or not by_this or not differs(resumed):
        return
    load_order = (
        "without the optimizer's state"
        if options.optimizer == "lost"
        else "with the optimizer's state loaded before its schedulers are built"
    )
    message = f"resumed at step {resumed.step:,} {load_order}: {describe_difference(resumed)}"
    yield from hit_scheduler(context, message, AS_DOCUMENTED)


RULE = Rule(
    code="LRP852",
    name="resume-load-order-or-missing-optimizer-state",
    family="resume",
    severity=Severity.ERROR,
    needs="resume",
    summary="The optimizer's state is loaded too early or not at all: lr is a new run's.",
    bad=(BAD, BAD.replace("StepLR, step_size: 10", "MultiStepLR, milestones: [5, 25]")),
    good=(BAD,),
    check=check,
    supersedes=("resume-discontinuity",),
    resume=(ResumeOptions(at="12ep", optimizer="lost"), ResumeOptions(at="12ep")),
)
