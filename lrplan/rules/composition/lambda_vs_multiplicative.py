"""``LambdaLR`` takes a factor on the base lr, ``MultiplicativeLR`` one on the last learning rate.

A formula written for one means something else in the other. ``0.95 ** epoch`` in
``MultiplicativeLR`` is multiplied up: after ``n`` ticks the learning rate is ``0.95 ** (n (n + 1) /
2)`` of the base. A plain ``0.95`` in ``LambdaLR`` is a learning rate that never changes.

## Why it matters

Base learning rate 0.1, ``0.95 ** epoch``: after 10 ticks ``LambdaLR`` is at 0.0599,
``MultiplicativeLR`` at 0.00595. ``LambdaLR`` with ``0.95`` stays at 0.095.

## How to fix it

``LambdaLR`` for a formula of the whole way from the start, ``MultiplicativeLR`` (or
``ExponentialLR``) for the factor of one tick.

## When it is fine

``MultiplicativeLR`` with a constant, with factors at chosen ticks, or with the ratio of two
neighbouring values of a curve. ``LambdaLR`` with a constant that scales a group once: a constant
is only mentioned when all groups have one and it looks like the factor of one tick, from 0.8 to 1.

## References

pytorch/pytorch#24352
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import isclose, log

from lrplan.lint import Context, Edit, Hit, Rule, Severity, write_values, yaml_flow
from lrplan.lint.facts.expressions import Factor, factors, sampled_ticks, value_at
from lrplan.lint.facts.tick_usage import last_used_tick

BAD = """\
training: {epochs: 30, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: MultiplicativeLR, lr_lambda: "0.95 ** epoch"}
"""
_FAR_DOWN = 0.95
_FIRST_TICKS = 64


def check(context: Context) -> Iterator[Hit]:
    """A formula of the whole way in MultiplicativeLR; the factor of one tick in LambdaLR."""
    for factor in factors(context, "MultiplicativeLR"):
        last = last_used_tick(context, factor.span)
        values = _values(factor, sampled_ticks(min(last, _FIRST_TICKS)))
        if len(values) >= 4 and (_ramps(values) or _is_whole_way(factor, values, last)):
            yield _multiplied_up(factor, last)
    constants = [factor for factor in factors(context, "LambdaLR") if factor.span.begin == 0]
    if constants and all(_is_rate_of_one_tick(context, each) for each in constants):
        yield _frozen(constants[0], value_at(constants[0].expression, 0) or 0.0)


def _values(factor: Factor, ticks: Sequence[int]) -> list[float]:
    """The values at ``ticks``; an empty list if one of them, past tick 0, is not above 0."""
    values = [value_at(factor.expression, tick) for tick in ticks]
    defined = [value for value in values if value is not None]
    return defined if len(defined) == len(values) and all(v > 0 for v in defined[1:]) else []


def _is_whole_way(factor: Factor, values: Sequence[float], last: int) -> bool:
    """Return True if it falls from exactly 1, all the way, and far."""
    middle = value_at(factor.expression, last // 2)
    falls = isclose(values[0], 1.0, rel_tol=1e-9) and all(a > b for a, b in pairwise(values))
    return falls and (_is_power(values) or (middle is not None and middle < _FAR_DOWN))


def _is_power(values: Sequence[float]) -> bool:
    # c ** t has f(3) = f(1) ** 3 whatever c is. 1 / (1 + t) has not: 1/4 is not 1/8.
    return isclose(values[3], values[1] * values[1] * values[1], rel_tol=1e-9)


def _ramps(values: Sequence[float]) -> bool:
    """Return True if it begins as a straight line from (almost) 0: a warm-up's factor."""
    rise = values[1] - values[0]
    straight = all(isclose(b - a, rise, rel_tol=1e-6) for a, b in pairwise(values[:4]))
    return rise > 0 and straight and values[0] <= rise * (1 + 1e-6) and values[3] <= 1


def _is_rate_of_one_tick(context: Context, factor: Factor) -> bool:
    if factor.span.scheduler is not factor.span.top:
        return False
    values = {
        value_at(factor.expression, t) for t in sampled_ticks(last_used_tick(context, factor.span))
    }
    value = values.pop()
    return not values and value is not None and 0.8 <= value < 1


def _multiplied_up(factor: Factor, last: int) -> Hit:
    # Logarithms are added, as the product itself may be too small for a float. `0.95 ** epoch`
    # multiplied over ticks 1 to 29 is 0.95 ** 435, about 2e-10, where 0.95 ** 29 = 0.23 was meant.
    sampled = range(1, min(last, 100_000) + 1)
    logs = [log(value) for tick in sampled if (value := value_at(factor.expression, tick) or 0) > 0]
    power = sum(logs) / log(10)
    after = f"{10**power:.3g}" if power > -300 else "0"
    meant = value_at(factor.expression, sampled[-1]) or 0.0
    return Hit(
        path=factor.path,
        message=(
            "MultiplicativeLR multiplies the last lr, so these factors pile up: after"
            f" {sampled[-1]:,} ticks the lr is {after} of the base lr, and LambdaLR would be at"
            f" {meant:.3g} of it"
        ),
        fix="type: LambdaLR, or the factor of one tick",
        edits=write_values(factor.span.scheduler.path, {"type": "LambdaLR"}),
        step=None,
    )


def _frozen(factor: Factor, value: float) -> Hit:
    # `1 - 1ep / 20ep` stays as it is written: its durations follow the run.
    text = factor.expression.written
    written = f"({text})" if re.search(r"[a-z%]", text) else f"{value!r}"
    return Hit(
        path=factor.path,
        message=(
            f"LambdaLR multiplies the base lr, so the lr stays at {value:.4g} of it and never"
            " decays"
        ),
        fix=f"ExponentialLR with gamma: {value:g}, or {value:g} ** epoch",
        edits=(Edit(factor.path, yaml_flow(f"{written} ** epoch")),),
    )


RULE = Rule(
    code="LRP412",
    name="lambda-vs-multiplicative",
    severity=Severity.WARNING,
    needs="spec",
    summary="A formula for LambdaLR in MultiplicativeLR, or the reverse.",
    bad=(BAD, BAD.replace("Multiplicative", "Lambda").replace("0.95 ** epoch", "0.95")),
    good=(BAD.replace("Multiplicative", "Lambda"), BAD.replace("0.95 ** epoch", "0.95")),
    check=check,
    level="cause",
    supersedes=("exponential-decay-per-update",),
)
