"""The peak is first used one tick before, or after, the stated end of the warm-up.

Schedules disagree on what a warm-up of ``W`` means. ``step / W`` and ``LinearLR`` with
``total_iters: W`` first use the peak at step ``W``; ``(step + 1) / W`` does so at step ``W - 1``;
``OneCycleLR`` at ``pct_start * total_steps - 1``.

## Why it matters

``min(1, (step + 1) / 5)`` gives 0.2, 0.4, 0.6, 0.8, 1: four updates below the peak, not five.
With steps that is harmless, and only worth knowing when two curves are compared. Where one tick
is an epoch, ``OneCycleLR`` with ``total_steps: 30`` and ``pct_start: 0.1`` trains two epochs of
warm-up, not three.

## How to fix it

``(step + 1) / (W + 1)`` starts above 0 and reaches the peak at step ``W``. Or keep it, now that you
know.

## When it is fine

Almost always, so this is never more than an info. It looks only at warm-ups whose length is
written down: a number in the expression, or ``pct_start`` where a tick is longer than a step.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from lrplan.lint import Context, Edit, Hit, Rule, Severity, Span, ticks, unit, yaml_flow
from lrplan.lint.facts.expressions import (
    Factor,
    begun_above_zero,
    factors,
    literals,
    spread,
    value_at,
)
from lrplan.lint.facts.onecycle import one_cycles
from lrplan.lint.facts.tick_usage import last_used_tick

BAD = """\
training: {steps: 2000}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: LambdaLR, lr_lambda: "min(1, (step + 1) / 100)"}
"""


def check(context: Context) -> Iterator[Hit]:
    """Expressions with a number one beside the tick of their peak, and coarse one-cycles."""
    for factor in factors(context, "LambdaLR"):
        if factor.span.begin == 0:
            yield from _in_expression(context, factor)
    for cycle in one_cycles(context):
        length = cycle.rise + 1
        whole = length >= 2 and math.isclose(length, round(length))
        coarse = (context.step(cycle.span, 1) or 0) > 1
        if context.is_given(cycle.span.scheduler, "pct_start") and whole and coarse:
            path = context.path_of(cycle.span.scheduler, "pct_start")
            yield _hit(context, cycle.span, path, round(length), round(length) - 1)


def _in_expression(context: Context, factor: Factor) -> Iterator[Hit]:
    last = last_used_tick(context, factor.span)
    numbers = literals(factor.expression)
    values = [value_at(factor.expression, tick) for tick in spread(last)]
    highest = max((value for value in values if value is not None), default=math.nan)
    # `min(1, (step + 1) / 500)` says 500 and peaks at 499. Where the other number is written as
    # well, somebody counted, and that is left alone.
    for length in sorted(int(each) for each in numbers if each.is_integer() and 3 <= each < last):
        for peak in (length - 1, length + 1):
            if peak not in numbers and _peaks_at(factor, peak, highest):
                text = begun_above_zero(factor.expression.text)
                edits = (
                    () if text is None or peak > length else (Edit(factor.path, yaml_flow(text)),)
                )
                yield _hit(context, factor.span, factor.path, length, peak, edits)
                return


def _peaks_at(factor: Factor, tick: int, highest: float) -> bool:
    """Return True if the expression rises to its highest value at ``tick`` and not before."""
    about = [value_at(factor.expression, each) for each in (0, tick - 1, tick, tick + 1)]
    first, earlier, at, after = (math.nan if value is None else value for value in about)
    arrives = math.isclose(at, highest, rel_tol=1e-9) and first <= earlier < at * (1 - 1e-9)
    return arrives and after <= at * (1 + 1e-9)


def _hit(
    context: Context, span: Span, path: str, stated: int, peak: int, edits: tuple[Edit, ...] = ()
) -> Hit:
    one = unit(span.top)
    early = "early" if peak < stated else "late"
    share = span.scheduler.row.argument("pct_start") is not None
    return Hit(
        path=path,
        message=(
            f"the peak is first used at {one} {peak:,} (counted from 0), one {one} {early} for a"
            f" warm-up of {ticks(stated, span.top)}"
        ),
        fix="raise pct_start by one tick" if share else "(step + 1) / (W + 1) peaks at step W",
        edits=edits,
        step=context.step(span, peak),
    )


RULE = Rule(
    code="LRP204",
    name="warmup-peak-off-by-one",
    family="warm-up",
    severity=Severity.INFO,
    needs="spec",
    summary="The peak is first used one tick before or after the warm-up's end.",
    bad=(BAD,),
    good=(BAD.replace("/ 100", "/ 101 if step < 100 else 1"),),
    check=check,
)
