"""The lrs that a spec states for a group: what its schedule promises to reach."""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint import Context, SchedulerPlan
from lrplan.lint.facts.combinations import schedulers_without_containers
from lrplan.lint.facts.lr_curves import AppliedCurve, number_for_group
from lrplan.lint.facts.warmups import line_factors

_STATED = ("base_lr", "max_lr", "eta_max", "swa_lr", "start_value", "end_value")
_BOUNDED = ("torch", "swa", "lrplan")
"""Families whose schedulers stay within what their arguments state, but for expressions."""


def promised_peak(context: Context, top: SchedulerPlan, group: str) -> float | None:
    """The peak that the shape of ``top`` climbs to: of a warm-up or a cycle; None without one."""
    base = context.base_values().get(group)
    return None if base is None else _promised(context, top, top, group, base)


def _promised(
    context: Context, scheduler: SchedulerPlan, top: SchedulerPlan, group: str, base: float
) -> float | None:
    children = list(scheduler.children())
    # Of a SequentialLR only the first member counts, as a warm-up comes first; likewise inside it.
    if scheduler.row.container == "sequential" and children:
        return _promised(context, children[0], top, group, base)
    if scheduler.row.warmup_from is not None:
        return base
    if scheduler.type == "GradualWarmupScheduler":
        return base * (context.number(scheduler, "multiplier") or 1)
    factors = line_factors(context, scheduler)
    if factors is not None and (scheduler.row.name_of("end factor") or _is_ramp(scheduler)):
        return base * factors[1] if factors[0] < factors[1] else None
    return _cycle_peak(scheduler, top, group)


def _is_ramp(scheduler: SchedulerPlan) -> bool:
    """Return True for a warm-up by itself; over another scheduler it promises no peak."""
    return bool(scheduler.row.name_of("warm-up")) and not any(scheduler.children())


def _cycle_peak(scheduler: SchedulerPlan, top: SchedulerPlan, group: str) -> float | None:
    argument = scheduler.row.name_of("peak")
    if not argument or scheduler.arguments.get("scale_fn") is not None:
        return None
    if scheduler.arguments.get("mode") == "exp_range":
        return None
    row = scheduler.row.argument(argument)
    default = None if row is None else row.default
    return number_for_group(top, scheduler.arguments.get(argument, default), group)


def highest_stated_lr(context: Context, curve: AppliedCurve, group: str) -> float | None:
    """The largest lr that the spec names for ``group``.

    None where a formula or a factor above 1 is meant to exceed it, or what drives it is not known.
    """
    # The base lr, max_lr, eta_max and the like, times the multiplier of a gradual warm-up. The
    # first of the list is the base: OneCycleLR alone replaces it, so there it does not count.
    stated = [context.base_values().get(group)]
    scale = 1.0
    for top in curve.drivers:
        for scheduler in schedulers_without_containers(top):
            if not _is_bounded(context, scheduler):
                return None
            factors = line_factors(context, scheduler) or ()
            scale *= (context.number(scheduler, "multiplier") or 1) * max((1.0, *factors))
            stated.extend(_named(scheduler, top, group))
            stated.extend(_levels(scheduler, stated[0]))
    lrs = [lr for lr in stated if lr is not None]
    replaced = [top.row.replaces_lr for top in curve.drivers] == [True]
    return max(lrs[1:] if replaced else lrs, default=0.0) * scale if lrs else None


def named_values(context: Context, top: SchedulerPlan, group: str, base: float) -> Iterator[float]:
    """The values that the arguments of ``top`` name for a group whose base value is ``base``."""
    for scheduler in schedulers_without_containers(top):
        yield base * (context.number(scheduler, "multiplier") or 1)
        yield from (value for value in _named(scheduler, top, group) if value is not None)
        yield from _levels(scheduler, base)


def _is_bounded(context: Context, scheduler: SchedulerPlan) -> bool:
    row = scheduler.row
    if row.family not in _BOUNDED or row.name_of("function"):
        return False
    if scheduler.arguments.get("scale_fn") is not None:
        return False
    factor = context.number(scheduler, row.name_of("factor"))
    return not row.name_of("factor") or (factor is not None and factor <= 1)


def _levels(scheduler: SchedulerPlan, base: float | None) -> Iterator[float]:
    """The values of a list of levels or points, or the factors in it times ``base``."""
    for argument in scheduler.row.arguments:
        levels = scheduler.arguments.get(argument.name)
        if scheduler.row.family != "lrplan" or not isinstance(levels, (list, tuple)):
            continue
        if argument.kind == "points":
            levels = [value for _, value in levels]
        elif argument.kind != "numbers":
            continue
        scale = base if argument.unit == "ratio" else 1.0
        yield from (level * scale for level in levels if scale is not None)


def _named(scheduler: SchedulerPlan, top: SchedulerPlan, group: str) -> list[float | None]:
    values = []
    for name in _STATED:
        argument = scheduler.row.argument(name)
        if argument is not None:
            values.append(
                number_for_group(top, scheduler.arguments.get(name, argument.default), group)
            )
    return values
