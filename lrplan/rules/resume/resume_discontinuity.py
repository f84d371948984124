"""The resumed run differs from the run without the interruption.

With ``--resume-at`` lrplan runs a schedule up to a checkpoint, saves the states of the optimizer
and its schedulers as ``torch.save`` would, builds both anew, loads the states that
``--resume-from`` names, and continues. This rule compares the values of every step with those of
the uninterrupted run. Where a cause is known, its own rule reports it instead.

## Why it matters

``--resume-from none`` starts the schedule over: a ``CosineAnnealingLR`` that had come down to half
of its learning rate starts again at its top, and has not ended when the run ends.
``--resume-from optimizer`` keeps the learning rate for the first tick, and then continues as if the
run had just begun.

## How to fix it

Save and load both states. Build the optimizer and the schedulers first, then load the optimizer's,
then each scheduler's.

## When it is fine

A run that starts from trained weights with a schedule of its own, such as a fine-tuning, should
begin anew. Differences below a billionth of the peak are rounding, and are not reported.

## References

pytorch/pytorch#60265, Lightning-AI/pytorch-lightning#15462
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint import Context, Hit, ResumeOptions, Rule, Severity
from lrplan.resume import restored_text
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
    scheduler: {type: CosineAnnealingLR, T_max: 30}
"""


_OLD_PLAN = (
    "the loaded states are those of the old plan: tick the new scheduler up to here instead of"
    " loading them, or set what they hold"
)


def check(context: Context) -> Iterator[Hit]:
    """A resumed run that is another one."""
    resumed = context.resume
    if differs(resumed):
        message = (
            f"resumed at step {resumed.step:,} {restored_text(resumed.options)}:"
            f" {describe_difference(resumed)}"
        )
        as_documented = resumed.options.complete and resumed.options.replanned
        yield from hit_scheduler(context, message, _OLD_PLAN if as_documented else AS_DOCUMENTED)


RULE = Rule(
    code="LRP859",
    name="resume-discontinuity",
    severity=Severity.WARNING,
    needs="resume",
    summary="After the resume, steps are given other values than in the unbroken run.",
    bad=(BAD,),
    good=(BAD,),
    check=check,
    resume=(ResumeOptions(at="15ep", optimizer="lost", scheduler=False), ResumeOptions(at="15ep")),
)
