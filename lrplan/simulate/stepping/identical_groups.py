"""Parameter groups that are sure to have the same curve: one of them is stepped for all.

A fine-tuning spec may have hundreds of groups and three different learning rates. Classes of torch
and of lrplan treat every group by itself, so groups with the same options and the same arguments
for each scheduler get the same values, to the last bit.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from lrplan.plan import GroupPlan, SchedulePlan, SchedulerPlan

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class DistinctGroups:
    """A plan with one group of each kind, and the group that represents each of the others."""

    plan: SchedulePlan
    representatives: Mapping[str, str]
    """By the name of each group of the whole plan, in its order: the group that was kept."""

    def expand(self, by_group: Mapping[str, Value]) -> dict[str, Value]:
        """Values of the groups kept, as values of all; identical groups share one object."""
        return {
            name: by_group[representative]
            for name, representative in self.representatives.items()
            if representative in by_group
        }


def deduplicate(plan: SchedulePlan) -> DistinctGroups:
    """Return ``plan`` with one group for all that are identical."""
    kinds = names_of_identical_groups(plan)
    first_of = {name: names[0] for names in kinds for name in names}
    return DistinctGroups(
        keep_groups(plan, {names[0] for names in kinds}),
        {group.name: first_of[group.name] for group in plan.optimizer.groups},
    )


def names_of_identical_groups(plan: SchedulePlan) -> list[list[str]]:
    """Return the names of identical groups, a list for each kind, in the optimizer's order.

    Groups are identical when their options are equal and every scheduler has the same arguments
    for them. Two groups with ``lr: 0.1``, for example, are not where
    ``lr_lambda: [0.9 ** t, 0.8 ** t]`` makes them different.
    """
    ignored = {"lr"} if _is_lr_overwritten(plan) else set()
    arguments = [_PerGroupArguments(top) for top in plan.schedulers]
    kinds: dict[object, list[str]] = {}
    for group in plan.optimizer.groups:
        options = _options(plan, group, ignored)
        # Example: head {lr: 0.1}, body {lr: 0.01} and neck {lr: 0.1} under StepLR are two kinds.
        # Under OneCycleLR with max_lr: 0.2 they are one, since it writes every lr before the first
        # step; with max_lr: [0.2, 0.2, 0.3] they are two again, head and body in one.
        kind = (options, tuple(each.of(group.name) for each in arguments))
        kinds.setdefault(kind, []).append(group.name)
    return list(kinds.values())


def keep_groups(plan: SchedulePlan, kept: Collection[str]) -> SchedulePlan:
    """Return ``plan`` with only those of its parameter groups."""
    groups = tuple(group for group in plan.optimizer.groups if group.name in kept)
    schedulers = tuple(_with_groups(top, top.groups, kept) for top in plan.schedulers)
    return replace(plan, optimizer=replace(plan.optimizer, groups=groups), schedulers=schedulers)


def _is_lr_overwritten(plan: SchedulePlan) -> bool:
    """Return True if the optimizer's learning rates are all replaced before the first step."""
    schedulers = plan.schedulers
    return (
        len(schedulers) == 1
        and schedulers[0].row.replaces_lr
        and len(schedulers[0].groups) == len(plan.optimizer.groups)
    )


def _options(
    plan: SchedulePlan, group: GroupPlan, ignored: Collection[str]
) -> tuple[tuple[str, str], ...]:
    options = {**plan.optimizer.arguments, **group.options}
    # By their text: 1 and True are equal, but not the same argument.
    return tuple(sorted((key, repr(value)) for key, value in options.items() if key not in ignored))


class _PerGroupArguments:
    """The arguments of a scheduler, and of those inside it, that have a value for each group."""

    def __init__(self, top: SchedulerPlan) -> None:
        self._index = {name: index for index, name in enumerate(top.groups)}
        self._lists = [values for each in top.walk() for values in _lists(each).values()]

    def of(self, group: str) -> object:
        """The values for this group; None where it is not driven."""
        index = self._index.get(group)
        if index is None:
            return None
        if any(len(values) != len(self._index) for values in self._lists):
            return group  # torch is to refuse it, so every group has to be there
        return tuple(repr(values[index]) for values in self._lists)


def _lists(scheduler: SchedulerPlan) -> dict[str, list[object]]:
    arguments = scheduler.arguments
    per_group = (each.name for each in scheduler.row.arguments if each.per_group)
    values = {name: arguments.get(name) for name in per_group}
    return {name: value for name, value in values.items() if isinstance(value, list)}


def _with_groups(
    scheduler: SchedulerPlan, driven: Sequence[str], kept: Collection[str]
) -> SchedulerPlan:
    lists = _lists(scheduler)
    arguments = {
        name: _select(lists[name], driven, kept)
        if name in lists
        else _with_groups_inside(value, driven, kept)
        for name, value in scheduler.arguments.items()
    }
    groups = tuple(name for name in scheduler.groups if name in kept)
    return replace(scheduler, arguments=arguments, groups=groups)


def _select(values: Sequence[object], driven: Sequence[str], kept: Collection[str]) -> list[object]:
    # A list of the wrong length is left whole: torch is to refuse it in its own words.
    if len(values) != len(driven):
        return list(values)
    return [value for name, value in zip(driven, values, strict=True) if name in kept]


def _with_groups_inside(value: object, driven: Sequence[str], kept: Collection[str]) -> object:
    """A scheduler within another one drives the same groups."""
    if isinstance(value, SchedulerPlan):
        return _with_groups(value, driven, kept)
    if isinstance(value, list):
        return [_with_groups_inside(each, driven, kept) for each in value]
    return value
