"""``LinearLR`` or ``ConstantLR`` over 0 ticks keep their first factor forever.

The factor is applied when the scheduler is built and undone at tick ``total_iters``. With a length
of 0 (``warmup_epochs: 0`` in a config) that tick is already over, so nothing undoes it.

## Why it matters

``LinearLR`` with ``start_factor: 0.1, total_iters: 0`` and ``ConstantLR`` with ``factor: 0.1,
total_iters: 0`` both train the whole run at 0.01 instead of 0.1, on every release of torch up to
2.13, and so does any negative length.

## How to fix it

Leave the scheduler out when its length is 0.

## When it is fine

A factor of 1, and a first member of a ``SequentialLR`` with a first milestone of 0, which never
runs.

## References

pytorch/pytorch#193682
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint import Context, Hit, Rule, Severity, ticks
from lrplan.lint.facts.warmups import line_factors

BAD = """\
training: {epochs: 30, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: LinearLR, start_factor: 0.1, total_iters: 0}
"""
CONSTANT = BAD.replace("LinearLR, start_factor", "ConstantLR, factor")


def check(context: Context) -> Iterator[Hit]:
    """Lengths below 1 of a scheduler that acts, where the factor is not the one at its end."""
    for span in context.spans_with("start factor"):
        name = span.scheduler.row.name_of("end", "hold")
        length = context.integer(span.scheduler, name)
        factor, end = line_factors(context, span.scheduler) or (1.0, 1.0)
        if length is not None and length < 1 and span.ticks > 0 and factor != end:
            yield Hit(
                path=context.path_of(span.scheduler, name),
                message=(
                    f"{name} is {length}, so the first factor is never undone: all"
                    f" {ticks(span.ticks, span.top)} run at {factor:.3g} of the lr"
                ),
                fix=f"leave the {span.scheduler.type} out, or give it a length of at least 1",
                step=context.step(span, 0),
            )


RULE = Rule(
    code="LRP309",
    name="linear-constant-total-iters-zero",
    severity=Severity.ERROR,
    needs="spec",
    summary="LinearLR or ConstantLR over 0 ticks keep their first factor for ever.",
    bad=(BAD, CONSTANT),
    good=(
        BAD.replace("total_iters: 0", "total_iters: 5"),
        CONSTANT.replace("factor: 0.1", "factor: 1.0"),
    ),
    check=check,
    level="cause",
)
