"""A ``lr_lambda`` that returns the learning rate itself is multiplied by the base lr once more.

``LambdaLR`` takes a factor on the base lr, so a function that already contains the base lr
squares it. One that returns other learning rates, such as 3e-4, beside ``lr: 0.1`` gives 3e-5.

## Why it matters

Base learning rate 0.1 and ``0.1 * (1 - epoch / 10)`` give 0.01, 0.009, 0.008: a tenth of what was
meant. With 1e-3 the learning rates are a thousand times too small.

## How to fix it

Leave the base lr out of the expression, or set the optimizer's ``lr`` to 1.

## When it is fine

These are not reported: factors above 0.2 anywhere, unless the largest is exactly the base lr; small
factors that are not near the base lr and above 0.005 somewhere; all of Noam's and other inverse
square roots; a long warm-up in a short run; a base lr of 1; a constant; a small factor for one
group beside larger ones for others.

## References

gao-hongnan/omniverse#82
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isclose

from lrplan.lint import Context, Edit, Hit, Rule, Severity, write_values
from lrplan.lint.facts.expressions import (
    Factor,
    factors_on_base,
    falls_like_inverse_sqrt,
    sampled_ticks,
    value_at,
)
from lrplan.lint.facts.tick_usage import last_planned_tick

BAD = """\
training: {epochs: 30, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 1e-3}
    scheduler: {type: LambdaLR, lr_lambda: "1e-3 * 0.95 ** epoch"}
"""
LARGE = BAD.replace("lr: 1e-3", "lr: 5").replace("1e-3 *", "5 *")
OTHER = BAD.replace("lr: 1e-3", "lr: 0.1").replace("1e-3 *", "3e-4 *")
_SMALL = 0.2
_CLOSE = 0.15
_SAME = 1e-9
_TINY = 0.005


def check(context: Context) -> Iterator[Hit]:
    """Every expression of a scheduler peaks at about the base value of its own groups."""
    expressions = list(factors_on_base(context))
    for span in context.spans_with("function"):
        own = [each for each in expressions if each.span.scheduler is span.scheduler]
        base = context.base_values(context.field_of(span.scheduler))
        if own and all(_is_absolute(context, each, base) for each in own):
            yield _hit(context, own[0], base[own[0].groups[0]])


def _is_absolute(context: Context, factor: Factor, base: dict[str, float]) -> bool:
    factors_used = [
        value_at(factor.expression, t)
        for t in sampled_ticks(last_planned_tick(context, factor.span))
    ]
    values = [value for value in factors_used if value is not None]
    if len(values) < len(factors_used) or len(set(values)) < 2:
        return False
    top, bases = max(values), [base[group] for group in factor.groups if group in base]
    # A warm-up that the run cuts short passes by every small number.
    still_rising = values.index(top) == len(values) - 1
    if still_rising or top <= 0:
        return False
    if top >= _SMALL:
        # 5 * 0.95 ** epoch beside lr: 5. A factor of 1 is the usual one.
        return top != 1 and any(isclose(top, each, rel_tol=_SAME) for each in bases)
    near = any(isclose(top, each, rel_tol=_CLOSE) for each in bases)
    return near or _is_tiny(context, factor, top, bases)


def _is_tiny(context: Context, factor: Factor, top: float, bases: list[float]) -> bool:
    """Return True if no step uses as much as a two-hundredth of a base lr below 1."""
    if context.field_of(factor.span.scheduler) != "lr" or top >= _TINY:
        return False
    last = last_planned_tick(context, factor.span)
    ordinary = bool(bases) and max(bases) < 1
    return ordinary and not falls_like_inverse_sqrt(factor.expression, last)


def _hit(context: Context, factor: Factor, base: float) -> Hit:
    first = value_at(factor.expression, 0) or 0.0
    return Hit(
        path=factor.path,
        message=(
            f"the expression returns lrs, not factors: step 0 runs at {first:.3g} x {base:.3g} ="
            f" {first * base:.3g}"
        ),
        fix="leave the base lr out of the expression, or set the optimizer's lr to 1",
        edits=_unit_lr(context, factor),
        step=0,
    )


def _unit_lr(context: Context, factor: Factor) -> tuple[Edit, ...]:
    """An lr of 1, where no group has one of its own and nothing else reads it."""
    optimizer = context.plan.optimizer
    own = any("lr" in group.options for group in optimizer.groups)
    if own or len(context.plan.schedulers) > 1 or factor.span.scheduler is not factor.span.top:
        return ()
    return write_values(optimizer.path, {"lr": 1})


RULE = Rule(
    code="LRP413",
    name="lambda-returns-absolute-lr",
    severity=Severity.ERROR,
    needs="spec",
    summary="A lambda returns the lr itself, so the base lr counts twice.",
    bad=(BAD, OTHER, LARGE),
    good=(
        BAD.replace("1e-3 * ", ""),
        OTHER.replace("lr: 0.1", "lr: 1"),
        LARGE.replace("5 * ", ""),
    ),
    check=check,
    supersedes=("lr-too-large-for-optimizer", "lr-vanishes", "noam-lr-is-a-scale-factor"),
)
