"""A floor of transformers is relative to the optimizer's own lr, not to the lr of each group.

transformers divides ``min_lr`` and ``lr_end`` by ``optimizer.defaults["lr"]`` and applies that
factor to every group. A group with an ``lr`` of its own ends somewhere else; where only the groups
have learning rates, the divisor is the default of the optimizer's class, 0.001.

## Why it matters

With groups at 1e-4 and 1e-5, no ``lr`` for the optimizer and ``min_lr: 1e-5``, AdamW divides by its
default of 0.001: both groups end at a hundredth of their learning rates, 1e-6 and 1e-7. Where a
group's learning rate is above the optimizer's, ``polynomial`` may raise instead.

## How to fix it

``min_lr_rate`` is a share of each group's own learning rate. ``polynomial`` does not have it: give
the optimizer the ``lr`` that ``lr_end`` is meant for.

## When it is fine

Groups that all have the optimizer's learning rate.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from lrplan.lint import Context, Hit, Rule, Severity, Span, number, rename_key

BAD = """\
training: {steps: 100}
schedules:
  run:
    optimizer: {type: AdamW, groups: {body: {lr: 1e-4}, head: {lr: 1e-5}}}
    scheduler:
      type: transformers:cosine_with_min_lr
      num_warmup_steps: 10
      num_training_steps: 100
      min_lr: 1e-5
"""
GOOD = BAD.replace("min_lr: 1e-5", "min_lr_rate: 0.1")

_FLOOR = {
    "transformers:polynomial": "lr_end",
    "transformers:cosine_with_min_lr": "min_lr",
    "transformers:cosine_warmup_with_min_lr": "min_lr",
}


def check(context: Context) -> Iterator[Hit]:
    """Each floor that is written down and that some group will not end at."""
    for span in context.spans(*_FLOOR):
        name = _FLOOR[span.scheduler.type]
        floor = span.scheduler.arguments.get(name)
        divisor = context.optimizer_lr
        if isinstance(floor, float) and floor > 0 and divisor:
            yield from _elsewhere(context, span, name, floor, divisor)


def _elsewhere(
    context: Context, span: Span, name: str, floor: float, divisor: float
) -> Iterator[Hit]:
    base = context.base_values()
    ends = {group: base[group] * floor / divisor for group in span.top.groups if group in base}
    other = next((group for group, end in ends.items() if not math.isclose(end, floor)), None)
    if other is not None:
        yield Hit(
            path=context.path_of(span.scheduler, name),
            message=(
                f"{name} {number(floor)} is the floor for an lr of {number(divisor)}, the"
                f" optimizer's own: {other} ends at {number(ends[other])}"
            ),
            fix=(
                f"min_lr_rate: {number(floor / max(base.values()))} in place of min_lr"
                if name == "min_lr"
                else "give the optimizer the lr that lr_end is meant for"
            ),
            edits=rename_key(
                span.scheduler.path,
                "min_lr",
                "min_lr_rate",
                float(f"{floor / max(base.values()):.12g}"),
            )
            if name == "min_lr"
            else (),
        )


RULE = Rule(
    code="LRP446",
    name="hf-floor-follows-optimizer-lr",
    severity=Severity.WARNING,
    needs="spec",
    summary="A floor of transformers is divided by the optimizer's lr, not the group's.",
    bad=(BAD,),
    good=(
        GOOD,
        BAD.replace("AdamW, groups: {body: {lr: 1e-4}, head: {lr: 1e-5}}", "AdamW, lr: 1e-4"),
    ),
    check=check,
    extra="transformers",
)
