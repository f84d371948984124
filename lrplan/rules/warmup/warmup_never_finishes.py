"""The warm-up is as long as the run, so the target learning rate is never used.

A warm-up that is given as a number of steps does not shrink with the run. On a small data set, or
in a short fine-tuning, the run is over before the learning rate reaches its target, and there is no
decay at all.

## Why it matters

A warm-up of 20 in a run of 10 steps, with a base lr of 0.1, ends at 0.045. With a warm-up of 10
the largest learning rate used is 0.09.

## How to fix it

Write the warm-up as a share of the run: ``warmup_steps: 5%`` stays in proportion.

## When it is fine

When ``training.horizon`` says that the run is the beginning of a longer plan in which the warm-up
ends. A ``LinearLR`` alone that rises over exactly the whole run may be a range test, and is an
info. A warm-up that ends, but takes more than half of the run, is a warning.

## References

facebookresearch/d2go#19, axolotl-ai-cloud/axolotl#2897
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint import Context, Hit, Rule, Severity, check_plans_of_run, script, share, ticks
from lrplan.lint.facts.expressions import Factor, factors_on_base_lr, sampled_ticks, value_at
from lrplan.lint.facts.tick_usage import (
    ends_with_run,
    last_planned_tick,
    last_used_tick,
    planned_ticks,
    ticks_of_plan,
)
from lrplan.lint.facts.warmups import Warmup, describe_suggested_length, stated_warmups

BAD = """\
training: {steps: 1000}
schedules:
  run:
    optimizer: {type: AdamW, lr: 1e-4}
    scheduler: {type: WarmupConstantSchedule, warmup_steps: 2000}
"""
NESTED = """\
training: {epochs: 3, steps_per_epoch: 100}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler:
      type: SequentialLR
      interval: step
      milestones: [500]
      schedulers:
        - {type: LinearLR, start_factor: 0.01, total_iters: 500}
        - {type: CosineAnnealingLR, T_max: 100}
"""
EXPRESSION = """\
training: {steps: 300}
schedules:
  run:
    optimizer: {type: AdamW, lr: 1e-4}
    scheduler: {type: LambdaLR, lr_lambda: "min(1, (step + 1) / 500)"}
"""
_BEYOND = 1.5
_FAR = (1000, 2000)
"""Runs ahead: a formula that has one value at both has stopped rising."""


def check(context: Context) -> Iterator[Hit]:
    """Warm-ups with a stated length, then expressions that rise until the run ends."""
    for warmup in stated_warmups(context):
        if warmup.length > last_planned_tick(context, warmup.span):
            if ends_with_run(context, warmup.span):
                yield _endless(context, warmup)
        elif 2 * warmup.length > ticks_of_plan(context, warmup.span.top):
            yield _long(context, warmup)
    for factor in factors_on_base_lr(context):
        yield from _rising(context, factor)


def _endless(context: Context, warmup: Warmup) -> Hit:
    span = warmup.span
    alone = bool(span.scheduler.row.name_of("end factor")) and span.scheduler is span.top
    exact = warmup.length == planned_ticks(context, span)
    return Hit(
        path=context.path_of(span.scheduler, warmup.argument),
        message=(
            f"the warm-up takes {ticks(warmup.length, span.top)} and the run has"
            f" {ticks(span.ticks, span.top)}, so its target is never used"
        ),
        fix=_fix(context, warmup),
        step=context.clock.steps - 1,
        severity=Severity.INFO if alone and exact else Severity.ERROR,
    )


def _long(context: Context, warmup: Warmup) -> Hit:
    span = warmup.span
    total = ticks_of_plan(context, span.top)
    return Hit(
        path=context.path_of(span.scheduler, warmup.argument),
        message=(
            f"the warm-up takes {warmup.length:,} of the {ticks(total, span.top)}"
            f" ({share(warmup.length / total)} of the run)"
        ),
        fix=_fix(context, warmup),
        step=context.step(span, warmup.length),
        severity=Severity.WARNING,
    )


def _fix(context: Context, warmup: Warmup) -> str:
    """A length of its own, and where another scheduler takes over then, that one's start."""
    handed_over = (
        tick
        for span in context.spans_with("hand-over")
        if span.top is warmup.span.top
        for tick in context.value(span.scheduler, "milestones", list) or ()
    )
    follows = warmup.length in handed_over
    written = warmup.span.scheduler.path_of(warmup.argument).rpartition(".")[2]
    length = describe_suggested_length(context, warmup.span.top)
    if written != warmup.argument:  # the key `warmup`, whose length is the milestone
        return f"{written}: {length}"
    more = ", with the milestone there and the decay over the rest" if follows else ""
    return f"{written}: {length}{more}"


def _rising(context: Context, factor: Factor) -> Iterator[Hit]:
    span = factor.span
    last = last_planned_tick(context, span)
    if span.begin or last < 1 or not ends_with_run(context, span):
        return
    values = [value_at(factor.expression, tick) for tick in sampled_ticks(last)]
    finite = [value for value in values if value is not None]
    if len(finite) < len(values) or finite != sorted(finite) or finite[0] == finite[-1]:
        return
    if finite[-1] > _BEYOND:
        return  # No warm-up any more: grows-until-run-ends reports it.
    top = _top_beyond(factor, last)
    if top is None or top <= 1.01 * finite[-1]:
        return
    reached = value_at(factor.expression, last_used_tick(context, span)) or 0.0
    yield Hit(
        path=factor.path,
        message=(
            f"the factor still rises when the run ends: the largest one used is {reached:.4g} of"
            f" the {top:.4g} that it rises to"
        ),
        fix="shorten the warm-up to a small share of the run",
        step=context.clock.steps - 1,
    )


def _top_beyond(factor: Factor, last: int) -> float | None:
    """The height at which an expression stops rising within four times the run, if it does."""
    ahead = [value_at(factor.expression, tick) for tick in sampled_ticks(4 * last + 16)]
    finite = [value for value in ahead if value is not None]
    if len(finite) < len(ahead):
        return None
    far = [value_at(factor.expression, times * (last + 1)) for times in _FAR]
    if far[0] is not None and far[0] == far[1] and far[0] > max(finite):
        return far[0]
    top = max(finite)
    # `min(1, step / 1000)` with 400 as the last tick reaches 1 at tick 1,000 of the 1,616 that are
    # looked at. An expression that still rises there has no top: `1 - 0.99 ** step` goes on for
    # ever.
    return top if finite.index(top) < len(finite) - 2 else None


RULE = Rule(
    code="LRP202",
    name="warmup-never-finishes",
    severity=Severity.ERROR,
    needs="spec",
    summary="The warm-up is as long as the run, or longer.",
    bad=(BAD, NESTED, EXPRESSION),
    good=(
        BAD.replace("2000", "5%"),
        NESTED.replace("500", "30").replace("T_max: 100", "T_max: 270"),
        EXPRESSION.replace("500", "30"),
    ),
    check=check,
    check_run=check_plans_of_run(check),
    bad_source=(
        script("LinearLR(optimizer, 0.01, total_iters=500)", after_step=("scheduler.step()",)),
    ),
    good_source=(
        script("LinearLR(optimizer, 0.01, total_iters=16)", after_step=("scheduler.step()",)),
    ),
    level="cause",
)
