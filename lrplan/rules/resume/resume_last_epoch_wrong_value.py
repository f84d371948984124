"""``last_epoch`` is not the index of the last finished tick, or the lr in use is not restored.

``last_epoch`` counts from 0: after 5 ticks it is 4, and the constructor then makes the tick of
index 5. Schedulers that compute the next learning rate from the current one need that one too.

## Why it matters

With the count instead of the index a value is skipped: a cosine's tail is another one, ``StepLR``
decays a tick early, ``OneCycleLR`` raises at its end. With ``initial_lr`` set by hand and no
optimizer state, the recursion starts from the base lr: cosine and ``StepLR`` stay too high for
the rest of the run.

## How to fix it

Load the states of both instead of passing ``last_epoch``.

## References

pytorch/pytorch#60265, victoresque/pytorch-template#68, mozilla/TTS#57
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
    scheduler: {type: CosineAnnealingLR, T_max: 30}
"""


def check(context: Context) -> Iterator[Hit]:
    """A resume by ``last_epoch`` with another number, or without the lr."""
    resumed = context.resume
    options = resumed.options
    if options.last_epoch is None or options.scheduler or not differs(resumed):
        return
    for top, called in top_schedulers(context):
        if options.last_epoch not in ("right", called - 1):
            message = (
                f"last_epoch={options.last_epoch} after {called:,} ticks of {top.type}, where"
                f" {called - 1} is right: {describe_difference(resumed)}"
            )
            yield from hit_scheduler(context, message, AS_DOCUMENTED, path=top.path)
            return
    if options.optimizer == "lost":
        message = (
            f"resumed by last_epoch without the lr that was in use: {describe_difference(resumed)}"
        )
        yield from hit_scheduler(context, message, AS_DOCUMENTED)


RULE = Rule(
    code="LRP854",
    name="resume-last-epoch-wrong-value",
    severity=Severity.ERROR,
    needs="resume",
    summary="A resume by `last_epoch` with the wrong number, or without the lr in use.",
    bad=(BAD, BAD.replace("CosineAnnealingLR, T_max: 30", "StepLR, step_size: 13")),
    good=(BAD,),
    check=check,
    supersedes=("resume-discontinuity",),
    resume=(
        ResumeOptions(at="12ep", optimizer="before", scheduler=False, last_epoch=12),
        ResumeOptions(at="12ep"),
    ),
)
