"""A formula of a cosine begins at its low end: a sine, or a minus where a plus was meant.

``0.5 * (1 + cos(pi * step / N))`` falls from 1 to 0. With ``sin`` it begins at a half, is at its
top in the middle of the run, and ends at a half. With ``1 - cos`` it rises from 0 to 1: training
ends at the full learning rate.

## Why it matters

Base learning rate 0.1 over 1,000 steps: ``0.5 * (1 + sin(pi * step / 1000))`` gives 0.05 at step
0, 0.1 at step 500 and 0.05 at the last one; ``0.5 * (1 - cos(pi * step / 1000))`` gives 0, 0.05
and 0.1.

## How to fix it

``0.5 * (1 + cos(pi * step / N))``, or ``cos(0.5 * pi * step / N)`` for a quarter of a turn.

## When it is fine

Only a formula that is the sole scheduler of the run is judged, and only where the cosine in its
place would fall all the way from its top to a fifth of it or less. Waves and warm-ups are left
alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from lrplan.lint import Context, Edit, Hit, Rule, Severity, number, yaml_flow
from lrplan.lint.facts.expressions import Factor, factors_on_base, sampled_ticks, value_at
from lrplan.lint.facts.tick_usage import last_planned_tick
from lrplan.specfile.expressions.expression import Expression, ExpressionError

BAD = """\
training: {steps: 1000}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: LambdaLR, lr_lambda: "0.5 * (1 + sin(pi * step / 1000))"}
"""
MINUS = BAD.replace("1 + sin", "1 - cos")
QUARTER = BAD.replace("0.5 * (1 + sin(pi * step / 1000))", "sin(0.5 * pi * step / 1000)")
_SINE = re.compile(r"\bsin\(")
_MINUS = re.compile(r"(?<![\w.)])1(?:\.0)? *- *cos\(")
_LEAST_TICKS = 8
_LOW, _BOTTOM = 0.6, 0.2
_NOISE = 1e-9
_AT_TOP = 0.05


def check(context: Context) -> Iterator[Hit]:
    """Formulas that begin below their top, and would fall from it with a cosine."""
    if len(context.plan.schedulers) != 1:
        return
    for factor in factors_on_base(context):
        whole = factor.span.scheduler is factor.span.top
        if whole and context.field_of(factor.span.scheduler) == "lr":
            yield from _judged(context, factor)


def _judged(context: Context, factor: Factor) -> Iterator[Hit]:
    meant = _with_cosine(factor.expression.text)
    if meant is None:
        return
    sampled = sampled_ticks(last_planned_tick(context, factor.span))
    now, then = _values(factor.expression, sampled), _values(meant, sampled)
    if len(now) < _LEAST_TICKS or not then:
        return
    begin = then.index(max(then))
    if now[:begin] != then[:begin] or now[begin] > _LOW * max(now) or not _falls(then[begin:]):
        return
    # A warm-up of the shape of a sine stays at its top: that is not a decay.
    if sum(value >= (1 - _NOISE) * max(now) for value in now) > _AT_TOP * len(now):
        return
    written = _with_cosine(factor.expression.written)
    text = meant.text if written is None else written.text
    yield Hit(
        path=factor.path,
        message=(
            f"the factor is {number(now[begin])} at {factor.span.top.interval} {sampled[begin]:,},"
            f" where a decay has its top, and {number(now[-1])} at the end of the run"
        ),
        fix=text,
        edits=() if written is None else (Edit(factor.path, yaml_flow(text)),),
        step=0,
    )


def _values(expression: Expression, sampled: list[int]) -> list[float]:
    """The values at the ticks; empty where there is none at one of them."""
    values = [value_at(expression, tick) for tick in sampled]
    defined = [value for value in values if value is not None]
    return defined if len(defined) == len(values) else []


def _with_cosine(text: str) -> Expression | None:
    """The formula with a cosine for its sine, or a plus for the minus before its cosine."""
    if "cos(" not in text:
        text, count = _SINE.subn("cos(", text)
    else:
        text, count = _MINUS.subn("1 + cos(", text)
    try:
        return Expression(text) if count == 1 else None
    except ExpressionError:  # a duration, such as `1000st`
        return None


def _falls(values: list[float]) -> bool:
    """Return True if it falls all the way, from its top to a fifth of it or less."""
    top = values[0]
    down = all(after <= before + _NOISE * top for before, after in pairwise(values))
    return top > 0 and down and -_NOISE * top <= values[-1] <= _BOTTOM * top


RULE = Rule(
    code="LRP418",
    name="formula-starts-at-wrong-end",
    severity=Severity.WARNING,
    needs="spec",
    summary="A sine, or a minus, lets a decay begin at its low end.",
    bad=(BAD, MINUS, QUARTER),
    good=(BAD.replace("sin", "cos"), QUARTER.replace("sin", "cos")),
    check=check,
    level="cause",
    supersedes=("warmup-never-finishes", "warmup-first-update-zero"),
)
