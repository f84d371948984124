"""``SequentialLR(last_epoch=N)`` starts its first member, whatever N.

The constructor of ``SequentialLR`` takes every member back and ticks the first one; ``last_epoch``
only moves its own counter.

## Why it matters

The resumed run warms up a second time, and later members start from the wrong rate.

## How to fix it

Build it without ``last_epoch``, then load the states of the optimizer and of the scheduler.

## References

pytorch/pytorch#162591
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrplan.finding import Severity
from lrplan.lint.rule import Rule
from lrplan.resume import ResumeOptions
from lrplan.rules.resume._resumed_run import AS_DOCUMENTED, apart, differs, hits, tops

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lrplan.lint.context import Context
    from lrplan.lint.rule import Hit

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
    resumed = context.resumed
    if resumed.asked.last_epoch is None or resumed.asked.scheduler or not differs(resumed):
        return
    for top, called in tops(context, "SequentialLR"):
        message = (
            f"SequentialLR built with last_epoch after {called:,} ticks starts its first member"
            f" again: {apart(resumed)}"
        )
        yield from hits(context, message, AS_DOCUMENTED, path=top.path)


RULE = Rule(
    code="LRP856",
    name="sequential-resume-by-last-epoch",
    family="resume",
    severity=Severity.ERROR,
    needs="resume",
    summary="`SequentialLR` with `last_epoch` starts its first member again.",
    bad=(BAD,),
    good=(BAD,),
    check=check,
    supersedes=("resume-last-epoch-wrong-value", "resume-discontinuity"),
    resume=(
        ResumeOptions(at="12ep", optimizer="before", scheduler=False, last_epoch="right"),
        ResumeOptions(at="12ep"),
    ),
)
