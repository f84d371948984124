"""Weight decay is multiplied by the learning rate, and here the product is extreme.

AdamW, and others that decay apart from the gradient, shrink every weight by
``1 - lr * weight_decay`` at each step, with the ``lr`` of that step. The schedule of the learning
rate is a schedule of the decay, too: over a run, weights shrink to about
``exp(-sum of lr * weight_decay)`` of their initial values.

## Why it matters

With ``lr: 1e-3`` and ``weight_decay: 0.1`` over 10,000 steps, a constant learning rate leaves
0.368, a cosine or a line to 0 leaves 0.606. A value copied from SGD does nothing: 1e-4 with a
learning rate of 1e-4 over 1,000 steps leaves 0.99999. In the other direction the factor turns
negative at a product of 1: every step flips the sign of the weights.

## How to fix it

Choose ``weight_decay`` for the sum of the learning rates: for a time constant of T steps at the
peak, ``1 / (lr * T)``.

## When it is fine

Nearly always. Only these are reported: a product of 1 % or more at some step, and a decay that is
given, above 0, and takes less than a ten-thousandth off the weights in 1,000 steps or more; that is
only a note (info). ``SGD`` adds the decay to the gradient, which comes to the same product; of it
only the first is reported. Optimizers of Adam's kind that add the decay to the gradient are left
alone: they divide it by the size of the gradient.

## References

Loshchilov & Hutter 2019, arXiv 1711.05101; egg-west/AdamW-pytorch#1
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lrplan.lint import Context, Hit, Rule, Severity, count, share
from lrplan.lint.facts.group_values import path_of_value
from lrplan.lint.facts.lr_curves import drivers_of

BAD = """\
training: {epochs: 10, steps_per_epoch: 100}
schedules:
  run:
    optimizer: {type: AdamW, lr: 1e-4, weight_decay: 1e-4}
    scheduler: {type: LambdaLR, lr_lambda: 1 - epoch / 10}
"""

_DECOUPLED = frozenset({"AdamW", "Adafactor", "Muon"})
_SAME_PRODUCT = frozenset({"SGD"})
_STRONG = 0.01
_FLIPS = 1.0
_NOTHING = 1e-4
_LEAST_STEPS = 1000


def check(context: Context) -> Iterator[Hit]:
    """Groups whose decay is as good as nothing, or overwhelming."""
    optimizer = context.plan.optimizer
    is_decoupled = optimizer.arguments.get("decoupled_weight_decay") is True
    apart = optimizer.type in _DECOUPLED or is_decoupled
    if not apart and optimizer.type not in _SAME_PRODUCT:
        return
    seen: set[str] = set()
    for group in optimizer.groups:
        path = path_of_value(context, group.name, "weight_decay")
        hit = None if path in seen else _check_group(context, group.name, path, apart=apart)
        if hit is not None:
            seen.add(path)
            yield hit


def _check_group(context: Context, group: str, path: str, *, apart: bool) -> Hit | None:
    lrs, decays = context.trace.lr[group], context.trace.weight_decay.get(group)
    if decays is None or not len(lrs):
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        products = lrs * decays
    products = np.where(np.isfinite(products), products, 0.0)
    worst = int(np.argmax(products))
    if products[worst] >= _STRONG:
        drivers = drivers_of(context, group, "weight_decay")
        at = drivers[-1].path if drivers else path
        return _strong(at, group, worst, float(lrs[worst]), float(decays[worst]))
    total = float(products.sum())
    is_written = path.endswith(".weight_decay")
    if apart and is_written and 0 < total < _NOTHING and len(lrs) >= _LEAST_STEPS:
        return Hit(
            path=path,
            message=(
                f"lr * weight_decay adds up to {total:.2g} in {count(len(lrs), 'step')}: the"
                f" decay takes {total:.2g} of the weights, next to nothing"
            ),
            fix=f"weight_decay: 0, or {float(decays.max()) * 0.1 / total:.1g} to take off a tenth",
        )
    return None


def _strong(path: str, group: str, step: int, lr: float, decay: float) -> Hit:
    product = lr * decay
    flips = product > _FLIPS
    effect = "flips the sign of" if flips else f"takes {share(product)} off"
    return Hit(
        path=path,
        message=(
            f"lr * weight_decay is {product:.3g} at step {step:,}: that step {effect} every weight"
            f" of {group}"
        ),
        fix=f"weight_decay: {1e-3 / lr:.1g} takes off a thousandth at a time, or a lower lr",
        step=step,
        severity=Severity.WARNING,
    )


RULE = Rule(
    code="LRP802",
    name="weight-decay-scaled-by-lr",
    severity=Severity.INFO,
    needs="curve",
    summary="Weight decay times lr has no effect, or exceeds the weights.",
    bad=(BAD,),
    good=(BAD.replace("weight_decay: 1e-4", "weight_decay: 0.1"),),
    check=check,
)
