"""The ticks of a scheduler whose values some optimizer step uses, in the run and in the plan."""

from __future__ import annotations

from lrplan.lint import Context, SchedulerPlan, Span


def last_used_tick(context: Context, span: Span) -> int:
    """The last own tick whose value some step of the run is given; -1 when there is none.

    That is one less than its ticks, as the last tick comes after the last step; where the run
    stops inside an epoch, or between two ticks of a ``frequency``, the last one is used as well.
    Where several ticks follow each step, the last of them all come after the last step.
    """
    # Step s uses what the scheduler set at its last tick before it. In a run of 10 steps that ticks
    # at each, tick 0 (the constructor's) is used by step 0 and tick 9 by step 9; tick 10 comes too
    # late.
    if not ends_with_run(context, span):
        return span.ticks - 1
    if context.step(span, span.ticks) is not None:
        return span.ticks
    after_a_step = context.clock.repeats if span.ticks >= context.clock.repeats else 1
    return span.ticks - after_a_step


def ends_with_run(context: Context, span: Span) -> bool:
    """Return True if nothing takes over from it before the run is over."""
    return span.end >= context.ticks(span.top)


def ticks_of_plan(context: Context, top: SchedulerPlan) -> int:
    """Ticks of an outermost scheduler in the whole plan: the run, or a longer ``horizon``."""
    whole = context.clock.resolve("100%", top.cadence)
    return max(context.ticks(top), whole)


def planned_ticks(context: Context, span: Span) -> int:
    """Ticks that a scheduler gets while it acts, were the plan carried on to its horizon."""
    if not ends_with_run(context, span):
        return span.ticks
    # A run of 10 ticks cut from a horizon of 90, and a member that acts from tick 2 on: 8 ticks in
    # the run, and 8 + 90 - 10 = 88 in the plan.
    return span.ticks + ticks_of_plan(context, span.top) - context.ticks(span.top)


def last_planned_tick(context: Context, span: Span) -> int:
    """The last own tick whose value is used in the run, or would be in the rest of the plan."""
    return max(last_used_tick(context, span), planned_ticks(context, span) - 1)


def last_step_before(context: Context, span: Span, tick: int) -> int:
    """The last step that runs before a scheduler's own ``tick``: where a failing tick stops it."""
    after = context.step(span, tick)
    return context.clock.steps - 1 if after is None else max(after - 1, 0)
