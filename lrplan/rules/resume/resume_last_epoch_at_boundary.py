"""A resume by ``last_epoch`` right after a milestone applies its factor a second time.

The constructor makes the tick that the interrupted run had just made. ``StepLR`` and
``MultiStepLR`` multiply the current learning rate at a milestone, ``ConstantLR`` divides it at its
end, and the optimizer's loaded learning rate already includes that.

## Why it matters

The learning rate is ten times too low for the rest of the run (twice too high with ``ConstantLR``),
and only where the checkpoint happens to fall on a milestone: a resume one epoch earlier or later is
right. ``ExponentialLR``, ``LinearLR`` and ``PolynomialLR`` did the same up to torch 2.7.1.

## How to fix it

Load the states of both instead of passing ``last_epoch``.

## References

pytorch/pytorch#60265, pytorch/pytorch#29697
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint import Context, Hit, ResumeOptions, Rule, SchedulerPlan, Severity
from lrplan.rules.resume._resumed_run import (
    AS_DOCUMENTED,
    describe_difference,
    hit_scheduler,
    top_schedulers,
)

BAD = """\
training: {epochs: 30, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: StepLR, step_size: 10}
"""


def check(context: Context) -> Iterator[Hit]:
    """A first step after the resume that is given the factor twice."""
    resumed = context.resume
    options = resumed.options
    by_count = (
        options.last_epoch is not None and not options.scheduler and options.optimizer == "before"
    )
    if not by_count or not resumed.jumps:
        return
    for top, called in top_schedulers(context):
        if not _multiplies_at_its_tick(top):
            continue
        # A constructor performs tick last_epoch + 1: after 30 ticks last_epoch=29 is right, and
        # performs tick 30 again. Where 30 is a milestone, the loaded lr has that cut already, and
        # is cut twice.
        if options.last_epoch in ("right", called - 1):
            message = (
                f"{top.type} repeats its tick {called:,}, a milestone, when it is built with"
                f" last_epoch={called - 1}: {describe_difference(resumed)}"
            )
            yield from hit_scheduler(context, message, AS_DOCUMENTED, path=top.path)


def _multiplies_at_its_tick(top: SchedulerPlan) -> bool:
    """Return True if it multiplies at planned ticks alone, and so once more when built at one."""
    row = top.row
    return row.update == "multiplies" and bool(row.name_of("every", "cuts", "hold"))


RULE = Rule(
    code="LRP855",
    name="resume-last-epoch-at-boundary",
    severity=Severity.ERROR,
    needs="resume",
    summary="A resume by `last_epoch` right after a milestone applies its factor twice.",
    bad=(BAD, BAD.replace("StepLR, step_size: 10", "MultiStepLR, milestones: [10, 20]")),
    good=(BAD,),
    check=check,
    supersedes=("resume-discontinuity",),
    resume=(
        ResumeOptions(at="10ep", optimizer="before", scheduler=False, last_epoch="right"),
        ResumeOptions(at="11ep", optimizer="before", scheduler=False, last_epoch="right"),
    ),
)
