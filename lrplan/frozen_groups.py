"""Parameter groups that are frozen at first: the applied lr is 0, and the schedule runs beneath."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from lrplan.arrays import FloatArray
from lrplan.plan import SchedulePlan
from lrplan.trace import Trace


class FrozenColumns(Mapping[str, "FloatArray"]):
    """Learning rates by group, 0 in the steps before a group is unfrozen.

    Args:
        scheduled: the learning rates that the schedule gives.
        until: by group, the number of steps for which it is frozen.
    """

    def __init__(self, scheduled: Mapping[str, FloatArray], until: Mapping[str, int]) -> None:
        self.scheduled = scheduled
        self._until = until

    def __getitem__(self, group: str) -> FloatArray:
        column = self.scheduled[group]
        steps = self._until.get(group, 0)
        if not steps:
            return column
        applied: FloatArray = np.array(column)
        applied[:steps] = 0.0
        return applied

    def __iter__(self) -> Iterator[str]:
        return iter(self.scheduled)

    def __len__(self) -> int:
        return len(self.scheduled)

    def __contains__(self, group: object) -> bool:
        # Mapping would compute the column to know.
        return group in self.scheduled


def with_frozen_steps(plan: SchedulePlan, trace: Trace) -> Trace:
    """``trace`` of the schedule, with an lr of 0 while groups of ``plan`` are frozen."""
    until = {each.name: each.frozen_until for each in plan.optimizer.groups if each.frozen_until}
    if not until:
        return trace
    ahead = {
        group: 0.0 if until.get(group, 0) > trace.steps else value
        for group, value in trace.next_values["lr"].items()
    }
    return replace(
        trace,
        columns={**trace.columns, "lr": FrozenColumns(trace.columns["lr"], until)},
        next_values={**trace.next_values, "lr": ahead},
    )


def as_scheduled(trace: Trace) -> Trace:
    """``trace`` as its schedulers have it, without the steps in which groups are frozen."""
    lrs = trace.columns["lr"]
    if not isinstance(lrs, FrozenColumns):
        return trace
    return replace(trace, columns={**trace.columns, "lr": lrs.scheduled})
