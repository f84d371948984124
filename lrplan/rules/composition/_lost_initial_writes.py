"""Schedulers whose first write of the lr is undone by a SequentialLR built after them."""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint import Context, SchedulerPlan
from lrplan.lint.facts.combinations import first_factors, shares_groups, side_by_side


def undone_first_writes(context: Context) -> Iterator[tuple[SchedulerPlan, SchedulerPlan]]:
    """Each SequentialLR that comes after a scheduler with a first factor, and that scheduler.

    SequentialLR sets the lr back to ``initial_lr`` when it is built. A scheduler that multiplies
    has by then written ``base * first factor``, and continues from what it finds.
    """
    # `[LinearLR, SequentialLR]`: LinearLR wrote 0.1 * 1/3 when it was built, SequentialLR then sets
    # 0.1 again, and LinearLR multiplies from there: its whole line is three times too high.
    for team in side_by_side(context):
        for index, sequence in enumerate(team):
            for earlier in team[:index]:
                if sequence.row.container == "sequential" and _loses(context, earlier, sequence):
                    yield sequence, earlier


def _loses(context: Context, earlier: SchedulerPlan, sequence: SchedulerPlan) -> bool:
    writes = context.field_of(earlier) == "lr" and shares_groups(earlier, sequence)
    return writes and any(factor != 1 for factor in first_factors(context, earlier))
