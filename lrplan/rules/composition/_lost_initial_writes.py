"""Schedulers whose first write of the rate is undone by a SequentialLR built after them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrplan.lint.facts.combinations import co_driving, first_factors, shares_groups

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lrplan.lint.context import Context
    from lrplan.plan import SchedulerPlan


def resets(context: Context) -> Iterator[tuple[SchedulerPlan, SchedulerPlan]]:
    """Each SequentialLR that stands after a scheduler with a first factor, and that scheduler.

    SequentialLR sets the rate back to ``initial_lr`` when it is built. A scheduler that multiplies
    has by then written ``base * first factor``, and goes on from what it finds.
    """
    for team in co_driving(context):
        for index, sequence in enumerate(team):
            for earlier in team[:index]:
                if sequence.type == "SequentialLR" and _loses(context, earlier, sequence):
                    yield sequence, earlier


def _loses(context: Context, earlier: SchedulerPlan, sequence: SchedulerPlan) -> bool:
    writes = context.driven(earlier) == "lr" and shares_groups(earlier, sequence)
    return writes and any(factor != 1 for factor in first_factors(context, earlier))
