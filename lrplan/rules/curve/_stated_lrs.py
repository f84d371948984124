"""The lrs that a spec states for a group: what its schedule promises to reach."""

from __future__ import annotations

from lrplan.lint import Context, SchedulerPlan
from lrplan.lint.facts.combinations import leaves
from lrplan.lint.facts.lr_curves import Curve, number_for_group

_PEAKS_AT_BASE = ("WarmupCosine", "WarmupConstantSchedule", "InverseSqrtScheduler")
_PEAK_ARGUMENT = {
    "OneCycleLR": "max_lr",
    "CyclicLR": "max_lr",
    "CosineAnnealingWarmUpRestarts": "eta_max",
}
_STATED = ("base_lr", "max_lr", "eta_max", "swa_lr", "start_value", "end_value")
_KNOWN_BOUNDS = (
    *_PEAKS_AT_BASE,
    *_PEAK_ARGUMENT,
    "StepLR",
    "MultiStepLR",
    "MilestoneLrScheduler",
    "ConstantLR",
    "LinearLR",
    "ExponentialLR",
    "PolynomialLR",
    "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
    "ReduceLROnPlateau",
    "SWALR",
    "GradualWarmupScheduler",
    "LinearParamScheduler",
    "CosineParamScheduler",
)
_GROW_BY_GAMMA = ("StepLR", "MultiStepLR", "MilestoneLrScheduler", "ExponentialLR")


def promised_peak(context: Context, top: SchedulerPlan, group: str) -> float | None:
    """The peak that the shape of ``top`` climbs to: of a warm-up or a cycle; None without one."""
    base = context.base_values().get(group)
    return None if base is None else _promised(context, top, top, group, base)


def _promised(
    context: Context, scheduler: SchedulerPlan, top: SchedulerPlan, group: str, base: float
) -> float | None:
    children = list(scheduler.children())
    if scheduler.type == "SequentialLR" and children:
        return _promised(context, children[0], top, group, base)
    if scheduler.type in _PEAKS_AT_BASE:
        return base
    if scheduler.type == "GradualWarmupScheduler":
        return base * (context.number(scheduler, "multiplier") or 1)
    if scheduler.type == "LinearLR":
        start = context.number(scheduler, "start_factor")
        end = context.number(scheduler, "end_factor")
        return None if start is None or end is None or start >= end else base * end
    return _cycle_peak(scheduler, top, group)


def _cycle_peak(scheduler: SchedulerPlan, top: SchedulerPlan, group: str) -> float | None:
    argument = _PEAK_ARGUMENT.get(scheduler.type)
    if argument is None or scheduler.arguments.get("scale_fn") is not None:
        return None
    if scheduler.arguments.get("mode") == "exp_range":
        return None
    row = scheduler.row.argument(argument)
    default = None if row is None else row.default
    return number_for_group(top, scheduler.arguments.get(argument, default), group)


def highest_stated_lr(context: Context, curve: Curve, group: str) -> float | None:
    """The largest lr that the spec names for ``group``.

    None where a formula or a factor above 1 is meant to exceed it, or what drives it is not known.
    """
    # The base lr, max_lr, eta_max and the like, times the multiplier of a gradual warm-up. The
    # first of the list is the base: OneCycleLR alone replaces it, so there it does not count.
    stated = [context.base_values().get(group)]
    scale = 1.0
    for top in curve.drivers:
        for scheduler in leaves(top):
            if not _is_bounded(context, scheduler):
                return None
            scale *= context.number(scheduler, "multiplier") or 1
            stated.extend(_named(scheduler, top, group))
    lrs = [lr for lr in stated if lr is not None]
    replaced = [top.type for top in curve.drivers] == ["OneCycleLR"]
    return max(lrs[1:] if replaced else lrs, default=0.0) * scale if lrs else None


def _is_bounded(context: Context, scheduler: SchedulerPlan) -> bool:
    if scheduler.type not in _KNOWN_BOUNDS or scheduler.arguments.get("scale_fn") is not None:
        return False
    gamma = context.number(scheduler, "gamma")
    return scheduler.type not in _GROW_BY_GAMMA or (gamma is not None and gamma <= 1)


def _named(scheduler: SchedulerPlan, top: SchedulerPlan, group: str) -> list[float | None]:
    values = []
    for name in _STATED:
        argument = scheduler.row.argument(name)
        if argument is not None:
            values.append(
                number_for_group(top, scheduler.arguments.get(name, argument.default), group)
            )
    return values
