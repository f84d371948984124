"""A length or factor of 0 is accepted and fails at the first tick, or much later.

The constructors of torch do not check these numbers. The division by zero comes when the scheduler
first needs them, far from the line that is wrong, and a negative length runs without a warning.

## Why it matters

``StepLR`` with ``step_size: 0`` and ``CosineAnnealingLR`` with ``T_max: 0`` raise
``ZeroDivisionError`` at the first tick. ``ConstantLR`` with ``factor: 0`` and ``total_iters: 8``
trains 8 ticks at a learning rate of 0 and raises at the eighth. ``StepLR`` with ``step_size: -1``
cuts at every tick, and with -3 just like 3. ``PolynomialLR`` with a length of 0 never decays.

## How to fix it

Give the length that is meant, at least 1. To switch a scheduler off, leave it out.

## When it is fine

A member that the run never reaches, and a ``ConstantLR`` of factor 0 that is replaced before its
end.

## References

pytorch/pytorch#178295, pytorch/pytorch#195853
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint import Context, Hit, Rule, Severity, Span, duration
from lrplan.lint.facts.tick_usage import ends_with_run, last_step_before, planned_ticks

BAD = """\
training: {epochs: 30, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: StepLR, step_size: 0}
"""
COSINE = BAD.replace("StepLR, step_size: 0", "CosineAnnealingLR, T_max: 0")
NEGATIVE = BAD.replace("step_size: 0", "step_size: -1")
SILENT = BAD.replace("StepLR, step_size: 0", "PolynomialLR, total_iters: 0")
CYCLE = BAD.replace(
    "StepLR, step_size: 0", "CyclicLR, base_lr: 0.01, max_lr: 0.1, step_size_up: 0"
).replace("lr: 0.1}", "lr: 0.1, momentum: 0.9}", 1)

_LENGTHS = {
    "StepLR": "step_size",
    "CosineAnnealingLR": "T_max",
    "CyclicLR": "step_size_up",
    "PolynomialLR": "total_iters",
}


def check(context: Context) -> Iterator[Hit]:
    """Lengths below 1, and a factor of 0 that is divided by before the run ends."""
    for span in context.spans(*_LENGTHS):
        length = context.integer(span.scheduler, _LENGTHS[span.scheduler.type])
        if length is not None and length < 1 and span.ticks > 0:
            yield _hit(context, span, length)
    for span in context.spans("ConstantLR"):
        factor = context.number(span.scheduler, "factor")
        length = context.integer(span.scheduler, "total_iters") or 0
        ticked = span.ticks if ends_with_run(context, span) else span.ticks - 1
        if factor == 0 and 0 < length <= ticked:
            yield _undone(context, span, length)


def _hit(context: Context, span: Span, length: int) -> Hit:
    own = span.scheduler
    name = _LENGTHS[own.type]
    ticks = planned_ticks(context, span)
    # As long as the run, a staircase would have one stair.
    fits = duration(context, span.top, max(1, ticks // 3) if name == "step_size" else ticks)
    effect, severity = _effect(context, span, length)
    return Hit(
        path=context.path_of(own, name),
        message=f"{name} is {length}: {effect}",
        fix=f"{name}: {fits}, or another length of at least 1; or leave the {own.type} out",
        step=0,
        severity=severity,
    )


def _effect(context: Context, span: Span, length: int) -> tuple[str, Severity]:
    kind = span.scheduler.type
    if kind == "PolynomialLR":
        return "the lr never decays", Severity.ERROR
    if length < 0:
        if kind == "StepLR" and length == -1:
            return "the lr is cut at every tick", Severity.ERROR
        return f"torch accepts it silently, as if it were {-length}", Severity.WARNING
    if kind == "CyclicLR":
        return "torch raises ZeroDivisionError when it is built", Severity.ERROR
    last = last_step_before(context, span, 0 if span.begin else 1)
    return f"training stops with a ZeroDivisionError after step {last:,}", Severity.ERROR


def _undone(context: Context, span: Span, length: int) -> Hit:
    last = last_step_before(context, span, length)
    return Hit(
        path=context.path_of(span.scheduler, "factor"),
        message=(
            f"a factor of 0 cannot be undone: training stops with a ZeroDivisionError after step"
            f" {last:,}, at tick {length:,}"
        ),
        fix="hand over with SequentialLR before that tick, or write a small factor such as 1e-8",
        step=last,
    )


RULE = Rule(
    code="LRP308",
    name="zero-or-degenerate-length-fails-late",
    severity=Severity.ERROR,
    needs="spec",
    summary="A length or factor of 0 fails at the first tick, or much later.",
    bad=(BAD, COSINE, NEGATIVE, SILENT, CYCLE),
    good=(
        BAD.replace("step_size: 0", "step_size: 10"),
        COSINE.replace("T_max: 0", "T_max: 30"),
        SILENT.replace("total_iters: 0", "total_iters: 30"),
    ),
    check=check,
    level="cause",
    supersedes=("cannot-build", "stops-midway"),
)
