"""The plan of a process that was interrupted and the plan of the one that resumes it, side by side.

They may differ in all that a user edits before a resume: milestones, lengths, base lrs, the
training or the whole schedule. States are loaded in order, as torch does: that of the first group
into the first group, that of the first scheduler into the first scheduler.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from lrplan.catalog import OptimizerRow, SchedulerRow
from lrplan.errors import UsageError
from lrplan.plan import GroupPlan, OptimizerPlan, SchedulePlan, SchedulerPlan
from lrplan.resume import ArgumentChange, ResumeOptions
from lrplan.specfile.problem_scope import child_path
from lrplan.text import quantity

T = TypeVar("T")

_NOT_IN_A_STATE = ("expression", "scheduler", "schedulers")
"""Kinds of arguments that no state holds: functions, and what has a state of its own."""


def check_pair(plan: SchedulePlan, resumed_plan: SchedulePlan, options: ResumeOptions) -> None:
    """Refuse two plans if the second cannot continue where the first one stops.

    Raises:
        UsageError: one of them is made by a factory; they have different numbers of groups; or of
            schedulers, and something of those is loaded.
    """
    for each in (plan, resumed_plan):
        if each.factory is not None:
            message = f"{each.name} is made by {each.factory.code.text}"
            raise UsageError(
                f"{message}: name its optimizer and scheduler in the spec to resume it"
            )
    groups = [
        quantity(len(each.optimizer.groups), "parameter group") for each in (plan, resumed_plan)
    ]
    if groups[0] != groups[1]:
        message = f"{plan.name} has {groups[0]}, and the plan that resumes it has {groups[1]}"
        raise UsageError(f"{message}: torch does not load its optimizer's state into those")
    schedulers = [quantity(len(each.schedulers), "scheduler") for each in (plan, resumed_plan)]
    loads_any = options.scheduler or options.last_epoch is not None
    if loads_any and schedulers[0] != schedulers[1]:
        message = f"{plan.name} has {schedulers[0]}, and the plan that resumes it {schedulers[1]}"
        raise UsageError(f"{message}: resume without their states, --resume-from optimizer")


def with_group_names_of(
    resumed_plan: Sequence[str], columns: Mapping[str, Mapping[str, T]]
) -> dict[str, dict[str, T]]:
    """``columns`` by field and group, under the names that groups have in the resumed run.

    If both plans have the same group names, groups are matched by name, else by position.
    """
    return {
        field: {
            name: groups[name if set(resumed_plan) == set(groups) else own]
            for name, own in zip(resumed_plan, groups, strict=True)
        }
        for field, groups in columns.items()
    }


def changes_between(plan: SchedulePlan, resumed_plan: SchedulePlan) -> Iterator[ArgumentChange]:
    """Arguments of groups and schedulers whose value is different in ``resumed_plan``.

    Only of schedulers of the same type: what a state holds of another type's arguments is not read.
    Functions are left out: no state holds them.
    """
    yield from _changes_of_optimizer(plan.optimizer, resumed_plan.optimizer)
    for top, new_top in zip(plan.schedulers, resumed_plan.schedulers, strict=False):
        if [each.type for each in top.walk()] == [each.type for each in new_top.walk()]:
            for old, new in zip(top.walk(), new_top.walk(), strict=True):
                yield from _changes_of_scheduler(old, new)


def _changes_of_scheduler(old: SchedulerPlan, new: SchedulerPlan) -> Iterator[ArgumentChange]:
    saved, wanted = ({**_defaults(each.row), **each.arguments} for each in (old, new))
    for name, value in wanted.items():
        argument = new.row.argument(name)
        kind = "" if argument is None else argument.kind
        if kind not in _NOT_IN_A_STATE and _plain(saved.get(name)) != _plain(value):
            path = old.path_of(name)
            yield ArgumentChange(path, old.type, name, saved.get(name), value, "scheduler")


def _changes_of_optimizer(old: OptimizerPlan, new: OptimizerPlan) -> Iterator[ArgumentChange]:
    pairs = [
        (_options(old, group), _options(new, new_group))
        for group, new_group in zip(old.groups, new.groups, strict=True)
    ]
    for name in dict.fromkeys(name for saved, _ in pairs for name in saved):
        values = [(saved[name], wanted[name]) for saved, wanted in pairs if name in wanted]
        # The groups share a value or have their own: the first one that changes is reported.
        changed = [(saved, wanted) for saved, wanted in values if _plain(saved) != _plain(wanted)]
        if changed:
            path = child_path(old.path, name)
            yield ArgumentChange(path, old.type, name, *changed[0], "optimizer")


def _options(optimizer: OptimizerPlan, group: GroupPlan) -> dict[str, object]:
    return {**_defaults(optimizer.row), **optimizer.arguments, **group.options}


def _defaults(row: SchedulerRow | OptimizerRow) -> dict[str, object]:
    return {each.name: each.default for each in row.arguments if not each.required}


def _plain(value: object) -> object:
    """``value``, with a tuple as a list: defaults are tuples, and a spec has lists."""
    return list(value) if isinstance(value, tuple) else value
