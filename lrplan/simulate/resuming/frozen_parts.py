"""Groups that are frozen at first, in a run that is interrupted and resumed.

Steps are counted in the parameter groups, as in exported code, so the count is part of the
optimizer's state. A process that loads this state continues the count; one that does not starts at
0 and freezes the groups again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lrplan.frozen_groups import frozen_steps, with_frozen_steps, with_zeros
from lrplan.plan import UNFROZEN, SchedulePlan
from lrplan.resume import ResumeResult
from lrplan.simulate.resuming.pairing import with_group_names_of
from lrplan.simulate.trace_header import group_names
from lrplan.trace import Mark, Trace


def with_frozen_parts(plan: SchedulePlan, result: ResumeResult) -> ResumeResult:
    """``result`` with an lr of 0 where ``plan``, or the one that resumes it, freezes groups."""
    resumed_plan, saved = result.resumed_plan, result.step
    if not (frozen_steps(plan) or frozen_steps(resumed_plan)):
        return result
    counted_from = saved if result.options.optimizer == "lost" else 0
    unbroken = with_zeros(result.unbroken, _frozen(plan, resumed_plan, saved, 0))
    trace = with_zeros(result.trace, _frozen(plan, resumed_plan, saved, counted_from))
    return replace(
        result,
        unbroken=replace(unbroken, marks=_marks(unbroken, resumed_plan, saved, 0)),
        trace=replace(
            trace, unbroken=unbroken.columns, marks=_marks(trace, resumed_plan, saved, counted_from)
        ),
        planned=result.planned and with_frozen_steps(resumed_plan, result.planned),
    )


def _frozen(
    plan: SchedulePlan, resumed_plan: SchedulePlan, saved: int, counted_from: int
) -> dict[str, Sequence[range]]:
    """By group, the steps for which it is frozen before the checkpoint, and after it.

    Args:
        plan: up to the checkpoint.
        resumed_plan: from there on.
        saved: steps done at the checkpoint.
        counted_from: the step that the new process counts as its first.
    """
    until = {each.name: each.frozen_until for each in plan.optimizer.groups}
    before = with_group_names_of(group_names(resumed_plan), {"lr": until})["lr"]
    after = frozen_steps(resumed_plan)
    return {
        name: (range(min(before[name], saved)), range(saved, counted_from + after.get(name, 0)))
        for name in group_names(resumed_plan)
        if before[name] or name in after
    }


def _marks(
    trace: Trace, resumed_plan: SchedulePlan, saved: int, counted_from: int
) -> tuple[Mark, ...]:
    """The marks of ``trace``, with those of ``UNFROZEN`` where its groups begin to learn."""
    kept = [mark for mark in trace.marks if mark.label != UNFROZEN or mark.step <= saved]
    ends = sorted({counted_from + end for end in frozen_steps(resumed_plan).values()})
    added = (Mark(end, UNFROZEN) for end in ends if saved < end < trace.steps)
    return (*kept, *added)
