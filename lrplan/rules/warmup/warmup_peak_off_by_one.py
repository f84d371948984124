"""The peak is first used one tick before, or after, the stated end of the warm-up.

Schedules disagree on what a warm-up of ``W`` means. ``step / W`` and ``LinearLR`` with
``total_iters: W`` first use the peak at step ``W``; ``(step + 1) / W`` does so at step ``W - 1``;
``OneCycleLR`` at ``pct_start * total_steps - 1``.

## Why it matters

``(step + 1) / 5 if step < 5 else ...`` gives 0.2, 0.4, 0.6, 0.8, 1: four updates below the peak,
not five. With steps that is harmless, and only worth knowing when two curves are compared. Where
one tick is an epoch, ``OneCycleLR`` with ``total_steps: 30`` and ``pct_start: 0.1`` trains two
epochs of warm-up, not three.

## How to fix it

``(step + 1) / (W + 1)`` starts above 0 and reaches the peak at step ``W``. Or keep it, now that you
know.

## When it is fine

Almost always, so this is never more than an info. It looks only at warm-ups whose length is
certain: a number in the expression from which the decay counts as well, as 500 in
``(step + 1) / 500 if step < 500 else 1 - (step - 500) / 1500``, or ``pct_start`` where a tick is
longer than a step. ``min(1, (step + 1) / 500)`` alone may mean 499 updates below the peak.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from lrplan.lint import Context, Edit, Hit, Rule, Severity, Span, ticks, unit, yaml_flow
from lrplan.lint.facts.expressions import (
    Factor,
    factors_on_base_lr,
    literals,
    numbers,
    sampled_ticks,
    value_at,
    with_rise_above_zero,
)
from lrplan.lint.facts.free_form import repeats
from lrplan.lint.facts.onecycle import one_cycles
from lrplan.lint.facts.tick_usage import last_used_tick
from lrplan.specfile.expressions.expression import Expression

_BEGIN = re.compile(r"(?:step|epoch|t|x|\d) *- *(\d[\d_]*)(?![\w.])")
"""A tick from which something counts: ``step - 500``, ``10000 - 500``."""

BAD = """\
training: {steps: 2000}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler:
      type: LambdaLR
      lr_lambda: "(step + 1) / 100 if step < 100 else 1 - (step - 100) / 1900"
"""


def check(context: Context) -> Iterator[Hit]:
    """Expressions with a number one beside the tick of their peak, and coarse one-cycles."""
    for factor in factors_on_base_lr(context):
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
    if repeats(factor.expression):
        return
    written = literals(factor.expression)
    values = [value_at(factor.expression, tick) for tick in sampled_ticks(last)]
    highest = max((value for value in values if value is not None), default=math.nan)
    for length in _stated_lengths(factor.expression, last):
        for peak in (length - 1, length + 1):
            # Where the number of the peak is written as well, somebody counted.
            if peak not in written and _peaks_at(factor, peak, highest):
                text = with_rise_above_zero(factor.expression, last) if peak < length else None
                edits = () if text is None else (Edit(factor.path, yaml_flow(text)),)
                yield _hit(context, factor.span, factor.path, length, peak, edits)
                return


def _stated_lengths(expression: Expression, last: int) -> list[int]:
    """The numbers of an expression that end a rise, as a decay counts from them."""
    written = numbers(expression)
    begun = {int(found.replace("_", "")) for found in _BEGIN.findall(expression.text)}
    return sorted(each for each in begun if 3 <= each < last and written.count(each) > 1)


def _peaks_at(factor: Factor, tick: int, highest: float) -> bool:
    """Return True if the expression rises to its highest value at ``tick`` and not before."""
    about = [value_at(factor.expression, each) for each in (0, tick - 1, tick, tick + 1)]
    first, earlier, at, after = (math.nan if value is None else value for value in about)
    arrives = at >= highest * (1 - 1e-9) and first <= earlier < at * (1 - 1e-9)
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
    severity=Severity.INFO,
    needs="spec",
    summary="The peak is first used one tick before or after the warm-up's end.",
    bad=(BAD,),
    good=(BAD.replace("/ 100 if", "/ 101 if"),),
    check=check,
)
