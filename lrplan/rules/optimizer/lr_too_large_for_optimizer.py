"""The learning rate is larger than this optimizer can be expected to train with.

Optimizers of Adam's kind divide each gradient by its size: a step moves every weight by about the
learning rate. At 10 that is far more than the weights themselves. With SGD the step is the gradient
times the learning rate, so that larger ones can work: 30 in published linear probes.

## Why it matters

``lr: 3`` where ``3e-4`` was meant, or ``1e+3`` for ``1e-3``: the loss is NaN, or never falls, from
the first steps on. torch takes every positive number.

## How to fix it

Adam and AdamW: 1e-5 to 1e-2. SGD with momentum: 1e-3 to 1. If the number is the base of a formula
(``LambdaLR``), let the formula give the learning rates that are applied.

## When it is fine

The limits are 0.5 for AdamW, 1 for Adam and the others of its kind, 50 for SGD, and they hold for
the learning rate that a step applies: a base of 1 under a formula of small factors is fine. A range
test may climb to 100, from a tiny learning rate on. Images that are optimized like weights take
learning rates of 1 to 10: ignore it there.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lrplan.lint import Context, Hit, Rule, Severity, number
from lrplan.lint.facts.combinations import schedulers_without_containers
from lrplan.lint.facts.group_values import path_of_value
from lrplan.lint.facts.lr_curves import AppliedCurve, curves, is_range_test

BAD = """\
training: {steps: 1000}
schedules:
  run:
    optimizer: {type: AdamW, lr: 3}
    scheduler: {type: CosineAnnealingLR, T_max: 1000}
"""


def check(context: Context) -> Iterator[Hit]:
    """The first curve whose largest lr is above what its optimizer takes."""
    row = context.plan.optimizer.row
    if row.largest_lr is None or context.plan.optimizer.code is not None:
        return
    for curve in curves(context):
        top = float(curve.values.max())
        base = context.base_values().get(curve.groups[0], 0.0)
        if top <= row.largest_lr or is_range_test(curve, base):
            continue
        whose = f" of {curve.groups[0]}" if len(context.trace.groups) > 1 else ""
        effect = ", whose steps move each weight by about the lr" if row.sign_sized else ""
        yield Hit(
            path=_path(context, curve, top),
            message=(
                f"the lr{whose} is {number(top)} at the highest, and a plausible one is at most"
                f" {row.largest_lr:g} with {row.name}{effect}"
            ),
            fix="a smaller lr: is a minus missing in its exponent?",
            step=int(np.argmax(curve.values)),
        )
        return


def _path(context: Context, curve: AppliedCurve, top: float) -> str:
    """The argument that states the lr: of a scheduler, or of the optimizer."""
    group = curve.groups[0]
    base = context.base_values().get(group, 0.0)
    for each in (
        leaf for driver in curve.drivers for leaf in schedulers_without_containers(driver)
    ):
        if each.row.name_of("peak") and top > base:
            return context.path_of(each, each.row.name_of("peak"))
    return path_of_value(context, group, "lr") if top <= 1.01 * base else curve.path


RULE = Rule(
    code="LRP807",
    name="lr-too-large-for-optimizer",
    severity=Severity.WARNING,
    needs="curve",
    summary="The learning rate is larger than is plausible for the optimizer.",
    bad=(BAD, BAD.replace("AdamW, lr: 3", "SGD, lr: 100")),
    good=(BAD.replace("lr: 3", "lr: 3e-4"), BAD.replace("AdamW, lr: 3", "SGD, lr: 30")),
    check=check,
    level="symptom",
    supersedes=("weight-decay-scaled-by-lr",),
)
