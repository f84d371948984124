"""Checks that the loop of exported code calls schedulers as the plan's own loop does."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from lrplan.clock import Cadence
from lrplan.clock.loops import PlainLoop
from lrplan.errors import UsageError
from lrplan.export.code.field_schedulers import fields_of
from lrplan.plan import SchedulePlan, SchedulerPlan
from lrplan.text import quantity


def check_calls(
    plan: SchedulePlan, cadences: Sequence[Cadence], loop: PlainLoop, way_out: str
) -> None:
    """Refuse a plan whose schedulers ``loop`` calls at other steps, or in another order.

    Args:
        plan: the schedule, with a loop of its own.
        cadences: how each of its schedulers is called in the loop that is written.
        loop: the rules of that loop.
        way_out: what to do instead.

    Raises:
        UsageError: some values would not be those of the plan.
    """
    for scheduler, cadence in zip(plan.schedulers, cadences, strict=True):
        differs = difference(plan, scheduler, cadence, loop)
        if differs is not None:
            step, planned, written = differs
            skipped = plan.clock.settings.skipped_steps and not plan.clock.loop.ticks_when_skipped(
                plan.clock.settings
            )
            why = ", as a gradient scaler skips steps that no code can name" if skipped else ""
            raise UsageError(
                f"{scheduler.type} ticks {quantity(planned, 'time')} before step {step} in"
                f" {plan.clock.loop.display_name}{why}, and {quantity(written, 'time')} in"
                f" {loop.display_name}, which this code is for; {way_out}"
            )
    _check_order(plan, cadences, loop)


def check_frozen(plan: SchedulePlan) -> None:
    """Refuse a plan that freezes groups in steps of which a gradient scaler skips some.

    Raises:
        UsageError: code would count fewer steps than the plan.
    """
    frozen = max((each.frozen_until for each in plan.optimizer.groups), default=0)
    skipped = sum(step < frozen for step in plan.clock.settings.skipped_steps)
    if skipped:
        raise UsageError(
            f"`frozen_until` freezes {quantity(frozen, 'step')}, of which a gradient scaler skips"
            f" {skipped}, and code counts only calls of optimizer.step(): leave `skipped_steps` out"
        )


def difference(
    plan: SchedulePlan, scheduler: SchedulerPlan, cadence: Cadence, loop: PlainLoop
) -> tuple[int, int, int] | None:
    """The first step before which ``loop`` has called ``scheduler`` more or less often.

    Returns:
        The step, the calls before it in the plan's loop, and those in ``loop``; None if every
        step has the same.
    """
    clock = plan.clock
    planned = clock.calls_before(scheduler.cadence)[:-1]
    ticks = clock.ticks_before(cadence.interval)[:-1]
    written = loop.calls_after_ticks(clock.settings, clock.batching, cadence, ticks)
    differs = planned != written
    if not differs.any():
        return None
    step = int(np.argmax(differs))
    return step, int(planned[step]), int(written[step])


def _check_order(plan: SchedulePlan, cadences: Sequence[Cadence], loop: PlainLoop) -> None:
    """Refuse schedulers of one value that ``loop`` calls in another order than the plan's."""
    # sorted() is stable: two of the same rank stay in the order of the plan on both sides.
    for pair in combinations(zip(plan.schedulers, cadences, strict=True), 2):
        planned = sorted(pair, key=lambda each: plan.clock.loop.rank(each[0].cadence))
        written = sorted(pair, key=lambda each: loop.rank(each[1]))
        if planned != written and _meet(pair[0][0], pair[1][0]):
            first, second = planned[0][0], planned[1][0]
            reads = ", which reads a metric," if first.monitor is not None else ""
            whose = loop.display_name.removesuffix("'s loop")
            raise UsageError(
                f"{whose} ticks {first.type}{reads} after {second.type}; the plan says before it"
            )


def _meet(one: SchedulerPlan, other: SchedulerPlan) -> bool:
    """Return True if both drive the same field of a group."""
    same_group = {*one.groups} & {*other.groups}
    return bool(same_group and fields_of(one) & fields_of(other))
