"""The installed release of a package computes a scheduler differently than the one lrplan knows.

lrplan has the schedulers of transformers, diffusers, timm and deepspeed as formulas, each of one
release of the package. The package that is installed always runs itself. Where it is another
release, its curve is compared with the formula at up to 200 steps of the run, and this rule reports
the first one at which they differ by more than a billionth of the peak.

## Why it matters

What lrplan says about these schedulers, in its pages and in other rules, was read from that one
release. The curve that is shown is right for the release that is installed; on a machine with
another one, or without the package, the same spec gives another curve.

## How to fix it

Decide which release the run will have, and pin it. If it is the new one, nothing need be changed.

## When it is fine

When every machine that trains or checks has the installed release. Silence the rule then.

## References

docs/third-party.md
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lrplan.catalog.formula_choice import installed_release
from lrplan.curves.packages import lr_at
from lrplan.lint import Context, Hit, Rule, SchedulerPlan, Severity, number

BAD = """\
training: {epochs: 10, steps_per_epoch: 50}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: timm:CosineLRScheduler, t_initial: 10ep, lr_min: 1e-3}
"""
GOOD = BAD.replace("timm:CosineLRScheduler", "CosineAnnealingLR").replace(
    "t_initial: 10ep, lr_min", "T_max: 10ep, eta_min"
)

_POINTS = 200
_TOLERANCE = 1e-9


def check(context: Context) -> Iterator[Hit]:
    """Schedulers of an unknown release whose curve is not that of the known one."""
    for top in context.plan.schedulers:
        release = installed_release(top.row) if top.row.has_formula else ""
        known = top.row.package.rpartition(" ")[2]
        if release in ("", known) or not _is_alone(context, top):
            continue
        for index, group in enumerate(top.groups):
            difference = _first_difference(context, top, group, index)
            if difference is not None:
                yield _hit(context, top, release, *difference)
                break


def _is_alone(context: Context, top: SchedulerPlan) -> bool:
    """Return True if nothing but ``top``, and no noise, decides the lr of its groups."""
    others = [each for each in context.plan.schedulers if each is not top]
    shared = any(set(each.groups) & set(top.groups) for each in others)
    return not shared and top.arguments.get("noise_range_t") is None


def _first_difference(
    context: Context, top: SchedulerPlan, group: str, index: int
) -> tuple[int, float, float] | None:
    """The first compared step whose lr is not the formula's, that lr, and the formula's."""
    base, optimizer_lr = context.base_values().get(group), context.optimizer_lr
    steps = context.trace.steps
    if base is None or optimizer_lr is None or not steps or _is_inert(top):
        return None
    compared = np.unique(np.linspace(0, steps - 1, _POINTS).round().astype(np.int64))
    calls = context.clock.calls_before(top.cadence)[compared]
    arguments = {
        name: value[index] if _is_per_group(top, name) and isinstance(value, list) else value
        for name, value in top.arguments.items()
    }
    expected = lr_at(calls, top.type, base, optimizer_lr, arguments)
    if expected is None:
        return None
    expected = expected * context.lr_scale(group)
    found = context.trace.lr[group][compared]
    apart = ~(np.abs(found - expected) <= _TOLERANCE * np.abs(expected).max())
    if not apart.any():
        return None
    first = int(np.argmax(apart))
    return int(compared[first]), float(found[first]), float(expected[first])


def _is_per_group(top: SchedulerPlan, name: str) -> bool:
    argument = top.row.argument(name)
    return argument is not None and argument.per_group


def _is_inert(top: SchedulerPlan) -> bool:
    """Return True if timm counts the other unit: timm-scheduler-call-contract reports that."""
    argument = top.row.argument("t_in_epochs")
    if argument is None:
        return False
    return bool(top.arguments.get("t_in_epochs", True)) != (top.interval == "epoch")


def _hit(
    context: Context, top: SchedulerPlan, release: str, step: int, found: float, expected: float
) -> Hit:
    package, _, known = top.row.package.partition(" ")
    return Hit(
        path=context.path_of(top, "type"),
        message=(
            f"{package} {release} does not compute it as {known}, which lrplan describes:"
            f" {number(found)} in place of {number(expected)} at step {step:,}"
        ),
        fix=f"{package}=={known} for the curve that lrplan describes; or pin {release}",
        step=step,
    )


RULE = Rule(
    code="LRP458",
    name="package-differs-from-formula",
    severity=Severity.WARNING,
    needs="curve",
    summary="The installed release of a package gives another curve than the known one.",
    bad=(BAD,),
    good=(GOOD,),
    check=check,
    extra="timm",
)
