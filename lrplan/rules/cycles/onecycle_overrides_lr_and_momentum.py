"""``OneCycleLR`` and ``CyclicLR`` replace the learning rate and the momentum of the optimizer.

The optimizer's ``lr`` is never used: the learning rates come from ``max_lr`` and ``div_factor``, or
from ``base_lr`` and ``max_lr``. One number for them means the same learning rate for all groups.
And unless ``cycle_momentum`` is false, momentum, or the first beta of the Adam family, is moved as
well.

## Why it matters

Groups with 1e-3 and 1e-1 under ``OneCycleLR(max_lr=0.05)`` both start at 0.002 and stay equal. The
first beta of Adam goes from 0.95 to 0.85 and back, whatever ``betas`` said. SGD without momentum
gets a momentum of 0.95.

## How to fix it

Give ``max_lr`` (and ``base_lr``) per group, as a list or by name. Write ``cycle_momentum: false``
to keep the optimizer's own, or ``true`` to say that you want it. Set the optimizer's ``lr`` to
``max_lr``.

## When it is fine

An ``lr`` equal to ``max_lr`` or to the first learning rate. An ``lr`` below ``max_lr`` may be a
placeholder and is an info, and so is the momentum. A ``max_lr`` for groups that share one learning
rate.

## References

pytorch/pytorch#73910, pytorch/pytorch#36133; Smith & Topin 2017, arXiv 1708.07120
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isclose

from lrplan.lint import Context, Hit, Rule, SchedulerPlan, Severity, child_path, write_values
from lrplan.lint.facts.combinations import cycles_momentum, momentum_argument
from lrplan.lint.facts.cycle_lrs import lowest_lrs, max_lrs

BAD = """\
training: {epochs: 10, steps_per_epoch: 50}
schedules:
  run:
    optimizer:
      type: SGD
      momentum: 0.9
      groups: {backbone: {lr: 0.001}, head: {lr: 0.1}}
    scheduler: {type: OneCycleLR, interval: step, max_lr: 0.05, total_steps: 500}
"""
_PER_GROUP = "{backbone: 0.001, head: 0.1}"
BAD_UNUSED = """\
training: {epochs: 10, steps_per_epoch: 50}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.5, momentum: 0.9}
    scheduler: {type: OneCycleLR, interval: step, max_lr: 0.1, total_steps: 500}
"""


def check(context: Context) -> Iterator[Hit]:
    """Ratios between groups, lrs and momentum that do not survive."""
    for span in context.spans():
        if not span.scheduler.row.replaces_lr:
            continue
        if _lost_ratio(context, span.scheduler):
            yield _flattened(context, span.scheduler)
        else:
            yield from _unused(context, span.scheduler)
        yield from _momentum(context, span.scheduler)


def _lost_ratio(context: Context, scheduler: SchedulerPlan) -> bool:
    base = context.base_values()
    lrs = {base[name] for name in scheduler.groups if name in base}
    return len(lrs) > 1 and not isinstance(scheduler.arguments.get("max_lr"), list)


def _flattened(context: Context, scheduler: SchedulerPlan) -> Hit:
    base = context.base_values()
    planned = ", ".join(f"{name} {base[name]:.3g}" for name in scheduler.groups if name in base)
    top = next(iter(max_lrs(scheduler).values()), 0.0)
    return Hit(
        path=context.path_of(scheduler, "max_lr"),
        message=f"one max_lr of {top:.3g} for all groups: their own lrs ({planned}) are not used",
        fix="max_lr per group, by name or as a list",
        edits=write_values(
            scheduler.path,
            {"max_lr": {name: base[name] for name in scheduler.groups if name in base}},
        ),
        step=0,
    )


def _unused(context: Context, scheduler: SchedulerPlan) -> Iterator[Hit]:
    """The first group whose own lr is given and none of those that the cycle has."""
    base, firsts, top_schedulers = (
        context.base_values(),
        lowest_lrs(context, scheduler),
        max_lrs(scheduler),
    )
    for name in scheduler.groups:
        if not _rate_is_given(context, name) or name not in firsts or name not in top_schedulers:
            continue
        own, first, top = base[name], firsts[name], top_schedulers[name]
        if any(isclose(own, used, rel_tol=1e-6) for used in (first, top)):
            continue
        yield Hit(
            path=context.path_of(scheduler, "max_lr"),
            message=(
                f"the optimizer's lr of {own:.4g} is not used: {scheduler.type} starts at"
                f" {first:.4g} and peaks at {top:.4g}"
            ),
            fix=f"max_lr: {own:g}, or lr: {top:g} to say the same in both places",
            step=0,
            severity=None if own > max(first, top) else Severity.INFO,
        )
        return


def _rate_is_given(context: Context, name: str) -> bool:
    optimizer = context.plan.optimizer
    group = next(each for each in optimizer.groups if each.name == name)
    return "lr" in group.options or "lr" in optimizer.arguments


def _momentum(context: Context, scheduler: SchedulerPlan) -> Iterator[Hit]:
    """Momentum that moves because nobody said that it should not."""
    spoken_of = ("cycle_momentum", "base_momentum", "max_momentum")
    if any(context.is_given(scheduler, each) for each in spoken_of) or not cycles_momentum(
        scheduler
    ):
        return
    optimizer, field = context.plan.optimizer, momentum_argument(context)
    if field is None or (field == "momentum" and _has_momentum(context, scheduler)):
        return
    low, high = (context.number(scheduler, each) or 0.0 for each in spoken_of[1:])
    what = "the first beta" if field == "betas" else "momentum, 0 so far,"
    yield Hit(
        path=child_path(scheduler.path, "type"),
        message=f"{scheduler.type} moves {what} of {optimizer.type} between {high:g} and {low:g}",
        fix="cycle_momentum: false, or true to say that it is meant",
        step=0,
        severity=Severity.INFO,
    )


def _has_momentum(context: Context, scheduler: SchedulerPlan) -> bool:
    """Return True if SGD or RMSprop has one that is then moved a little, as the papers do."""
    momenta = context.base_values("momentum")
    return all(momenta.get(name) for name in scheduler.groups)


RULE = Rule(
    code="LRP603",
    name="onecycle-overrides-lr-and-momentum",
    severity=Severity.WARNING,
    needs="spec",
    summary="OneCycleLR and CyclicLR replace the optimizer's lr and momentum.",
    bad=(BAD, BAD_UNUSED),
    good=(BAD.replace("0.05", _PER_GROUP), BAD_UNUSED.replace("lr: 0.5", "lr: 0.1")),
    check=check,
    supersedes=("group-ratio-changes",),
)
