"""Arguments left out of ``ConstantLR``, ``LinearLR`` or ``PolynomialLR`` have odd defaults.

``ConstantLR`` and ``LinearLR`` begin at a third of the learning rate and take 5 ticks;
``PolynomialLR`` is at 0 after 5 ticks. The line in the spec shows none of these numbers.

## Why it matters

``PolynomialLR`` without arguments gives 0.1, 0.08, 0.06, 0.04, 0.02, and 0 for the rest of the
run. The stable phase of a warm-up, stable, decay schedule written with a bare ``ConstantLR`` runs
at 0.0333 instead of 0.1. ``LinearLR`` with only ``end_factor: 0`` decays from a third.

## How to fix it

Write every argument: ``factor: 1.0`` for a stable phase, ``start_factor: 1.0`` for a decay,
``total_iters`` always.

## When it is fine

The same numbers, written down. ``ConstantLR`` with ``factor: 1.0``, whose length changes nothing,
and a length of 5 that fits the time it acts. A run that begins at a third of the learning rate,
with ``total_iters`` given, is an info.

## References

pytorch/pytorch#64395, pytorch/pytorch#82769
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lrplan.lint import Context, Hit, Rule, Severity, Span, duration, ticks, write_values
from lrplan.lint.facts.combinations import is_warmup
from lrplan.lint.facts.tick_usage import planned_ticks
from lrplan.lint.facts.warmups import suggested_length

BAD = """\
training: {epochs: 30, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: PolynomialLR}
"""
STABLE = """\
training: {epochs: 30, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler:
      type: SequentialLR
      milestones: [3, 20]
      schedulers:
        - {type: LinearLR, start_factor: 0.1, total_iters: 3}
        - {type: ConstantLR, total_iters: 17}
        - {type: CosineAnnealingLR, T_max: 10}
"""
DECAY = BAD.replace("PolynomialLR", "LinearLR, end_factor: 0, total_iters: 30")

_LENGTH = 5


def check(context: Context) -> Iterator[Hit]:
    """The schedulers of these three types whose curve depends on a default."""
    for span in context.spans(*_CHECKS):
        if span.ticks > 0:
            yield from _CHECKS[span.scheduler.type](context, span)


def _polynomial(context: Context, span: Span) -> Iterator[Hit]:
    if not context.is_given(span.scheduler, "total_iters") and span.ticks > _LENGTH + 1:
        yield Hit(
            path=context.path_of(span.scheduler, "total_iters"),
            message=(
                f"total_iters is not given and is {_LENGTH}: the lr is 0 for all but the first"
                f" {_LENGTH} of {ticks(span.ticks, span.top)}"
            ),
            fix=f"total_iters: {duration(context, span.top, planned_ticks(context, span))}",
            edits=write_values(span.scheduler.path, {"total_iters": planned_ticks(context, span)}),
            step=context.step(span, _LENGTH),
            severity=Severity.ERROR,
        )


def _constant(context: Context, span: Span) -> Iterator[Hit]:
    factor = context.number(span.scheduler, "factor")
    if not context.is_given(span.scheduler, "factor"):
        length = min(context.integer(span.scheduler, "total_iters") or 0, span.ticks)
        stated = context.is_given(span.scheduler, "total_iters")
        opens = stated and span.begin == 0 and length < span.ticks
        yield Hit(
            path=context.path_of(span.scheduler, "factor"),
            message=(
                f"factor is not given and is 1/3: {ticks(length, span.top)} run at a third of the"
                " lr"
            ),
            fix="factor: 1.0 for a stable phase; or write the factor that is meant",
            step=context.step(span, 0),
            severity=Severity.INFO if opens else Severity.WARNING,
        )
    elif not context.is_given(span.scheduler, "total_iters") and factor != 1:
        yield from _length(context, span, f"the factor is undone after {_LENGTH}")


def _linear(context: Context, span: Span) -> Iterator[Hit]:
    own = span.scheduler
    end = context.number(own, "end_factor")
    if not context.is_given(own, "total_iters"):
        yield from _length(context, span, f"the line is over after {_LENGTH}")
    elif not context.is_given(own, "start_factor") and end != 1 / 3:
        decays = context.is_given(own, "end_factor") and end is not None and end < 1
        yield Hit(
            path=context.path_of(own, "start_factor"),
            message="start_factor is not given and is 1/3: the line begins at a third of the lr",
            fix="start_factor: 1.0 for a decay" if decays else "start_factor: 0.333, if meant",
            edits=write_values(own.path, {"start_factor": 1.0}) if decays else (),
            step=context.step(span, 0),
            severity=Severity.WARNING if decays else Severity.INFO,
        )


def _length(context: Context, span: Span, effect: str) -> Iterator[Hit]:
    """The default length, unless the scheduler acts for that long."""
    if span.ticks == _LENGTH:
        return
    soft = span.top.interval == "epoch" and span.scheduler is span.top and span.ticks > _LENGTH
    yield Hit(
        path=context.path_of(span.scheduler, "total_iters"),
        message=f"total_iters is not given: {_in_words(span, effect)}",
        fix=(
            f"give the warm-up a length, such as total_iters:"
            f" {suggested_length(context, span.top)}; or {_LENGTH}, if meant"
            if is_warmup(context, span.scheduler)
            else f"total_iters: {span.ticks}; or {_LENGTH}, if meant"
        ),
        step=context.step(span, _LENGTH),
        severity=Severity.INFO if soft else Severity.WARNING,
    )


def _in_words(span: Span, effect: str) -> str:
    acts = ticks(span.ticks, span.top)
    if span.ticks < _LENGTH:
        return f"it is {_LENGTH}, and the scheduler acts for {acts} only"
    return f"{effect} of the {acts} it acts"


_CHECKS: dict[str, Callable[[Context, Span], Iterator[Hit]]] = {
    "PolynomialLR": _polynomial,
    "ConstantLR": _constant,
    "LinearLR": _linear,
}

RULE = Rule(
    code="LRP208",
    name="surprising-defaults-constant-linear-polynomial",
    severity=Severity.WARNING,
    needs="spec",
    summary="ConstantLR, LinearLR or PolynomialLR with a default that decides the curve.",
    bad=(BAD, STABLE, DECAY),
    good=(
        BAD.replace("PolynomialLR", "PolynomialLR, total_iters: 30"),
        STABLE.replace("ConstantLR", "ConstantLR, factor: 1.0"),
        DECAY.replace("end_factor", "start_factor: 1.0, end_factor"),
    ),
    check=check,
    supersedes=(
        "lr-zero-for-part-of-run",
        "phases-do-not-meet",
        "sequential-linear-total-iters-mismatch",
    ),
)
