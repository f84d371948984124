"""Weight decay is multiplied by the learning rate, and here the product is extreme.

AdamW, and others that decay apart from the gradient, shrink every weight by ``1 - lr *
weight_decay`` at each step, with the ``lr`` of that step. The schedule of the learning rate is a
schedule of the decay, too: over a run, weights are left with about ``exp(-sum of lr *
weight_decay)`` of their beginning.

## Why it matters

With ``lr: 1e-3`` and ``weight_decay: 0.1`` over 10,000 steps, a constant learning rate leaves
0.368, a cosine or a line to 0 leaves 0.606. A value copied from SGD does nothing: 1e-4 with a
learning rate of 1e-4 over 1,000 steps leaves 0.99999. In the other direction the factor turns
negative at a product of 1: every step flips the sign of the weights.

## How to fix it

Choose ``weight_decay`` for the sum of the learning rates: for a time constant of T steps at the
peak, ``1 / (lr * T)``.

## When it is fine

Nearly always. Only these are reported: a product of a tenth or more at some step (a warning from
1 on), and a decay that is given, above 0, and takes less than a ten-thousandth off the weights
in 1,000 steps or more. Optimizers that add the decay to the gradient are left alone.

## References

Loshchilov & Hutter 2019, arXiv 1711.05101; egg-west/AdamW-pytorch#1
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lrplan.lint import Context, Hit, Rule, Severity, child_path, count
from lrplan.plan import GroupPlan

BAD = """\
training: {epochs: 10, steps_per_epoch: 100}
schedules:
  run:
    optimizer: {type: AdamW, lr: 1e-4, weight_decay: 1e-4}
    scheduler: {type: LambdaLR, lr_lambda: 1 - epoch / 10}
"""

_DECOUPLED = frozenset({"AdamW", "Adafactor", "Muon"})
_STRONG = 0.1
_FLIPS = 1.0
_NOTHING = 1e-4
_LEAST_STEPS = 1000


def check(context: Context) -> Iterator[Hit]:
    """Groups whose decay is as good as nothing, or overwhelming."""
    optimizer = context.plan.optimizer
    is_decoupled = optimizer.arguments.get("decoupled_weight_decay") is True
    if optimizer.type not in _DECOUPLED and not is_decoupled:
        return
    seen: set[str] = set()
    for index, group in enumerate(optimizer.groups):
        path = _path(context, index, group)
        hit = None if path in seen else _check_group(context, group.name, path)
        if hit is not None:
            seen.add(path)
            yield hit


def _check_group(context: Context, group: str, path: str) -> Hit | None:
    lrs, decays = context.trace.lr[group], context.trace.weight_decay.get(group)
    if decays is None or not len(lrs):
        return None
    products = np.where(np.isfinite(lrs * decays), lrs * decays, 0.0)
    worst = int(np.argmax(products))
    if products[worst] >= _STRONG:
        return _strong(path, group, worst, float(lrs[worst]), float(decays[worst]))
    total = float(products.sum())
    is_written = path.endswith(".weight_decay")
    if is_written and 0 < total < _NOTHING and len(lrs) >= _LEAST_STEPS:
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
    effect = "flips the sign of" if flips else f"takes {product:.0%} off"
    return Hit(
        path=path,
        message=(
            f"lr * weight_decay is {product:.3g} at step {step:,}: that step {effect} every weight"
            f" of {group}"
        ),
        fix=f"weight_decay: {1e-3 / lr:.1g} takes off a thousandth at a time, or a lower lr",
        step=step,
        severity=Severity.WARNING if flips else None,
    )


def _path(context: Context, index: int, group: GroupPlan) -> str:
    """The path of the weight decay of a group; the optimizer's type when it is not written."""
    optimizer = context.plan.optimizer
    if "weight_decay" in group.options:
        groups = child_path(optimizer.path, "groups")
        node = context.plan.node.find(["optimizer", "groups"])
        key = index if node is not None and node.is_list else group.name
        return child_path(child_path(groups, key), "weight_decay")
    name = "weight_decay" if "weight_decay" in optimizer.arguments else "type"
    return child_path(optimizer.path, name)


RULE = Rule(
    code="LRP802",
    name="weight-decay-scaled-by-lr",
    family="optimizer",
    severity=Severity.INFO,
    needs="curve",
    summary="Weight decay times lr has no effect, or exceeds the weights.",
    bad=(BAD,),
    good=(BAD.replace("weight_decay: 1e-4", "weight_decay: 0.1"),),
    check=check,
)
