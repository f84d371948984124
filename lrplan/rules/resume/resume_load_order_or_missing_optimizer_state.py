"""Only the scheduler's state is loaded, or the optimizer's is loaded before the scheduler is built.

Building a scheduler writes the rate of its first tick into the optimizer. What was loaded before
is overwritten, and what is not loaded afterwards stays there. The scheduler's own state holds
counters, not the rate in use.

## Why it matters

Schedulers that compute the next rate from the current one (``StepLR``, ``MultiStepLR``,
``ExponentialLR``, ``CosineAnnealingLR``, ``LinearLR``, ...) stay wrong to the end: with the
scheduler's state alone, ``StepLR`` after one decay trains on at ten times its rate. Those that
compute it from the count (``LambdaLR``, ``OneCycleLR``, ``CyclicLR``, warm restarts) are wrong
until their next tick. With the optimizer's state loaded first, ``StepLR`` is right by luck, and
``LinearLR`` is wrong for good.

## How to fix it

Build the optimizer, build the schedulers on it, load the optimizer's state, then load the
schedulers'. Compare the first rate with the one that was logged last.

## References

pytorch/pytorch#29697, Lightning-AI/pytorch-lightning#15462, huggingface/transformers#27749
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrplan.finding import Severity
from lrplan.lint.rule import Rule
from lrplan.resume import ResumeOptions
from lrplan.rules.resume._resumed_run import AS_DOCUMENTED, apart, differs, hits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lrplan.lint.context import Context
    from lrplan.lint.rule import Hit

BAD = """\
training: {epochs: 30, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: StepLR, step_size: 10}
"""


def check(context: Context) -> Iterator[Hit]:
    """A run that goes on with a rate which no state has put there."""
    resumed = context.resumed
    asked = resumed.asked
    as_told = asked.optimizer == "after" or not asked.scheduler or asked.last_epoch is not None
    by_this = resumed.jumps or not resumed.changes
    if as_told or not by_this or not differs(resumed):
        return
    how = (
        "without the optimizer's state"
        if asked.optimizer == "lost"
        else "with the optimizer's state loaded before its schedulers are built"
    )
    message = f"resumed at step {resumed.step:,} {how}: {apart(resumed)}"
    yield from hits(context, message, AS_DOCUMENTED)


RULE = Rule(
    code="LRP852",
    name="resume-load-order-or-missing-optimizer-state",
    family="resume",
    severity=Severity.ERROR,
    needs="resume",
    summary="The optimizer's state is loaded too early, or not: the rate is a new run's.",
    bad=(BAD, BAD.replace("StepLR, step_size: 10", "MultiStepLR, milestones: [5, 25]")),
    good=(BAD,),
    check=check,
    supersedes=("resume-discontinuity",),
    resume=(ResumeOptions(at="12ep", optimizer="lost"), ResumeOptions(at="12ep")),
)
