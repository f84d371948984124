"""Plans whose classes are all torch's or lrplan's, and the fields that such a plan changes."""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.plan import SchedulePlan, SchedulerPlan
from lrplan.specfile.expressions.expression import Expression

_FAMILIES = ("torch", "lrplan", "swa")
_PLAIN = (type(None), bool, int, float, str, Expression, SchedulerPlan)


def has_only_known_classes(plan: SchedulePlan) -> bool:
    """Return True if all classes of ``plan`` are torch's and lrplan's, with plain arguments.

    Those treat every parameter group by itself, and change no field but those they say they drive.
    """
    row = plan.optimizer.row
    if plan.runs_user_code or not (row.path.startswith("torch.optim:") or row.package):
        return False
    return all(
        scheduler.row.family in _FAMILIES and all(map(_is_plain, scheduler.arguments.values()))
        for top in plan.schedulers
        for scheduler in top.walk()
    )


def _is_plain(value: object) -> bool:
    if isinstance(value, (list, tuple)):
        return all(map(_is_plain, value))
    return isinstance(value, _PLAIN)


def driven_fields(plan: SchedulePlan) -> set[tuple[str, str]]:
    """Return the pairs of a field and a group's name that change, in a plan of known classes."""
    return {
        (field, group)
        for top in plan.schedulers
        for each in top.walk()
        for field in _fields(each)
        for group in top.groups
    }


def _fields(scheduler: SchedulerPlan) -> Iterator[str]:
    # The recorder names a column `momentum` whichever key a group has for it, `betas[0]` of Adam or
    # `momentum` of SGD. OneCycleLR moves it beside the lr unless cycle_momentum is false.
    field = scheduler.row.field(scheduler.arguments)
    yield "momentum" if field == "betas[0]" else field
    argument = scheduler.row.argument("cycle_momentum")
    if argument is not None and scheduler.arguments.get(argument.name, argument.default):
        yield "momentum"
