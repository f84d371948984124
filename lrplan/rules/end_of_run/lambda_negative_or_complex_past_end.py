"""An expression leaves its domain within the run: a negative learning rate, or none at all.

``1 - step / N`` is a decay to 0 up to ``N`` and negative after it: the optimizer then increases the
loss. With an exponent, ``(1 - step / N) ** 0.9``, it is a complex number in Python, and lrplan's
expressions have no value there. The usual cause is a run longer than ``N``.

## Why it matters

With ``N = 3`` and a base lr of 0.1 six updates run at 0.1, 0.0667, 0.0333, 0, -0.0333 and -0.0667,
without a warning. With the exponent, training stops with an error at the fifth.

## How to fix it

Clamp it, ``max(0, 1 - step / N)``, and let ``N`` be the length of the run. ``PolynomialLR`` and
``LinearLR`` hold their last value.

## When it is fine

Values that no update uses are not checked, except for an error at the very last tick, which ends
training before its result is saved.

## References

VainF/DeepLabV3Plus-Pytorch#59
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from lrplan.lint import Context, Hit, Rule, Severity, ticks, unit
from lrplan.lint.facts.expressions import (
    Factor,
    factors,
    factors_on_base_lr,
    fails_at_start,
    first_where,
    literals,
    value_at,
)
from lrplan.lint.facts.tick_usage import ends_with_run, last_step_before, last_used_tick
from lrplan.specfile.expressions.expression import ExpressionError

BAD = """\
training: {epochs: 60, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: LambdaLR, lr_lambda: "1 - epoch / 50"}
"""
POWER = BAD.replace("1 - epoch / 50", "(1 - epoch / 50) ** 0.9")


def check(context: Context) -> Iterator[Hit]:
    """Expressions with no value at a tick that is made, or a negative one at one that is used."""
    # inverse-sqrt-edge-cases says these.
    at_start = [each for each in factors_on_base_lr(context) if fails_at_start(each.expression)]
    for factor in factors(context):
        if factor.span.ticks > 0 and factor not in at_start:
            hit = _failing(context, factor) or _negative(context, factor)
            if hit is not None:
                yield hit


def _start(factor: Factor) -> int:
    """The first tick whose value counts: MultiplicativeLR never asks for that of tick 0."""
    return 1 if factor.span.scheduler.row.update == "multiplies" else 0


def _failing(context: Context, factor: Factor) -> Hit | None:
    span = factor.span
    # The tick after the last step is made as well: 10 epochs call the expression with 0 to 10, and
    # an error at 10 stops the loop although no step uses it. One that is handed over is not asked
    # at the milestone any more.
    last_tick = span.ticks if ends_with_run(context, span) else span.ticks - 1
    start = _start(factor)
    tick = first_where(
        lambda each: each >= start and value_at(factor.expression, each) is None, last_tick
    )
    if tick is None:
        return None
    last = last_step_before(context, span, tick) if tick or span.begin else 0
    when = f"after step {last:,}" if tick or span.begin else "before it starts"
    return Hit(
        path=factor.path,
        message=f"training stops {when}: {_problem(factor, tick)}",
        fix=(
            "clamp the value that is raised, divided by or put under the root"
            if tick
            else "begin at 1"
        ),
        step=last,
    )


def _problem(factor: Factor, tick: int) -> str:
    try:
        value = factor.expression(tick)
    except ExpressionError as error:
        return error.message
    return f"{factor.expression.text} is {value} at x = {tick}"


def _negative(context: Context, factor: Factor) -> Hit | None:
    span = factor.span
    floor = -1e-12 * max(abs(value_at(factor.expression, 0) or 0.0), 1e-6)

    def is_negative(tick: int) -> bool:
        value = value_at(factor.expression, tick)
        return value is not None and value < floor and tick >= _start(factor)

    last = last_used_tick(context, span)
    tick = first_where(is_negative, last)
    if tick is None:
        return None
    lowest = value_at(factor.expression, last)
    until = "" if lowest is None or last == tick else f", and {lowest:.4g} at {last:,}"
    field = context.field_of(span.scheduler)
    effect = "each step goes up the gradient" if field == "lr" else f"`{field}` turns negative"
    return Hit(
        path=factor.path,
        message=(
            f"the factor is {value_at(factor.expression, tick) or math.nan:.4g} at"
            f" {unit(span.top)} {tick:,}{until}: {effect}{_end_of_decay(factor, tick)}"
        ),
        fix=f"max(0, {factor.expression.written})",
        step=context.step(span, tick),
    )


def _end_of_decay(factor: Factor, tick: int) -> str:
    """The number of the expression at which it is down to 0, if one is, beside the run's length."""
    written = (each for each in literals(factor.expression) if tick - 1 <= each <= tick)
    ends = [each for each in written if each.is_integer() and _is_zero(factor, int(each))]
    if not ends:
        return ""
    run = ticks(factor.span.ticks, factor.span.top)
    where = "it acts for" if factor.span.begin else "the run has"
    return f"; its {ends[0]:,.0f} is the end of the decay, and {where} {run}"


def _is_zero(factor: Factor, tick: int) -> bool:
    value = value_at(factor.expression, tick)
    return value is not None and abs(value) < 1e-9


RULE = Rule(
    code="LRP306",
    name="lambda-negative-or-complex-past-end",
    severity=Severity.ERROR,
    needs="spec",
    summary="An expression turns negative, or has no value, within the run.",
    bad=(BAD, POWER),
    good=(
        BAD.replace("1 - epoch / 50", "max(0, 1 - epoch / 60)"),
        POWER.replace("50", "60"),
    ),
    check=check,
    supersedes=(
        "cannot-build",
        "lr-negative",
        "lr-not-finite",
        "lr-zero-for-part-of-run",
        "stops-midway",
    ),
)
