"""A scheduler of timm is called per epoch but counts updates, or the other way round.

timm's schedulers have two methods: ``step(epoch)`` for the end of an epoch, and
``step_update(updates)`` for the end of an update. ``t_in_epochs`` says which of the two has an
effect; the other one does nothing, without a warning. In a spec ``interval`` chooses the method:
``epoch`` the first, ``step`` and ``batch`` the second.

## Why it matters

There is no error, and the learning rate does not change. ``CosineLRScheduler`` with
``warmup_lr_init: 1e-4`` for 10 epochs at 0.1 trains all of them at 0.0001, the first value of the
warm-up; without a warm-up, at 0.1.

## How to fix it

Make the two agree: ``interval: step`` with ``t_in_epochs: false`` and lengths in updates (``30ep``
is turned into them), or ``interval: epoch`` with ``t_in_epochs: true``, which is the default.
``PlateauLRScheduler`` works with epochs only.

## When it is fine

Calling both methods in a training loop is what timm's own script does: only one of them has an
effect.

## References

huggingface/pytorch-image-models#2125, Lightning-AI/pytorch-lightning#5555
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint import Context, Hit, Rule, SchedulerPlan, Severity, Span, count, write_values

BAD = """\
training: {epochs: 10, steps_per_epoch: 50}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: timm:CosineLRScheduler, t_initial: 10ep, interval: step}
"""
IN_UPDATES = BAD.replace("interval: step", "t_in_epochs: false")
GOOD = BAD.replace("interval: step", "interval: step, t_in_epochs: false")

_PLATEAU = "timm:PlateauLRScheduler"


def check(context: Context) -> Iterator[Hit]:
    """Each scheduler of timm whose interval is not the one it counts in."""
    for span in context.spans():
        scheduler = span.scheduler
        if scheduler.row.family != "timm":
            continue
        told_of_epochs = span.top.interval == "epoch"
        if _counts_epochs(scheduler) != told_of_epochs:
            yield _hit(context, span, told_of_epochs=told_of_epochs)


def _counts_epochs(scheduler: SchedulerPlan) -> bool:
    return bool(scheduler.type == _PLATEAU or scheduler.arguments.get("t_in_epochs", True))


def _hit(context: Context, span: Span, *, told_of_epochs: bool) -> Hit:
    scheduler, top = span.scheduler, span.top
    method = "step()" if told_of_epochs else "step_update()"
    counted = "updates" if told_of_epochs else "epochs"
    fix = "interval: step" if told_of_epochs else "interval: epoch"
    if not told_of_epochs and scheduler.type != _PLATEAU:
        fix += ", or t_in_epochs: false"
    return Hit(
        path=context.path_of(scheduler, "t_in_epochs"),
        message=(
            f"{scheduler.type} counts {counted}, so that {method} does nothing on any of the"
            f" {count(context.ticks(top), 'tick')}: the lr never moves"
        ),
        fix=fix,
        edits=write_values(top.path, {"interval": "step" if told_of_epochs else "epoch"}),
        step=0,
    )


RULE = Rule(
    code="LRP440",
    name="timm-scheduler-call-contract",
    severity=Severity.ERROR,
    needs="spec",
    summary="A timm scheduler counts epochs and is given updates, or the reverse.",
    bad=(BAD, IN_UPDATES),
    good=(GOOD, BAD.replace(", interval: step", "")),
    check=check,
    level="cause",
    supersedes=("warmup-first-update-zero",),
    extra="timm",
)
