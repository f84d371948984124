"""``get_last_lr()`` right after ``scheduler.step()`` is the next update's learning rate.

``step()`` writes the value that the next ``optimizer.step()`` will use. A log that reads it after
every update is one update early.

## Why it matters

A plot of the log is shifted by one: its first point is not the learning rate of the first update,
and at a restart or a milestone the jump seems to come one update too soon. Whoever compares the log
with a plan, or with another run's, sees a difference that does not exist.

## How to fix it

Read ``get_last_lr()``, or ``param_groups[0]["lr"]``, before ``scheduler.step()``.

## When it is fine

A scheduler that is stepped once an epoch is not reported: its value after ``step()`` is that of the
next epoch, and a summary at the end of an epoch may well say it.

## References

huggingface/transformers#35942, OpenNMT/OpenNMT-py#1666, pytorch/pytorch#20527
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint import Rule, RunContext, RunHit, Severity, script
from lrplan.schedule_code.model import loops_of


def check_run(context: RunContext) -> Iterator[RunHit]:
    """Reads of the learning rate after a tick, in the loop over batches."""
    code = context.observation.code
    if code is None:
        return
    batches = {each.number for each in loops_of(code.body) if each.kind == "batch"}
    for act, loop in code.reads_after_ticks:
        if loop in batches:
            scheduler = code.schedulers[act.index]
            yield RunHit(
                location=code.location(act.place),
                message=(
                    f"after {scheduler.type}.step() this is the learning rate of the next update,"
                    " not of the one that was made"
                ),
                fix="read it before scheduler.step()",
                scheduler=scheduler.index,
            )


_READ = "print(epoch, scheduler.get_last_lr()[0])"


def _example(*lines: str) -> str:
    return script("ExponentialLR(optimizer, gamma=0.999)", after_step=lines)


RULE = Rule(
    code="LRP882",
    name="logged-lr-is-next-lr",
    severity=Severity.INFO,
    needs="run",
    summary="A learning rate that is read after the tick is that of the next update.",
    check_run=check_run,
    seen_in="source",
    bad_source=(_example("scheduler.step()", _READ),),
    good_source=(_example(_READ, "scheduler.step()"),),
)
