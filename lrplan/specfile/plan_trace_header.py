"""The part of a trace that follows from the plan alone: names, epochs, marks, resolved lengths."""

from __future__ import annotations

from collections.abc import Mapping

from lrplan.arrays import FloatArray
from lrplan.catalog.formula_choice import formula_packages, real_packages, substitutions
from lrplan.plan import SchedulePlan
from lrplan.specfile.metric_reads import metrics_read
from lrplan.trace import Trace


def header_of_plan(
    plan: SchedulePlan,
    columns: Mapping[str, Mapping[str, FloatArray]],
    next_values: Mapping[str, Mapping[str, float]],
    steps: int,
) -> Trace:
    """A trace of ``plan`` with name, epochs and marks; its engine and device are still to be set.

    Args:
        plan: the schedule.
        columns: the applied values of the first ``steps`` steps, by field and group.
        next_values: the values that the step after them would have used.
        steps: the number of steps that were run.
    """
    clock = plan.clock
    epochs = clock.epoch_of_step()
    rows = [each.row for top in plan.schedulers for each in top.walk()]
    return Trace(
        name=plan.name,
        title=plan.title,
        description=plan.description,
        columns=columns,
        next_values=next_values,
        groups=group_names(plan),
        code_loop=plan.code_loop,
        planned_steps=clock.steps,
        epochs=None if epochs is None else epochs[:steps],
        steps_per_epoch=clock.steps_per_epoch,
        marks=plan.marks(),
        metrics=metrics_read(plan, steps),
        resolved=plan.resolved,
        arithmetic=clock.explain(),
        formulas=formula_packages(rows),
        packages=real_packages(rows),
        substitutions=substitutions(rows, plan.optimizer.row),
    )


def group_names(plan: SchedulePlan) -> tuple[str, ...]:
    """The names of the parameter groups, in the optimizer's order."""
    return tuple(group.name for group in plan.optimizer.groups)
