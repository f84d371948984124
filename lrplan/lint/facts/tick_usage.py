"""Which of its own ticks a scheduler's values are used at, in the run and in the whole plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lrplan.lint.context import Context
    from lrplan.plan import SchedulerPlan, Span


def last_used(context: Context, span: Span) -> int:
    """The last own tick whose value some step of the run is given; -1 when there is none.

    That is one less than its ticks, as the last tick comes after the last step; where the run
    stops inside an epoch, or between two ticks of a ``frequency``, the last one is used as well.
    Where several ticks follow each step, the last of them all come after the last step.
    """
    if not ends_with_run(context, span):
        return span.ticks - 1
    if context.step(span, span.ticks) is not None:
        return span.ticks
    after_a_step = context.clock.repeats if span.ticks >= context.clock.repeats else 1
    return span.ticks - after_a_step


def ends_with_run(context: Context, span: Span) -> bool:
    """Whether nothing takes over from it before the run is over."""
    return span.end >= context.ticks(span.top)


def planned_total(context: Context, top: SchedulerPlan) -> int:
    """Ticks of an outermost scheduler in the whole plan: the run, or a longer ``horizon``."""
    whole = context.clock.resolve("100%", top.interval, top.frequency)
    return max(context.ticks(top), whole)


def planned(context: Context, span: Span) -> int:
    """Ticks that a scheduler gets while it acts, were the plan carried on to its horizon."""
    if not ends_with_run(context, span):
        return span.ticks
    return span.ticks + planned_total(context, span.top) - context.ticks(span.top)


def last_planned(context: Context, span: Span) -> int:
    """The last own tick whose value is used in the run, or would be in the rest of the plan."""
    return max(last_used(context, span), planned(context, span) - 1)


def last_step_before(context: Context, span: Span, tick: int) -> int:
    """The last step that runs before a scheduler's own ``tick``: where a failing tick stops it."""
    after = context.step(span, tick)
    return context.clock.steps - 1 if after is None else max(after - 1, 0)
