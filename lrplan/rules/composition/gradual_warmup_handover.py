"""PyPI's GradualWarmupScheduler hands over one tick late, at the wrong learning rate.

``warmup-scheduler`` 0.3 asks the scheduler after the warm-up for its next value while that one has
not moved yet. So it starts to count one tick after the peak, and a scheduler that continues from
the current learning rate, as ``CosineAnnealingLR`` does, takes a step that belongs to no curve: the
learning rate rises above the peak, and all that follows is too high by the same factor.

## Why it matters

Five ticks of warm-up to 1.0, then ``CosineAnnealingLR`` over 15: the peak of 1.0 is followed by
1.0110, and the twentieth update runs at 0.0437 instead of 0.0109. The shorter the cosine, the
higher the step: 2.5% for 10 ticks, 10.6% for 5. ``StepLR(3)`` holds the peak for 4 ticks.

## How to fix it

``SequentialLR`` with ``LinearLR`` and the other scheduler hands over on the tick it says, and is in
torch. In a plan, ``GradualWarmupScheduler`` (lrplan's own class of the same interface) shows the
intended curve.

## When it is fine

Ticked per step in a long run, a tick makes no difference: excesses below a thousandth are not
flagged. Schedulers that only cut the learning rate (``StepLR``, ``MultiStepLR``, ``ExponentialLR``)
keep their values and are late by a tick: an info, and only when a tick is an epoch. lrplan's own
``GradualWarmupScheduler`` has none of this, which an info says once a file.

## References

ildoonet/pytorch-gradual-warmup-lr#7, #11, #26
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lrplan.lint import (
    Context,
    Hit,
    Rule,
    SchedulerPlan,
    Severity,
    Span,
    number,
    share,
    ticks,
    unit,
)
from lrplan.lint.facts.combinations import falls_to_end, multiplies_by_factor

BAD = """\
training: {epochs: 16, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler:
      type: warmup_scheduler:GradualWarmupScheduler
      multiplier: 1
      total_epoch: 5
      after_scheduler: {type: CosineAnnealingLR, T_max: 10}
"""
GOOD = BAD.replace("warmup_scheduler:", "").replace("epochs: 16", "epochs: 15")

_TYPE = "warmup_scheduler:GradualWarmupScheduler"
_OWN = "GradualWarmupScheduler"
_NAMED = re.compile(rf"type[\"']?:\s*[\"']?{_OWN}\b")
_NOTABLE = 1e-3
_GRAVE = 0.05


def check(context: Context) -> Iterator[Hit]:
    """Hand-overs that leave the curve of the scheduler after the warm-up."""
    own = next(context.spans(_OWN), None)
    if own is not None and _is_first_of_file(context, own):
        yield _is_ours(context, own)
    for span in context.spans(_TYPE):
        after = span.scheduler.arguments.get("after_scheduler")
        if not isinstance(after, SchedulerPlan):
            continue
        if falls_to_end(after):
            yield from _overshoots(context, span, after)
        elif multiplies_by_factor(after) and span.top.interval == "epoch":
            yield from _is_late(context, span, after)


def _is_first_of_file(context: Context, span: Span) -> bool:
    """Return True if no schedule above names the class: it is said once a file."""
    path = context.path_of(span.scheduler, "type")
    lines = context.plan.source.text.splitlines()
    first = next((at for at, line in enumerate(lines, 1) if _NAMED.search(line)), 0)
    return context.plan.position_of(path).line == first


def _is_ours(context: Context, span: Span) -> Hit:
    return Hit(
        path=context.path_of(span.scheduler, "type"),
        message=(
            f"{_OWN} is lrplan's own and hands over on time; the class of that name in PyPI's"
            f" warmup-scheduler 0.3 does not, and is `{_TYPE}`"
        ),
        severity=Severity.INFO,
    )


def _overshoots(context: Context, span: Span, after: SchedulerPlan) -> Iterator[Hit]:
    multiplier = context.number(span.scheduler, "multiplier") or 1
    first = context.step(span, _begin(context, span))
    for group, base in context.base_values().items():
        lrs = context.trace.lr[group]
        if first is None or first >= len(lrs) or group not in span.top.groups:
            continue
        step = first + int(lrs[first:].argmax())
        peak, excess = base * multiplier, lrs[step] / (base * multiplier) - 1
        if excess > _NOTABLE:
            yield Hit(
                path=after.path,
                message=(
                    f"after the warm-up to {number(peak)} the lr goes on to"
                    f" {number(float(lrs[step]))}, {share(excess)} above it: {after.type} starts"
                    f" one {unit(span.top)} late, on an lr that is not its own"
                ),
                fix="SequentialLR with LinearLR and this scheduler, milestones at the hand-over",
                step=step,
                severity=Severity.ERROR if excess > _GRAVE else None,
            )
            return


def _is_late(context: Context, span: Span, after: SchedulerPlan) -> Iterator[Hit]:
    begin = _begin(context, span)
    if begin < span.end:
        yield Hit(
            path=after.path,
            message=(
                f"{after.type} starts at {unit(span.top)} {begin:,}, one after the warm-up of"
                f" {ticks(begin - 1, span.top)}: every cut comes {ticks(1, span.top)} late"
            ),
            fix="SequentialLR with LinearLR and this scheduler, milestones at the hand-over",
            step=context.step(span, begin),
            severity=Severity.INFO,
        )


def _begin(context: Context, span: Span) -> int:
    # A warm-up of 5 has its peak at tick 5; tick 6 is the first that the other scheduler sets.
    return (context.integer(span.scheduler, "total_epoch") or 0) + 1


RULE = Rule(
    code="LRP450",
    name="gradual-warmup-handover",
    severity=Severity.WARNING,
    needs="curve",
    summary="PyPI's GradualWarmupScheduler hands over a tick late and overshoots its peak.",
    bad=(BAD, BAD.replace("T_max: 10", "T_max: 5").replace("16", "11")),
    good=(GOOD,),
    check=check,
    extra="warmup_scheduler",
)
