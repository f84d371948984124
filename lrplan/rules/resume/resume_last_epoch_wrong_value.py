"""``last_epoch`` is not the index of the last finished tick, or the rate in use then is lost.

``last_epoch`` counts from 0: after 5 ticks it is 4, and the constructor then makes the tick of
index 5. Schedulers that compute the next rate from the current one need that one too.

## Why it matters

With the count instead of the index a value is skipped: a cosine's tail is another one, ``StepLR``
decays a tick early, ``OneCycleLR`` raises at its end. With ``initial_lr`` set by hand and no
optimizer state, the recursion starts from the base rate: cosine and ``StepLR`` stay too high for
the rest of the run.

## How to fix it

Load the states of both instead of passing ``last_epoch``.

## References

pytorch/pytorch#60265, victoresque/pytorch-template#68, mozilla/TTS#57
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
    scheduler: {type: CosineAnnealingLR, T_max: 30}
"""


def check(context: Context) -> Iterator[Hit]:
    """A resume by ``last_epoch`` with another number, or without the rate."""
    resumed = context.resumed
    asked = resumed.asked
    if asked.last_epoch is None or asked.scheduler or not differs(resumed):
        return
    for top, called in tops(context):
        if asked.last_epoch not in ("right", called - 1):
            message = (
                f"last_epoch={asked.last_epoch} after {called:,} ticks of {top.type}, where"
                f" {called - 1} is right: {apart(resumed)}"
            )
            yield from hits(context, message, AS_DOCUMENTED, path=top.path)
            return
    if asked.optimizer == "lost":
        message = f"resumed by last_epoch without the rate that was in use: {apart(resumed)}"
        yield from hits(context, message, AS_DOCUMENTED)


RULE = Rule(
    code="LRP854",
    name="resume-last-epoch-wrong-value",
    family="resume",
    severity=Severity.ERROR,
    needs="resume",
    summary="A resume by `last_epoch` with the wrong number, or without the rate in use.",
    bad=(BAD, BAD.replace("CosineAnnealingLR, T_max: 30", "StepLR, step_size: 13")),
    good=(BAD,),
    check=check,
    supersedes=("resume-discontinuity",),
    resume=(
        ResumeOptions(at="12ep", optimizer="before", scheduler=False, last_epoch=12),
        ResumeOptions(at="12ep"),
    ),
)
