"""The plan of a process that was interrupted and the plan of the one that resumes it, side by side.

They may differ in all that a user edits before a resume: milestones, lengths, base lrs, the
training or the whole schedule. States are loaded in order, as torch does: that of the first group
into the first group, that of the first scheduler into the first scheduler.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from lrplan.errors import UsageError
from lrplan.plan import SchedulerPlan
from lrplan.resume import Change
from lrplan.specfile.problem_scope import child_path
from lrplan.text import quantity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lrplan.plan import GroupPlan, OptimizerPlan, SchedulePlan
    from lrplan.resume import ResumeOptions

T = TypeVar("T")


def check_pair(plan: SchedulePlan, later: SchedulePlan, options: ResumeOptions) -> None:
    """Refuse plans of which the second cannot go on where the first one stops.

    Raises:
        UsageError: one of them is made by a factory; they have different numbers of groups; or of
            schedulers, and something of those is loaded.
    """
    for each in (plan, later):
        if each.factory is not None:
            message = f"{each.name} is made by {each.factory.code.text}"
            raise UsageError(
                f"{message}: name its optimizer and scheduler in the spec to resume it"
            )
    groups = [quantity(len(each.optimizer.groups), "parameter group") for each in (plan, later)]
    if groups[0] != groups[1]:
        message = f"{plan.name} has {groups[0]}, and the plan that resumes it has {groups[1]}"
        raise UsageError(f"{message}: torch does not load its optimizer's state into those")
    schedulers = [quantity(len(each.schedulers), "scheduler") for each in (plan, later)]
    loads_any = options.scheduler or options.last_epoch is not None
    if loads_any and schedulers[0] != schedulers[1]:
        message = f"{plan.name} has {schedulers[0]}, and the plan that resumes it {schedulers[1]}"
        raise UsageError(f"{message}: resume without their states, --resume-from optimizer")


def by_group_of(
    later: Sequence[str], columns: Mapping[str, Mapping[str, T]]
) -> dict[str, dict[str, T]]:
    """``columns`` by field and group, under the names that groups have in the resumed run.

    Groups of the same names belong together, whatever their order; others in their order.
    """
    return {
        field: {
            name: groups[name if set(later) == set(groups) else own]
            for name, own in zip(later, groups, strict=True)
        }
        for field, groups in columns.items()
    }


def changes_between(plan: SchedulePlan, later: SchedulePlan) -> Iterator[Change]:
    """Arguments that are others in ``later``, of the optimizer's groups and of schedulers.

    Only of schedulers of the same type: what a state holds of another type's arguments is not read.
    """
    yield from _changes_of_optimizer(plan.optimizer, later.optimizer)
    for top, new_top in zip(plan.schedulers, later.schedulers, strict=False):
        pairs = list(zip(top.walk(), new_top.walk(), strict=False))
        for old, new in pairs if _same_types(top, new_top) else ():
            for name, wanted in new.arguments.items():
                saved = old.arguments.get(name)
                if not _holds_plans(wanted) and saved != wanted:
                    path = child_path(old.path, name)
                    yield Change(path, old.type, name, saved, wanted, "scheduler")


def _same_types(one: SchedulerPlan, other: SchedulerPlan) -> bool:
    return [each.type for each in one.walk()] == [each.type for each in other.walk()]


def _changes_of_optimizer(old: OptimizerPlan, new: OptimizerPlan) -> Iterator[Change]:
    pairs = [
        (_options(old, group), _options(new, new_group))
        for group, new_group in zip(old.groups, new.groups, strict=True)
    ]
    for name in dict.fromkeys(name for saved, _ in pairs for name in saved):
        values = [(saved[name], wanted[name]) for saved, wanted in pairs if name in wanted]
        # The groups share a value or have their own: the first one that changes is told.
        changed = [(saved, wanted) for saved, wanted in values if saved != wanted]
        if changed:
            path = child_path(old.path, name)
            yield Change(path, old.type, name, *changed[0], "optimizer")


def _options(optimizer: OptimizerPlan, group: GroupPlan) -> dict[str, object]:
    defaults = {each.name: each.default for each in optimizer.row.arguments if not each.required}
    return {**defaults, **optimizer.arguments, **group.options}


def _holds_plans(value: object) -> bool:
    values = value if isinstance(value, list) else [value]
    return any(isinstance(each, SchedulerPlan) for each in values)
