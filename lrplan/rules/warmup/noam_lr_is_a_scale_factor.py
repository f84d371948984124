"""In a Noam schedule ``lr`` is a factor on ``d_model ** -0.5 * warmup ** -0.5``, not the peak.

The schedule of the Transformer paper has its own scale, so ``lr`` should be 1 or near it. With an
ordinary peak learning rate instead, training hardly progresses.

## Why it matters

With ``d_model`` 512 and a warm-up of 4,000 the peak is 0.000699 for ``lr: 1``, and 0.000000699
for ``lr: 0.001``.

## How to fix it

Write ``lr: 1.0``, or 2.0 as in some recipes. To give the peak itself, use ``InverseSqrtScheduler``,
which is 1 at its peak.

## When it is fine

An inverse square root whose own peak is near 1, and any ``lr`` that leaves the peak above
0.00001.

## References

Vaswani et al. 2017, arXiv 1706.03762; OpenNMT/OpenNMT-py#1666
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint import Context, Hit, Rule, Severity, child_path, write_values
from lrplan.lint.facts.expressions import (
    Factor,
    factors_on_base_lr,
    falls_like_inverse_sqrt,
    sampled_ticks,
    value_at,
)
from lrplan.lint.facts.tick_usage import last_planned_tick

BAD = """\
training: {steps: 20000}
schedules:
  run:
    optimizer: {type: Adam, lr: 0.001}
    scheduler:
      type: LambdaLR
      lr_lambda: "512 ** -0.5 * min((step + 1) ** -0.5, (step + 1) * 4000 ** -1.5)"
"""

_OWN_SCALE = 0.05
_HARDLY_MOVES = 1e-5


def check(context: Context) -> Iterator[Hit]:
    """Inverse square roots far below 1 on a base lr that is not a scale factor."""
    for factor in factors_on_base_lr(context):
        last = last_planned_tick(context, factor.span)
        values = [value_at(factor.expression, tick) for tick in sampled_ticks(last)]
        highest = max((value for value in values if value is not None), default=0.0)
        base = max((context.base_values().get(group, 0.0) for group in factor.groups), default=0.0)
        # Noam with 512 dimensions and 4,000 steps of warm-up peaks at 512 ** -0.5 * 4000 ** -0.5 =
        # 7e-4. On a base lr of 1 that is an lr that trains; on 1e-3 it is 7e-7, which is what this
        # rule is for.
        meant = highest >= _OWN_SCALE or base * highest >= _HARDLY_MOVES
        if meant or base <= 0 or highest <= 0:
            continue
        if falls_like_inverse_sqrt(factor.expression, last):
            yield _hit(context, factor, base, highest)


def _hit(context: Context, factor: Factor, base: float, highest: float) -> Hit:
    own = any("lr" in group.options for group in context.plan.optimizer.groups)
    return Hit(
        path=child_path(context.plan.optimizer.path, "lr"),
        message=(
            f"lr {base:g} is a factor on a schedule whose own peak is {highest:.3g}: the largest"
            f" lr used is {base * highest:.3g}"
        ),
        fix=f"lr: 1.0 gives a peak of {highest:.3g}; {factor.span.scheduler.type} multiplies it",
        edits=() if own else write_values(context.plan.optimizer.path, {"lr": 1.0}),
    )


RULE = Rule(
    code="LRP206",
    name="noam-lr-is-a-scale-factor",
    severity=Severity.WARNING,
    needs="spec",
    summary="A Noam schedule multiplies lr by its own small scale.",
    bad=(BAD,),
    good=(BAD.replace("lr: 0.001", "lr: 1.0"),),
    check=check,
    supersedes=("lr-vanishes",),
)
