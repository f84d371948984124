"""PyPI's GradualWarmupScheduler has no warm-up before a plateau when its multiplier is 1.

With ``ReduceLROnPlateau`` as ``after_scheduler``, ``warmup-scheduler`` 0.3 takes another path
through its code. There the learning rate is base * ((multiplier - 1) * tick / total_epoch + 1)
whatever the multiplier is, and 1 makes that constant. The path also counts from 1: a larger
multiplier begins one tick into its ramp.

## Why it matters

With a base of 0.1, ``multiplier: 1`` and five ticks of warm-up, all five run at 0.1, the full
learning rate, instead of 0, 0.02, 0.04, ...: these are the updates that the warm-up should protect.
With ``multiplier: 8`` they run at 0.24, 0.38, 0.52, 0.66 and 0.8 instead of 0.1, 0.24, 0.38, 0.52,
0.66.

## How to fix it

Warm up with a separate ``LinearLR`` and give the plateau its first metric when that is over. In a
plan, ``GradualWarmupScheduler`` (lrplan's own class of the same interface) shows the intended
curve.

## When it is fine

Never for this class. lrplan's own ``GradualWarmupScheduler`` warms up before a plateau as before
any other scheduler.

## References

ildoonet/pytorch-gradual-warmup-lr#1, #2, #19
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint import Context, Hit, Rule, SchedulerPlan, Severity, Span, number, ticks
from lrplan.lint.facts.plateaus import is_torch_plateau

BAD = """\
training: {epochs: 12, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler:
      type: warmup_scheduler:GradualWarmupScheduler
      multiplier: 1
      total_epoch: 5
      after_scheduler: {type: ReduceLROnPlateau, patience: 2}
    metrics: {val_loss: {expr: "1 / (epoch + 1)"}}
"""
AHEAD = BAD.replace("multiplier: 1", "multiplier: 8")

_TYPE = "warmup_scheduler:GradualWarmupScheduler"
_FIX = "LinearLR alone for the warm-up, and the plateau's first metric when it is over"


def check(context: Context) -> Iterator[Hit]:
    """Warm-ups of that package before a plateau."""
    for span in context.spans(_TYPE):
        after = span.scheduler.arguments.get("after_scheduler")
        if isinstance(after, SchedulerPlan) and is_torch_plateau(after):
            yield from _hits(context, span)


def _hits(context: Context, span: Span) -> Iterator[Hit]:
    multiplier = context.number(span.scheduler, "multiplier") or 1
    length = context.integer(span.scheduler, "total_epoch") or 1
    base = next((lr for name, lr in context.base_values().items() if name in span.top.groups), 0.0)
    warmup = ticks(length, span.top)
    if multiplier == 1:
        message = (
            f"there is no warm-up: with multiplier 1 and a plateau all {warmup} of it run at"
            f" {number(base)}"
        )
        yield Hit(context.path_of(span.scheduler, "multiplier"), message, _FIX, step=0)
        return
    # Multiplier 2 over 5 ticks on a base lr of 0.1: the line from 0.1 to 0.2 starts at its tick 1,
    # 0.1 * (1 / 5 + 1) = 0.12.
    first = base * ((multiplier - 1) / length + 1)
    message = (
        f"before a plateau the warm-up of {warmup} starts one tick ahead, at {number(first)}"
        f" instead of {number(base)}"
    )
    path = context.path_of(span.scheduler, "total_epoch")
    yield Hit(path, message, _FIX, step=0, severity=Severity.WARNING)


RULE = Rule(
    code="LRP451",
    name="gradual-warmup-plateau-no-warmup",
    severity=Severity.ERROR,
    needs="spec",
    summary="PyPI's GradualWarmupScheduler does not warm up before a plateau.",
    bad=(BAD, AHEAD),
    good=(BAD.replace("warmup_scheduler:", ""),),
    check=check,
    extra="warmup_scheduler",
)
