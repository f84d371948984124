"""Parameter groups that are sure to have the same curve: one of them is enough to simulate."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from lrplan.plan import SchedulerPlan

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from lrplan.plan import SchedulePlan


def group_by_treatment(plan: SchedulePlan, but: Collection[str] = ()) -> dict[str, list[str]]:
    """The groups of every kind, by the name of the first.

    Groups are of a kind when their options are equal and every scheduler treats them alike. That
    they then have the same curve holds for classes that treat each group by itself.

    Args:
        plan: the schedule.
        but: options that may differ.
    """
    tops = [_PerGroupArguments(top) for top in plan.schedulers]
    found: dict[object, list[str]] = {}
    for group in plan.optimizer.groups:
        options = {**plan.optimizer.arguments, **group.options}
        # By their text: 1 and True are equal, but not the same argument.
        told = sorted((name, repr(value)) for name, value in options.items() if name not in but)
        kind = (tuple(told), tuple(top.of(group.name) for top in tops))
        found.setdefault(kind, []).append(group.name)
    return {names[0]: names for names in found.values()}


def keep_groups(plan: SchedulePlan, kept: Collection[str]) -> SchedulePlan:
    """``plan`` with those of its parameter groups alone."""
    groups = tuple(group for group in plan.optimizer.groups if group.name in kept)
    schedulers = tuple(_reduced(top, top.groups, kept) for top in plan.schedulers)
    return replace(plan, optimizer=replace(plan.optimizer, groups=groups), schedulers=schedulers)


class _PerGroupArguments:
    """The arguments of a scheduler, and of those inside it, that have a value for each group."""

    def __init__(self, top: SchedulerPlan) -> None:
        self._places = {name: place for place, name in enumerate(top.groups)}
        self._lists = [values for each in top.walk() for values in _lists(each).values()]

    def of(self, group: str) -> object:
        """What sets this group apart from others; None where it is not driven."""
        place = self._places.get(group)
        if place is None:
            return None
        if any(len(values) != len(self._places) for values in self._lists):
            return group  # torch is to refuse it, so every group has to be there
        return tuple(repr(values[place]) for values in self._lists)


def _lists(scheduler: SchedulerPlan) -> dict[str, list[object]]:
    arguments = scheduler.arguments
    per_group = (each.name for each in scheduler.row.arguments if each.per_group)
    found = {name: arguments.get(name) for name in per_group}
    return {name: value for name, value in found.items() if isinstance(value, list)}


def _reduced(
    scheduler: SchedulerPlan, driven: Sequence[str], kept: Collection[str]
) -> SchedulerPlan:
    lists = _lists(scheduler)
    arguments = {
        name: _only(lists[name], driven, kept) if name in lists else _inside(value, driven, kept)
        for name, value in scheduler.arguments.items()
    }
    groups = tuple(name for name in scheduler.groups if name in kept)
    return replace(scheduler, arguments=arguments, groups=groups)


def _only(values: Sequence[object], driven: Sequence[str], kept: Collection[str]) -> list[object]:
    if len(values) != len(driven):
        return list(values)
    return [value for name, value in zip(driven, values, strict=True) if name in kept]


def _inside(value: object, driven: Sequence[str], kept: Collection[str]) -> object:
    """A scheduler within another one drives the same groups."""
    if isinstance(value, SchedulerPlan):
        return _reduced(value, driven, kept)
    if isinstance(value, list):
        return [_inside(each, driven, kept) for each in value]
    return value
