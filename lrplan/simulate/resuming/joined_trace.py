"""A trace made of two parts: the steps before a checkpoint, and those after it.

The two parts count their steps differently where the resumed run has a new plan. A run of 10
epochs of 100 steps that is saved after step 500 and resumed with twice the batch size, for example,
goes on at step 250 of its plan of 10 epochs of 50 steps: ``saved_step`` is 500, ``resumed_step`` is
250. Steps, marks and warnings of the second part are shifted by the difference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from lrplan.arrays import FloatArray, IntArray
from lrplan.plan import SchedulePlan
from lrplan.simulate.resuming.pairing import with_group_names_of
from lrplan.simulate.stepping.loop import TrainingLoop
from lrplan.simulate.trace_header import group_names, trace_of_plan
from lrplan.trace import Failure, Mark, Trace


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinedTrace:
    """The two plans of a resumed run and the step at which they are joined.

    Args:
        plan: of the first part.
        resumed_plan: the plan of the second part.
        saved_step: steps of ``plan`` that were done.
        resumed_step: steps of ``resumed_plan`` that count as done.
        columns_before: the values of the steps of the first part.
        device: where parameters live.
    """

    plan: SchedulePlan
    resumed_plan: SchedulePlan
    saved_step: int
    resumed_step: int
    columns_before: Mapping[str, Mapping[str, FloatArray]]
    device: str

    def trace(self, loop: TrainingLoop, failure: Failure | None) -> Trace:
        """Return the first part and the steps of ``loop`` from ``resumed_step`` on as one trace."""
        before = with_group_names_of(group_names(self.resumed_plan), self.columns_before)
        columns = {
            field: {
                group: np.append(before[field][group], _tail(values, loop.done - self.resumed_step))
                for group, values in groups.items()
            }
            for field, groups in loop.recorder.columns().items()
            if field in before  # another optimizer may have other fields
        }
        # Example: saved at step 500 and resumed at step 250 of 500, the shift is 250: step 300 of
        # the second plan is step 550 of the joined run, which has 750 steps in all.
        shift = self.saved_step - self.resumed_step
        planned = self.resumed_plan.clock.steps + shift
        per_epoch = {self.plan.clock.steps_per_epoch, self.resumed_plan.clock.steps_per_epoch}
        return replace(
            trace_of_plan(self.resumed_plan, columns, loop.recorder.current_values(), loop.done),
            name=self.plan.name,
            title=self.plan.title,
            description=self.plan.description,
            planned_steps=planned,
            epochs=self._epochs(loop.done),
            steps_per_epoch=per_epoch.pop() if len(per_epoch) == 1 else None,
            marks=self._marks(shift),
            metrics={},
            warnings=tuple(
                replace(each, step=None if each.step is None else each.step + shift)
                for each in loop.log.warnings
            ),
            failure=failure and replace(failure, step=failure.step + shift),
            device=self.device,
            engine="step",
        )

    def _epochs(self, done: int) -> IntArray | None:
        first, then = self.plan.clock.epoch_of_step(), self.resumed_plan.clock.epoch_of_step()
        if first is None or then is None:
            return None
        return np.append(first[: self.saved_step], then[self.resumed_step : done])

    def _marks(self, shift: int) -> tuple[Mark, ...]:
        first = [mark for mark in self.plan.marks() if mark.step <= self.saved_step]
        then = [mark for mark in self.resumed_plan.marks() if mark.step > self.resumed_step]
        return (*first, *(replace(mark, step=mark.step + shift) for mark in then))


def _tail(values: FloatArray, count: int) -> FloatArray:
    # Not `values[-count:]`: with count 0 that would be everything.
    return values[values.size - count :]
