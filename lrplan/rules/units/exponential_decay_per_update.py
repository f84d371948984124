"""A factor that is meant for every epoch is applied at every step.

``ExponentialLR(gamma=0.95)`` takes 5 % off at each call of ``step()``. Once an epoch that is a
gentle decay; with every optimizer step the learning rate is close to 0 after a few hundred steps.

## Why it matters

From 0.1 with 0.95 per step, 0.0599 is left after 10 steps, 5.9e-4 after 100, 5.3e-24 after 1,000.
After 1,658 it is smaller than float32 can hold at full precision, and it ends at a denormal
4.4e-323. The training stops without a warning.

## How to fix it

Tick once an epoch (``interval: epoch``), or take the root: ``gamma ** (1 / steps_per_epoch)`` per
step is ``gamma`` per epoch. For 1,000 steps an epoch, 0.95 becomes 0.99994871.

## When it is fine

A decay that leaves a millionth of the learning rate or more at half the run, decays that are a line
or a power down to 0, and schedulers that tick per epoch.

## References

Lornatang/SRGAN-PyTorch#1, hazdzz/stgcn#18
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from lrplan.lint import (
    Context,
    Edit,
    Hit,
    Rule,
    Severity,
    Span,
    check_plans_of_run,
    count,
    script,
    write_values,
)
from lrplan.lint.facts.expressions import Factor, factors, sampled_ticks, value_at
from lrplan.lint.facts.tick_counts import tick_counts
from lrplan.specfile.expressions.expression import Expression

BAD = """\
training: {epochs: 20, steps_per_epoch: 100}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: ExponentialLR, gamma: 0.95, interval: step}
"""
LAMBDA = BAD.replace("ExponentialLR, gamma: 0.95", "LambdaLR, lr_lambda: 0.95 ** epoch")
PRODUCT = BAD.replace("ExponentialLR, gamma: 0.95", "MultiplicativeLR, lr_lambda: 0.95")

_GONE = 1e-6
_LEAST_PER_EPOCH = 4
_LEAST_TICKS = 100
"""Runs without epochs that are shorter than this are not judged: they are mostly toys."""


def check(context: Context) -> Iterator[Hit]:
    """Every decay by a constant ratio that is over before half its ticks."""
    for span in context.spans("ExponentialLR", "StepLR"):
        gamma = context.number(span.scheduler, "gamma")
        every = context.integer(span.scheduler, "step_size") or 1
        if gamma is not None and 0 < gamma < 1 and every == 1:
            # gamma ** n <= 1e-6 from n = log(1e-6) / log(gamma) on: 270 ticks for 0.95, 6 for 0.1.
            gone = math.ceil(math.log(_GONE) / math.log(gamma))
            yield from _hit(context, span, context.path_of(span.scheduler, "gamma"), gone, gamma)
    for factor in factors(context, "LambdaLR", "MultiplicativeLR"):
        product = factor.span.scheduler.type == "MultiplicativeLR"
        gone = (_product_gone if product else _power_gone)(factor) or 0
        if gone:
            yield from _hit(context, factor.span, factor.path, gone, None)


def _hit(context: Context, span: Span, path: str, gone: int, gamma: float | None) -> Iterator[Hit]:
    counts = tick_counts(context, span.top)
    per_epoch = None if counts.per_epoch is None else float(counts.per_epoch)
    if span.top.interval == "epoch" or 2 * gone > span.ticks:
        return
    if span.ticks < _LEAST_TICKS if per_epoch is None else per_epoch < _LEAST_PER_EPOCH:
        return
    factor = f"a factor of {gamma:g}" if gamma is not None else "the decay of the expression"
    yield Hit(
        path=path,
        message=(
            f"{factor} at every {span.top.interval} leaves a millionth of the lr after"
            f" {gone:,} of {count(span.ticks, 'tick')}"
        ),
        fix=_fix(span, gamma, per_epoch),
        edits=_edits(span, per_epoch),
        step=context.step(span, gone),
    )


def _edits(span: Span, per_epoch: float | None) -> tuple[Edit, ...]:
    """A tick per epoch, unless another scheduler ticks with this one."""
    if per_epoch is None or span.scheduler is not span.top or span.top.frequency != 1:
        return ()
    return write_values(span.top.path, {"interval": "epoch"})


def _fix(span: Span, gamma: float | None, per_epoch: float | None) -> str:
    if per_epoch is None:
        root = 1e-3 ** (1 / span.ticks)
        return f"a factor of {root:.8g} leaves a thousandth at the end"
    if gamma is None:
        return f"interval: epoch, or the factor to the power of 1 / {per_epoch:g}"
    # 0.95 per epoch of 100 steps is the 100th root per step: 0.9994872.
    return f"interval: epoch, or gamma: {gamma ** (1 / per_epoch):.8g} (to the 1 / {per_epoch:g})"


def _power_gone(factor: Factor) -> int | None:
    """The tick at which an exponential expression is a millionth of its peak, for good."""
    ticks = sampled_ticks(factor.span.ticks)
    values = [value_at(factor.expression, tick) for tick in ticks]
    finite = [0.0 if value is None else value for value in values]
    peak = max(finite)
    if peak <= 0 or min(finite) < 0:
        return None
    # "For good": the first sample after the last one that is not small; then bisect before it.
    small = [value < _GONE * peak for value in finite]
    if not small[-1] or all(small):
        return None
    first = len(small) - small[::-1].index(False)
    gone = _boundary(factor.expression, ticks[first - 1], ticks[first], _GONE * peak)
    return gone if _is_exponential(factor.expression, gone, peak) else None


def _boundary(expression: Expression, above: int, below: int, limit: float) -> int:
    while below - above > 1:
        middle = (above + below) // 2
        if (value_at(expression, middle) or 0.0) < limit:
            below = middle
        else:
            above = middle
    return below


def _is_exponential(expression: Expression, gone: int, peak: float) -> bool:
    """Return True if at twice the tick it is about the square: no power law, and no cut to 0."""
    once, twice = (value_at(expression, gone * times) for times in (1, 2))
    if not once or twice is None:
        return False
    # 0.95 ** t is s at tick g and s squared at 2 g, with some room (exponents 1.5 to 3) for
    # offsets. A power law such as 1 / t would be at half of s, and a cut to 0 would be at 0.
    share = once / peak
    return share > _GONE**3 and share**3 <= twice / peak <= share**1.5


def _product_gone(factor: Factor) -> int | None:
    """The tick at which the factors multiplied since tick 1 are a millionth."""
    left = 1.0
    for tick in range(1, min(factor.span.ticks // 2, 100_000) + 1):
        value = value_at(factor.expression, tick)
        if value is None or value <= 0:
            return None
        left *= value
        if left < _GONE:
            return tick
    return None


RULE = Rule(
    code="LRP105",
    name="exponential-decay-per-update",
    severity=Severity.ERROR,
    needs="spec",
    summary="A decay factor per epoch is applied at every step.",
    bad=(BAD, LAMBDA, PRODUCT),
    good=(
        BAD.replace("interval: step", "interval: epoch"),
        BAD.replace("0.95", "0.99948720"),
        LAMBDA.replace("epoch,", "(epoch / 100),"),
        PRODUCT.replace("interval: step", "interval: epoch"),
    ),
    check=check,
    check_run=check_plans_of_run(check),
    bad_source=(
        script(
            "ExponentialLR(optimizer, gamma=0.95)", epochs=100, after_step=("scheduler.step()",)
        ),
    ),
    good_source=(
        script(
            "ExponentialLR(optimizer, gamma=0.95)", epochs=100, after_epoch=("scheduler.step()",)
        ),
    ),
    level="cause",
)
