"""``SequentialLR(last_epoch=N)`` starts its first member for every N.

The constructor of ``SequentialLR`` resets every member and ticks the first one; ``last_epoch`` only
moves its own counter.

## Why it matters

The resumed run warms up a second time, and later members start from the wrong learning rate.

## How to fix it

Build it without ``last_epoch``, then load the states of the optimizer and of the scheduler.

## References

pytorch/pytorch#162591
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint import Context, Hit, ResumeOptions, Rule, Severity
from lrplan.rules.resume._resumed_run import (
    AS_DOCUMENTED,
    describe_difference,
    differs,
    hit_scheduler,
    top_schedulers,
)

BAD = """\
training: {epochs: 30, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler:
      type: SequentialLR
      milestones: [5]
      schedulers:
        - {type: LinearLR, start_factor: 0.1, total_iters: 5}
        - {type: CosineAnnealingLR, T_max: 25}
"""


def check(context: Context) -> Iterator[Hit]:
    """A sequence that is built with ``last_epoch`` and not restored."""
    resumed = context.resume
    if resumed.options.last_epoch is None or resumed.options.scheduler or not differs(resumed):
        return
    for top, called in top_schedulers(context, "SequentialLR"):
        message = (
            f"SequentialLR built with last_epoch after {called:,} ticks starts its first member"
            f" again: {describe_difference(resumed)}"
        )
        yield from hit_scheduler(context, message, AS_DOCUMENTED, path=top.path)


RULE = Rule(
    code="LRP856",
    name="sequential-resume-by-last-epoch",
    severity=Severity.ERROR,
    needs="resume",
    summary="`SequentialLR` with `last_epoch` starts its first member again.",
    bad=(BAD,),
    good=(BAD,),
    check=check,
    supersedes=("resume-discontinuity", "resume-last-epoch-wrong-value"),
    resume=(
        ResumeOptions(at="12ep", optimizer="before", scheduler=False, last_epoch="right"),
        ResumeOptions(at="12ep"),
    ),
)
