"""Parameter groups that are frozen at the start: their applied lr is 0, and schedules go on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from lrplan.arrays import DeferredColumns, FloatArray
from lrplan.plan import SchedulePlan
from lrplan.trace import Trace


class FrozenColumns(DeferredColumns):
    """Learning rates by group, 0 in the steps in which a group is frozen.

    Args:
        scheduled: the learning rates that the schedule gives.
        frozen: by group, the steps for which it is frozen.
    """

    def __init__(
        self, scheduled: Mapping[str, FloatArray], frozen: Mapping[str, Sequence[range]]
    ) -> None:
        super().__init__(scheduled)
        self.scheduled = scheduled
        self._frozen = frozen

    def __getitem__(self, group: str) -> FloatArray:
        column, frozen = self.scheduled[group], self._frozen.get(group)
        if not frozen:
            return column
        applied: FloatArray = np.array(column)
        for steps in frozen:
            applied[steps.start : steps.stop] = 0.0
        return applied


def frozen_steps(plan: SchedulePlan) -> dict[str, int]:
    """For each group that ``plan`` freezes, the number of its frozen steps."""
    return {each.name: each.frozen_until for each in plan.optimizer.groups if each.frozen_until}


def with_frozen_steps(plan: SchedulePlan, trace: Trace) -> Trace:
    """``trace`` of the schedule, with an lr of 0 while groups of ``plan`` are frozen."""
    return with_zeros(trace, {name: (range(end),) for name, end in frozen_steps(plan).items()})


def with_zeros(trace: Trace, frozen: Mapping[str, Sequence[range]]) -> Trace:
    """``trace`` of the schedule, with an lr of 0 in the steps for which each group is frozen."""
    if not frozen:
        return trace
    ahead = {
        group: 0.0 if any(trace.steps in steps for steps in frozen.get(group, ())) else value
        for group, value in trace.next_values["lr"].items()
    }
    return replace(
        trace,
        columns={**trace.columns, "lr": FrozenColumns(trace.columns["lr"], frozen)},
        next_values={**trace.next_values, "lr": ahead},
    )


def as_scheduled(trace: Trace) -> Trace:
    """``trace`` as its schedulers have it, without the steps in which groups are frozen."""
    lrs = trace.columns["lr"]
    if not isinstance(lrs, FrozenColumns):
        return trace
    return replace(trace, columns={**trace.columns, "lr": lrs.scheduled})
