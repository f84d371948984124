"""lrplan's own schedulers that multiply the initial value: ``LambdaLR`` and a formula."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from lrplan.export.code.field_schedulers import field_of, field_scheduler
from lrplan.export.code.formatting import INDENT, Item, call, statement

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lrplan.export.code.formatting import Brackets
    from lrplan.export.code.scheduler import Writer
    from lrplan.plan import SchedulerPlan

FACTORS: Mapping[str, tuple[str, Mapping[str, str]]] = MappingProxyType(
    {
        "InverseSqrtScheduler": ("inverse_sqrt", {"warmup_steps": "warmup"}),
        "MilestoneLrScheduler": (
            "milestone_decay",
            {"milestones": "milestones", "gamma": "gamma"},
        ),
        "StepWdScheduler": ("step_decay", {"every": "every", "gamma": "gamma"}),
        "WarmupConstantSchedule": ("linear_warmup", {"warmup_steps": "warmup"}),
        "WarmupCosine": ("warmup_cosine", {"warmup_steps": "warmup", "total_steps": "total"}),
    }
)
"""By type the formula, and its parameters by the names of the scheduler's arguments."""


def factor(writer: Writer, scheduler: SchedulerPlan) -> Brackets:
    """A scheduler whose value is the initial one times a formula of the tick."""
    formula, names = FACTORS[scheduler.type]
    given = [
        writer.argument(scheduler, argument, names[argument.name])
        for argument in scheduler.row.arguments
        if argument.name in names
    ]
    formula = writer.parts.formula(formula)
    field = field_of(scheduler)
    if field == "lr" and not writer.spread:
        function = call("partial", Item(formula), *given)
        return call("LambdaLR", Item(writer.target), Item(function, "lr_lambda="))
    computed = call(formula, Item("tick"), *given)
    if field == "lr":
        lines = statement("return ", computed, INDENT)
        wish = "_".join((*writer.top.groups, "factor"))
        name = writer.parts.function(wish, "tick: int", lines)
        node = writer.over_all_groups([name] * len(writer.top.groups))
        return call("LambdaLR", Item(writer.target), Item(node, "lr_lambda="))
    lines = [*statement("factor = ", computed, INDENT), "    return initial * factor"]
    return field_scheduler(writer, field, [lines] * len(writer.top.groups))
