"""Inverse square root schedules fail at step 0, and with a warm-up of 0, of 1 or beyond the run.

``step ** -0.5`` has no value at 0, where every scheduler begins. In ``sqrt(W / step)`` the warm-up
``W`` is also the scale of the fall, so a warm-up of 0 makes everything 0, and one of 1 makes the
learning rate fall within a few steps; a warm-up beyond the run never reaches the base lr.

## Why it matters

``warmup_steps: 3`` gives 0, 0.033, 0.067, 0.1, 0.0866, 0.0775. With ``warmup_steps: 1`` it is 0 at
first, then 0.1, 0.0707, 0.0577, and 0.01 after 100 steps. Ticked once per epoch, a warm-up of 4,000
reaches 0.000725 of 0.1 in 30 epochs.

## How to fix it

Begin the expression at 1: ``max(step, 1) ** -0.5``. Give ``InverseSqrtScheduler`` a warm-up of a
few per cent of the run and ``interval: step``.

## When it is fine

Expressions that are shifted or clamped (``step + 1``), and a warm-up that ends within the run or
its ``training.horizon``.

## References

Vaswani et al. 2017, arXiv 1706.03762; huggingface/transformers#28835
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint import (
    Context,
    Explanation,
    Finding,
    Hit,
    Rule,
    Severity,
    Span,
    count,
    ticks,
    write_values,
)
from lrplan.lint.facts.expressions import factors_on_base_lr, fails_at_start
from lrplan.lint.facts.tick_usage import last_planned_tick, last_used_tick
from lrplan.lint.facts.warmups import describe_suggested_length

BAD = """\
training: {epochs: 30, steps_per_epoch: 100}
schedules:
  run:
    optimizer: {type: Adam, lr: 0.001}
    scheduler: {type: InverseSqrtScheduler, warmup_steps: 1, interval: step}
"""
BEYOND = BAD.replace("warmup_steps: 1, interval: step", "warmup_steps: 4000, interval: step")
AT_ZERO = BAD.replace("lr: 0.001", "lr: 1.0").replace(
    "type: InverseSqrtScheduler, warmup_steps: 1",
    'type: LambdaLR, lr_lambda: "0.044 * min(step ** -0.5, step * 1000 ** -1.5)"',
)

_LEAST = "`warmup_steps` must be at least 1,"


def check(context: Context) -> Iterator[Hit]:
    """Warm-ups of one tick or beyond the run, and expressions without a value at tick 0."""
    for span in context.spans("InverseSqrtScheduler"):
        length = context.integer(span.scheduler, "warmup_steps") or 0
        if length > last_planned_tick(context, span):
            yield _beyond(context, span, length)
        elif length == 1 and last_used_tick(context, span) > 4:
            yield _at_once(context, span)
    for factor in factors_on_base_lr(context):
        if fails_at_start(factor.expression):
            yield Hit(
                path=factor.path,
                message=f"{factor.expression.text} has no value at tick 0, where every run begins",
                fix="begin at 1: max(step, 1) in place of step",
                step=context.step(factor.span, 0),
                severity=Severity.ERROR,
            )


def explains(finding: Finding) -> Explanation | None:
    """A warm-up of 0: the only scheduler whose ``warmup_steps`` must be at least 1."""
    if finding.name != "bad-value" or not finding.message.startswith(_LEAST):
        return None
    message = "the warm-up is also the scale of the fall, so an inverse square root needs one"
    return Explanation(message, "warmup_steps: 1 or more, best a few per cent of the run")


def _beyond(context: Context, span: Span, length: int) -> Hit:
    reached = last_used_tick(context, span) / length
    per_epoch = span.top.interval == "epoch" and length <= context.clock.steps
    hint = f"; the run has {count(context.clock.steps, 'step')}" if per_epoch else ""
    return Hit(
        path=context.path_of(span.scheduler, "warmup_steps"),
        message=(
            f"the warm-up takes {length:,} ticks and the scheduler gets"
            f" {ticks(span.ticks, span.top)}{hint}: the lr gets to {reached:.3g} of the base"
        ),
        fix="interval: step"
        if per_epoch
        else f"warmup_steps: {describe_suggested_length(context, span.top)}",
        edits=write_values(span.top.path, {"interval": "step"})
        if per_epoch and span.scheduler is span.top and span.top.frequency == 1
        else (),
        step=context.clock.steps - 1,
        severity=Severity.ERROR,
    )


def _at_once(context: Context, span: Span) -> Hit:
    last = last_used_tick(context, span)
    return Hit(
        path=context.path_of(span.scheduler, "warmup_steps"),
        message=(
            "the warm-up is also the scale of the fall: after tick 1 the lr is half at tick 4"
            f" and {last**-0.5:.3g} of the base at the end"
        ),
        fix=f"warmup_steps: {describe_suggested_length(context, span.top)}",
        step=context.step(span, 4),
    )


RULE = Rule(
    code="LRP205",
    name="inverse-sqrt-edge-cases",
    severity=Severity.WARNING,
    needs="spec",
    summary="An inverse square root with no warm-up, one too long, or no value at 0.",
    bad=(BAD, BEYOND, AT_ZERO),
    good=(
        BAD.replace("warmup_steps: 1", "warmup_steps: 150"),
        AT_ZERO.replace("step **", "max(step, 1) **"),
    ),
    check=check,
    level="cause",
    supersedes=("cannot-build", "stops-midway"),
    reword_problem=explains,
)
