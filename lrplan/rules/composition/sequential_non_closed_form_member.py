"""``MultiplicativeLR`` after a warm-up goes on from the last learning rate of the warm-up.

At a milestone ``SequentialLR`` starts the next member at its tick 0. A scheduler with a formula for
that begins at the base lr. ``MultiplicativeLR`` has none: it multiplies the learning rate that is
there, one tick short of the warm-up's goal. The peak is never used.

## Why it matters

``LinearLR`` from a tenth over 3 ticks, then ``MultiplicativeLR`` with 0.5, base lr 0.1, gives 0.01,
0.04, 0.07, 0.035: 0.1 is never used.

## How to fix it

``ExponentialLR(gamma)`` for a constant factor, or a ``LambdaLR`` of the whole decay: both begin at
the base lr.

## When it is fine

After a decay, where it should continue from the last learning rate, and after a warm-up so long
that less than 1 % is missing.

## References

pytorch/pytorch#116776
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint import Context, Edit, Hit, Rule, SchedulerPlan, Severity, rename_key, write_values
from lrplan.lint.facts.combinations import is_warmup, phases
from lrplan.specfile.expressions.expression import Expression
from lrplan.specfile.number_text import number_in

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
        - {type: MultiplicativeLR, lr_lambda: "0.9"}
"""
_MULTIPLICATIVE = 'MultiplicativeLR, lr_lambda: "0.9"'
_MISSING = 0.01


def check(context: Context) -> Iterator[Hit]:
    """Each MultiplicativeLR after a rising LinearLR that leaves a gap to the base lr."""
    for phase in phases(context):
        scheduler = phase.span.scheduler
        warmup = phase.before
        if scheduler.type != "MultiplicativeLR" or warmup is None:
            continue
        step = context.step(phase.span, 0)
        if not is_warmup(context, warmup) or not step or step >= context.trace.steps:
            continue
        group = scheduler.groups[0]
        goal = context.base_values()[group] * (context.number(warmup, "end_factor") or 1.0)
        last_lr = float(context.trace.lr[group][step - 1])
        if last_lr < (1 - _MISSING) * goal:
            yield Hit(
                path=context.path_of(scheduler, "type"),
                message=(
                    f"MultiplicativeLR goes on from {last_lr:.4g}, the last lr of the warm-up:"
                    f" {goal:.4g} is never reached"
                ),
                fix="ExponentialLR, or a LambdaLR of the whole decay",
                edits=_exponential(scheduler),
                step=step,
            )


def _exponential(scheduler: SchedulerPlan) -> tuple[Edit, ...]:
    """ExponentialLR in its place, where its factor is one number."""
    factor = scheduler.arguments["lr_lambda"]
    gamma = number_in(factor.text) if isinstance(factor, Expression) else None
    if gamma is None:
        return ()
    exponential = write_values(scheduler.path, {"type": "ExponentialLR"})
    return (*exponential, *rename_key(scheduler.path, "lr_lambda", "gamma", gamma))


RULE = Rule(
    code="LRP409",
    name="sequential-non-closed-form-member",
    severity=Severity.WARNING,
    needs="curve",
    summary="MultiplicativeLR after a warm-up never gets to the base lr.",
    bad=(BAD,),
    good=(BAD.replace(_MULTIPLICATIVE, "ExponentialLR, gamma: 0.9"),),
    check=check,
    supersedes=("peak-never-reached",),
)
