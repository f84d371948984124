"""One trace of two parts: the steps before a checkpoint, and those after it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from lrplan.simulate.trace_header import trace_of_plan

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lrplan.plan import SchedulePlan
    from lrplan.simulate.stepping.loop import Loop
    from lrplan.trace import Failure, FloatArray, IntArray, Mark, Trace


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinedTrace:
    """Where two parts meet.

    Args:
        plan: what was run first.
        later: what is run then.
        at: steps of ``plan`` that were done.
        place: steps of ``later`` that count as done.
        before: what the steps of ``plan`` were given.
        device: where parameters live.
    """

    plan: SchedulePlan
    later: SchedulePlan
    at: int
    place: int
    before: Mapping[str, Mapping[str, FloatArray]]
    device: str

    def trace(self, loop: Loop, failure: Failure | None) -> Trace:
        """The first part, and what ``loop`` did from ``place`` on until it ended, or failed."""
        columns = {
            field: {
                group: np.append(self.before[field][group], _tail(values, loop.done - self.place))
                for group, values in groups.items()
            }
            for field, groups in loop.recorder.columns().items()
        }
        shift = self.at - self.place
        planned = self.later.clock.steps + shift
        per_epoch = {self.plan.clock.steps_per_epoch, self.later.clock.steps_per_epoch}
        return replace(
            trace_of_plan(self.later, columns, loop.recorder.current_values(), loop.done),
            planned_steps=planned,
            epochs=self._epochs(loop.done),
            steps_per_epoch=per_epoch.pop() if len(per_epoch) == 1 else None,
            marks=self._marks(shift),
            warnings=tuple(
                replace(each, step=None if each.step is None else each.step + shift)
                for each in loop.log.warnings
            ),
            failure=failure and replace(failure, step=failure.step + shift),
            device=self.device,
            engine="step",
        )

    def _epochs(self, done: int) -> IntArray | None:
        first, then = self.plan.clock.epoch_of_step(), self.later.clock.epoch_of_step()
        if first is None or then is None:
            return None
        return np.append(first[: self.at], then[self.place : done])

    def _marks(self, shift: int) -> tuple[Mark, ...]:
        first = [mark for mark in self.plan.marks() if mark.step <= self.at]
        then = [mark for mark in self.later.marks() if mark.step > self.place]
        return (*first, *(replace(mark, step=mark.step + shift) for mark in then))


def _tail(values: FloatArray, count: int) -> FloatArray:
    return values[values.size - count :]
