"""A phase of ``OneCycleLR`` without length: a division by zero, or no warm-up at all.

The rise ends at tick ``pct_start * total_steps - 1``. When that is tick 0, torch divides by the
length of the rise, which is 0. When it is before tick 0, the run begins with the fall.

## Why it matters

``total_steps`` 10 with ``pct_start`` 0.1, 20 with 0.05, 100 with 0.01: ``ZeroDivisionError`` while
the scheduler is built, often in a smoke test only. 100 with 0.005 starts at 0.09999 of a ``max_lr``
of 0.1. With ``pct_start: 1.0`` the run goes through and its very last tick raises. With
``three_phase`` and a ``pct_start`` above one half, the last phase does not fit: 0.6 over 10 ticks
ends at 0.0132, where 4e-7 was asked for.

## How to fix it

Let ``pct_start * total_steps`` be at least 2, and ``pct_start`` less than 1, or at most one half
with ``three_phase``.

## When it is fine

``pct_start: 0`` means no warm-up, and is an info where the peak is missed by more than 1 %, as in
short runs.

## References

pytorch/pytorch#180187, pytorch/pytorch#42447
"""

from __future__ import annotations

from collections.abc import Iterator
from math import cos, isclose, pi

from lrplan.lint import Context, Hit, Rule, SchedulerPlan, Severity, Span
from lrplan.lint.facts.combinations import cycles_momentum, momentum_argument

BAD = """\
training: {epochs: 10, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1, momentum: 0.9}
    scheduler: {type: OneCycleLR, interval: step, max_lr: 0.1, total_steps: 100, pct_start: 0.01}
"""
_NOTABLE = 0.01


def check(context: Context) -> Iterator[Hit]:
    """Each OneCycleLR with a phase that ends before it begins, or as it begins."""
    for span in context.spans("OneCycleLR"):
        total = _total(context, span.scheduler)
        share = context.number(span.scheduler, "pct_start")
        if total is None or share is None or not _is_built(context, span.scheduler):
            continue
        end = share * total - 1
        # The rise ends at tick `end`. Of 100 ticks, pct_start 0.3 gives 29, 0.01 gives 0 (torch
        # divides by it) and 0.005 gives -0.5, before the run. With three_phase 0.6 gives 59 and the
        # fall would end at 118, past the last tick, 99.
        three = span.scheduler.arguments.get("three_phase") is True
        if isclose(end, 0, abs_tol=1e-9):
            yield _divides(context, span, total)
        elif end < 0:
            yield from _no_rise(context, span, share, total)
        elif three and 2 * end > total - 1 + 1e-9:
            yield _no_end(context, span, total)
        elif _last_is_empty(end, total, three=three) and span.ticks >= total:
            yield _divides_last(context, span, total)


def _is_built(context: Context, scheduler: SchedulerPlan) -> bool:
    """Not where torch refuses it for want of a momentum, before it looks at any phase."""
    return not cycles_momentum(scheduler) or momentum_argument(context) is not None


def _total(context: Context, scheduler: SchedulerPlan) -> int | None:
    total = context.integer(scheduler, "total_steps")
    epochs = context.integer(scheduler, "epochs")
    each = context.integer(scheduler, "steps_per_epoch")
    product = None if epochs is None or each is None else epochs * each
    return product if total is None else total


def _last_is_empty(end: float, total: int, *, three: bool) -> bool:
    return isclose(2 * end if three else end, total - 1, abs_tol=1e-9)


def _divides(context: Context, span: Span, total: int) -> Hit:
    return Hit(
        path=context.path_of(span.scheduler, "pct_start"),
        message=(
            f"pct_start of {total:,} ticks is exactly 1: the rise has no length, and OneCycleLR"
            " divides by zero when it is built"
        ),
        fix=f"pct_start: {2 / total:.2g} or more" if total > 1 else "more ticks",
        step=0,
    )


def _no_rise(context: Context, span: Span, share: float, total: int) -> Iterator[Hit]:
    end = share * total - 1
    first = (1 + cos(pi * min(1.0, -end / max(total - 1 - end, 1)))) / 2
    meant = share == 0
    if meant and 1 - first < _NOTABLE:
        return
    yield Hit(
        path=context.path_of(span.scheduler, "pct_start"),
        message=(
            f"pct_start {share:g} of {total:,} ticks is {share * total:.2g}, less than one: there"
            f" is no warm-up, and the run begins near its peak"
        ),
        fix=f"pct_start: {2 / total:.2g} or more" if total > 2 else "more ticks",
        step=0,
        severity=Severity.INFO if meant else Severity.WARNING,
    )


def _no_end(context: Context, span: Span, total: int) -> Hit:
    return Hit(
        path=context.path_of(span.scheduler, "pct_start"),
        message=(
            f"with three_phase the first two phases take more than all {total:,} ticks, so the"
            " last fall never comes"
        ),
        fix="pct_start: 0.5 or less",
        step=context.step(span, total - 1),
        severity=Severity.WARNING,
    )


def _divides_last(context: Context, span: Span, total: int) -> Hit:
    return Hit(
        path=context.path_of(span.scheduler, "pct_start"),
        message=f"the last phase has no length: OneCycleLR divides by zero at tick {total:,}",
        fix="a smaller pct_start",
        step=context.clock.steps - 1,
    )


RULE = Rule(
    code="LRP604",
    name="onecycle-degenerate-phase",
    severity=Severity.ERROR,
    needs="spec",
    summary="A phase of OneCycleLR has no length.",
    bad=(BAD,),
    good=(BAD.replace("pct_start: 0.01", "pct_start: 0.1"),),
    check=check,
    level="cause",
    supersedes=("cannot-build", "stops-midway"),
)
