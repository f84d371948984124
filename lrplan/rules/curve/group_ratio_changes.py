"""The ratio between parameter groups changes under a schedule common to all.

Groups get learning rates of their own so that one learns, say, a tenth as fast as another. A
scheduler that multiplies keeps that ratio; a floor that is one number for all groups does not: the
slower group reaches it first, and in the end both have the same learning rate.

## Why it matters

With groups at 0.01 and 0.001 and a plateau with ``min_lr: 5e-4`` the ratio goes from 10 to 2 and
to 1 in two cuts.

## How to fix it

Give the floor per group where the scheduler takes a list (``min_lr``), use a formula, or one
scheduler per group.

## When it is fine

A floor may be meant to do this, so it is an info; it is a warning where the slower group becomes
the faster one. Schedulers with an argument per group, and groups with their own schedulers, change
the ratio on purpose and are not checked; nor are differences below 1e-6 of the peak.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lrplan.arrays import FloatArray
from lrplan.lint import Context, Hit, Rule, SchedulerPlan, Severity, number

BAD = """\
training: {epochs: 40, steps_per_epoch: 10}
schedules:
  run:
    optimizer:
      type: AdamW
      groups: {head: {lr: 0.01}, backbone: {lr: 0.001}}
    scheduler: {type: ReduceLROnPlateau, patience: 3, min_lr: 5e-4}
    metrics: {val_loss: {expr: "max(0.5, 1 - epoch / 10)"}}
"""
_SAME = 1e-6


def check(context: Context) -> Iterator[Hit]:
    """Groups under one scheduler whose curves are not multiples of each other."""
    for top in context.plan.schedulers:
        if _is_common(context, top):
            yield from _compare(context, top)


def _is_common(context: Context, top: SchedulerPlan) -> bool:
    """Return True if it treats its groups alike, and nothing else sets their lrs."""
    inner = list(top.walk())
    if len(top.groups) < 2 or any(each.row.replaces_lr for each in inner):
        return False
    others = [each for each in context.plan.schedulers if each is not top]
    beside = any(set(each.groups) & set(top.groups) for each in others if _sets_lr(context, each))
    return _sets_lr(context, top) and not beside and not any(map(_is_per_group, inner))


def _sets_lr(context: Context, top: SchedulerPlan) -> bool:
    return any(context.field_of(each) == "lr" for each in top.walk())


def _is_per_group(scheduler: SchedulerPlan) -> bool:
    return any(
        argument.per_group and isinstance(scheduler.arguments.get(argument.name), list)
        for argument in scheduler.row.arguments
    )


def _compare(context: Context, top: SchedulerPlan) -> Iterator[Hit]:
    """A single hit, for the group that gains most on the first one."""
    lr = context.trace.lr
    finite = [name for name in top.groups if np.isfinite(lr[name]).all() and lr[name].any()]
    if len(finite) < 2:
        return
    first = finite[0]
    gains = {name: _gain(lr[first], lr[name]) for name in finite[1:]}
    name = max(gains, key=lambda group: gains[group])
    if gains[name] > _SAME:
        # Under a warm-up from 0 all groups start at 0: the first step where they differ decides.
        begin = int(np.argmax(lr[first] != lr[name]))
        fast, slow = sorted((first, name), key=lambda group: -lr[group][begin])
        yield _hit(context, top, fast, slow, begin)


def _gain(one: FloatArray, other: FloatArray) -> float:
    """The largest difference of two curves, each as a share of its own peak."""
    # 0.1, 0.05 and 0.01, 0.005 are both 1, 0.5 in units of their peaks: one ratio, gain 0. A floor
    # of 0.004 under both changes that: 0.01, 0.007 is 1, 0.7 and 0.1, 0.052 is 1, 0.52.
    return float(np.abs(_share(one) - _share(other)).max())


def _share(curve: FloatArray) -> FloatArray:
    """A curve in units of its peak, which may be below 0."""
    return np.asarray(curve / np.abs(curve).max())


def _hit(context: Context, top: SchedulerPlan, fast: str, slow: str, begin: int) -> Hit:
    upper, lower = context.trace.lr[fast], context.trace.lr[slow]
    # Two mistakes: the slower group overtakes the faster one (`turned`, a warning), or they only
    # come closer (`parted`, a note), such as 0.01 and 0.001 that both end at eta_min 1e-4.
    turned = lower - upper > _SAME * np.abs(upper).max()
    parted = np.abs(_share(lower) - _share(upper)) > _SAME
    step = int(np.argmax(turned if turned.any() else parted))
    end = f"{number(upper[-1])} and {number(lower[-1])}"
    if turned.any():
        what = f"{slow} becomes faster than {fast} at step {step:,}, although it starts slower"
        return Hit(top.path, f"{what}; they end at {end}", _FIX, step, Severity.WARNING)
    start = f"start at {number(upper[0])} and {number(lower[0])}"
    if begin:
        start = f"are {number(upper[begin])} and {number(lower[begin])} at step {begin:,}"
    what = f"the lrs of {fast} and {slow} {start}"
    return Hit(top.path, f"{what} and end at {end}: their ratio changes", _FIX, step)


_FIX = "a floor per group, or one scheduler per group"

RULE = Rule(
    code="LRP911",
    name="group-ratio-changes",
    severity=Severity.INFO,
    needs="curve",
    summary="The ratio between groups changes under a schedule common to all.",
    bad=(BAD,),
    good=(BAD.replace("min_lr: 5e-4", "min_lr: [5e-3, 5e-4]"),),
    check=check,
    level="symptom",
)
