"""The optimizer has a schedule of its own, which overrides the scheduler or multiplies with it.

- ``Adafactor`` takes the learning rate as a ceiling: step n, counted from 1, uses ``min(lr,
  1/sqrt(n))``.
- ``Rprop`` reads the learning rate once, for the first step's size, and then uses signs only.
- ``ASGD`` divides by ``(1 + lambd * lr * n) ** alpha``, and sees a changed learning rate one step
  late.
- ``Adagrad`` with ``lr_decay`` divides by ``1 + (n - 1) * lr_decay``.

## Why it matters

The curve that is planned is not the one that trains. With ``lr: 0.1``, Adafactor's own curve takes
over after 100 steps, and by step 10,000 no learning rate above 0.01 has any effect. Rprop moves a
weight by the same amounts whether the scheduler divides the learning rate by ten at every step or
leaves it alone.

## How to fix it

Use only one of the two: a constant learning rate for this optimizer, or an optimizer that uses its
``lr`` alone, such as AdamW or SGD. For Adafactor a peak below ``1 / sqrt(steps)`` is never limited.

## When it is fine

Adafactor below its ceiling, or above it for less than 1 % of the steps. ASGD and Adagrad are an
info, if the step size at the end is less by a tenth or more.

## References

Shazeer & Stern 2018, arXiv 1804.04235; huggingface/transformers#11612
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from lrplan.arrays import FloatArray
from lrplan.features import NOISE
from lrplan.lint import Context, Hit, Rule, Severity, count, share

BAD = """\
training: {epochs: 10, steps_per_epoch: 100}
schedules:
  run:
    optimizer: {type: Adafactor, lr: 0.1}
    scheduler: {type: LinearLR, start_factor: 1, end_factor: 0.5, total_iters: 10}
"""
RPROP = BAD.replace("Adafactor", "Rprop")

_SOME = 0.01
_MUCH = 0.9
_MARGIN = 1.01
"""A schedule that follows the ceiling itself, such as T5's, is not cut by it."""


def check(context: Context) -> Iterator[Hit]:
    """Curves that change, on an optimizer that does not go by them."""
    kind = context.plan.optimizer.type
    by_kind = {"Adafactor": _adafactor, "Rprop": _rprop, "ASGD": _asgd, "Adagrad": _adagrad}
    look = by_kind.get(kind)
    if look is None:
        return
    for top in context.plan.schedulers:
        group = next((name for name in top.groups if _changes(context.trace.lr[name])), None)
        if group is not None and context.field_of(top) == "lr":
            hit = look(context, group, f"{top.path}.type")
            if hit is not None:
                yield hit


def _changes(lrs: FloatArray) -> bool:
    finite = lrs[np.isfinite(lrs)]
    return bool(finite.size) and float(np.ptp(finite)) > NOISE * float(np.abs(finite).max())


def _adafactor(context: Context, group: str, path: str) -> Hit | None:
    lrs = context.trace.lr[group]
    # Adafactor's relative step: at step n, counted from 1, it uses min(lr, 1 / sqrt(n)). A constant
    # 0.05 is used until step 400 (1 / 0.05 squared) and cut from there on.
    ceiling = 1 / np.sqrt(np.arange(1, len(lrs) + 1))
    over = lrs > ceiling
    steps = int(np.count_nonzero(over))
    if np.count_nonzero(lrs > _MARGIN * ceiling) <= _SOME * len(lrs):
        return None
    worst = int(np.argmax(np.where(over, lrs / ceiling, 0)))
    return Hit(
        path=path,
        message=(
            f"Adafactor uses min(lr, 1 / sqrt(n)), which is less than the schedule at"
            f" {count(steps, 'step')} of {len(lrs):,}: at step {worst:,} {ceiling[worst]:.4g}"
            f" where {lrs[worst]:.4g} is planned"
        ),
        fix=f"no scheduler, or a peak below {1 / math.sqrt(len(lrs)):.2g}",
        step=int(np.argmax(over)),
    )


def _rprop(context: Context, group: str, path: str) -> Hit:
    lrs = context.trace.lr[group]
    return Hit(
        path=path,
        message=(
            f"Rprop reads the lr at step 0 only, {lrs[0]:.4g}: the schedule of the other"
            f" {count(len(lrs) - 1, 'step')} has no effect"
        ),
        fix="no scheduler, or an optimizer that uses its lr as it is, such as SGD",
        step=1,
    )


def _asgd(context: Context, group: str, path: str) -> Hit | None:
    decay, power = (_number(context, group, name) for name in ("lambd", "alpha"))
    last = len(context.trace.lr[group]) - 1
    factor = (1 + decay * float(context.trace.lr[group][last]) * last) ** -power
    return _less(path, f"ASGD divides by (1 + {decay:g} * lr * n) ** {power:g}", factor, last)


def _adagrad(context: Context, group: str, path: str) -> Hit | None:
    decay = _number(context, group, "lr_decay")
    last = len(context.trace.lr[group]) - 1
    return _less(path, f"Adagrad divides by 1 + n * {decay:g}", 1 / (1 + last * decay), last)


def _less(path: str, what: str, factor: complex, step: int) -> Hit | None:
    # A root of a negative number is complex: nothing that an optimizer could go by.
    if isinstance(factor, complex) or not 0 <= factor < _MUCH:
        return None
    message = f"{what} on top of the schedule: step {step:,} uses {share(factor)} of its lr"
    return Hit(path, message, "one of the two decays", step, Severity.INFO)


def _number(context: Context, group: str, name: str) -> float:
    return context.base_values(name).get(group, 0.0)


RULE = Rule(
    code="LRP801",
    name="self-scheduling-optimizer-plus-scheduler",
    severity=Severity.WARNING,
    needs="curve",
    summary="The optimizer's own decay overrides or multiplies the schedule.",
    bad=(BAD, RPROP),
    good=(BAD.replace("lr: 0.1", "lr: 0.01"), RPROP.replace("Rprop", "SGD")),
    check=check,
)
