"""What is known of a plan before it runs, where every class in it is."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from lrplan.plan import SchedulerPlan
from lrplan.specfile.expressions.expression import Expression

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lrplan.plan import SchedulePlan

_FAMILIES = ("torch", "lrplan", "swa")
_PLAIN = (type(None), bool, int, float, str, Expression, SchedulerPlan)


def has_only_known_classes(plan: SchedulePlan) -> bool:
    """Whether all its classes are torch's and lrplan's, given plain values.

    Those treat every parameter group by itself, and change no field but those they say they drive.
    """
    optimizer = plan.optimizer
    if plan.runs_user_code or not optimizer.row.path.startswith("torch.optim:"):
        return False
    return all(
        scheduler.row.family in _FAMILIES and all(map(_is_plain, scheduler.arguments.values()))
        for scheduler in _schedulers(plan)
    )


def _schedulers(plan: SchedulePlan) -> Iterator[SchedulerPlan]:
    return (each for top in plan.schedulers for each in top.walk())


def _is_plain(value: object) -> bool:
    if isinstance(value, (list, tuple)):
        return all(map(_is_plain, value))
    return isinstance(value, _PLAIN)


def driven_fields(
    plan: SchedulePlan, members: Mapping[str, Sequence[str]] = MappingProxyType({})
) -> set[tuple[str, str]]:
    """The fields and groups that change, as pairs of names, of a plan of known classes.

    Args:
        plan: the schedule.
        members: of groups that stand for others: the names of those.
    """
    return {
        (field, name)
        for top in plan.schedulers
        for each in top.walk()
        for field in _fields(each)
        for group in top.groups
        for name in (group, *members.get(group, ()))
    }


def _fields(scheduler: SchedulerPlan) -> Iterator[str]:
    field = scheduler.row.field(scheduler.arguments)
    yield "momentum" if field == "betas[0]" else field
    argument = scheduler.row.argument("cycle_momentum")
    if argument is not None and scheduler.arguments.get(argument.name, argument.default):
        yield "momentum"
