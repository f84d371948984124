"""Whether the columns that stepping a plan would fill are few enough to be held."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrplan.errors import SpecError
from lrplan.finding import spec_problem
from lrplan.limits import VALUES

if TYPE_CHECKING:
    from lrplan.plan import SchedulePlan


def check_memory(plan: SchedulePlan, columns: int) -> None:
    """Refuse to step ``plan`` where ``columns`` columns of its steps are more than are allowed.

    Raises:
        SpecError: they are; the finding stands at the schedule.
    """
    values = plan.clock.steps * columns
    if values <= VALUES.now:
        return
    counted = f"{plan.clock.steps:,} steps of {columns:,} curves are {values:,} numbers"
    problem = spec_problem(
        "over-budget",
        f"{counted}, more than the {VALUES.now:,} that a stepped run may record",
        place=plan.node.key_place or plan.node.place,
        file=plan.source.name,
        schedule=plan.name,
        path=plan.path,
        fix=VALUES.hint,
    )
    raise SpecError([problem], plan.source)
