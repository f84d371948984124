"""The rest of a run that was stopped: copies of its live objects are stepped on."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any

import numpy as np
import torch

from lrplan.errors import LrplanError
from lrplan.forecast.calls import FutureCalls
from lrplan.simulate.live_objects.random_state import random_state_restored
from lrplan.simulate.live_objects.torch_copies import TorchCopies
from lrplan.simulate.sampling.buffers import CAPACITY
from lrplan.simulate.sampling.recorder import FieldRecorder
from lrplan.simulate.sampling.warning_log import collect_warnings, silence_warnings
from lrplan.trace import STANDARD_FIELDS, Failure, Trace

_STOPS = (Exception, SystemExit)


class RunCopies:
    """Copies of the optimizers and schedulers of a run, as they are at this moment.

    A model is not copied. What a function reaches by a global name is not copied either, and
    calling it may change that: copies are to be stepped when the program itself has ended.

    Args:
        optimizers: by index in the run.
        schedulers: by index in the run; those within another need not be among them.

    Raises:
        LrplanError: something that one of them holds cannot be copied; the text says where.
    """

    def __init__(self, optimizers: Mapping[int, Any], schedulers: Mapping[int, Any]) -> None:
        copier = TorchCopies(schedulers.values())
        with silence_warnings():
            self.optimizers = {index: copier.optimizer(each) for index, each in optimizers.items()}
            self.schedulers: dict[int, Any] = {
                index: copier.scheduler(each, type(each).__name__)
                for index, each in schedulers.items()
            }
        self._methods = {index: tick_method(each) for index, each in self.schedulers.items()}

    def renumber(self, optimizers: Mapping[int, int]) -> RunCopies:
        """The same copies, with another index for each optimizer."""
        again = object.__new__(RunCopies)
        again.schedulers, again._methods = self.schedulers, self._methods
        again.optimizers = {optimizers[index]: each for index, each in self.optimizers.items()}
        return again

    def continue_run(
        self,
        calls: FutureCalls,
        observed: Mapping[int, Trace],
        last_values: Mapping[int, Sequence[float]],
    ) -> Mapping[int, Trace]:
        """Return what the further steps of each optimizer in ``observed`` apply; to be called once.

        The steps of each trace are counted from 0 again. Where a scheduler raises, all of them end.

        Args:
            calls: those to come.
            observed: by optimizer, what its steps applied so far: the names of its groups, the
                fields to record, and its last epoch are taken from there.
            last_values: by scheduler, the numbers that its last two ticks were given, if any.
        """
        steps = calls.steps()
        runs = {
            index: _OptimizerRecorder(self.optimizers[index], trace, steps[index])
            for index, trace in observed.items()
            if steps[index] and index not in calls.unknown
        }
        with random_state_restored(), collect_warnings():
            failure = self._call(calls, runs, last_values)
        return {index: run.trace(failure) for index, run in runs.items()}

    def _call(
        self,
        calls: FutureCalls,
        runs: Mapping[int, _OptimizerRecorder],
        last_values: Mapping[int, Sequence[float]],
    ) -> Failure | None:
        """Make all calls; return the failure that ended them early."""
        ticks = {
            index: _tick(method, last_values.get(index, ()))
            for index, method in self._methods.items()
        }
        epoch = 0
        try:
            for kind, index in calls:
                if kind == "epoch":
                    epoch += 1
                elif kind == "step":
                    self.optimizers[index].step()  # does nothing but leave a mark for schedulers
                    if index in runs:
                        runs[index].append(epoch)
                elif index in ticks:
                    ticks[index]()
        except _STOPS as error:
            return Failure(runs[calls.leader].done - 1, str(error) or type(error).__name__)
        return None


def tick_method(scheduler: Any) -> Callable[..., object]:
    """The method by which loops tick a scheduler of torch, or of another package.

    Raises:
        LrplanError: it has none.
    """
    packages = {cls.__module__.partition(".")[0] for cls in type(scheduler).__mro__}
    if "ignite" in packages:
        return lambda *_: scheduler(None)  # an event handler, of which the engine is not needed
    counts_updates = "timm" in packages and not getattr(scheduler, "t_in_epochs", True)
    name = "step_update" if counts_updates or "pytorch_accelerated" in packages else "step"
    method: Callable[..., object] | None = getattr(scheduler, name, None)
    if method is None:
        raise LrplanError(f"{type(scheduler).__name__} has no method {name}()")
    return method


def _tick(step: Callable[..., object], last_values: Sequence[float]) -> Callable[[], object]:
    """A function that ticks a scheduler; if its last ticks got numbers, these go on evenly."""
    if not last_values:
        return step
    # Most schedulers that are given numbers are given epochs, as `step(epoch)` or timm's
    # `step(epoch + 1)`: after 4 and 5 come 6, 7, ..., and after 0 and 10, of a loop that counts by
    # tens, 20. Of a metric nobody knows the next value; `call_pattern` says so in a note.
    *before, last = last_values
    apart = last - before[0] if before else 1.0
    following = (last + apart * number for number in count(1))
    return lambda: step(_whole(next(following)))


def _whole(value: float) -> float:
    return int(value) if float(value).is_integer() else value


class _OptimizerRecorder:
    """The values that the steps of one optimizer apply from now on."""

    def __init__(self, optimizer: Any, observed: Trace, steps: int) -> None:
        self._observed = observed
        extra = [field for field in observed.columns if field not in STANDARD_FIELDS]
        # A group that was added after the last step, or is beyond the limit, has no curve so far.
        groups = optimizer.param_groups[: len(observed.groups)]
        self._recorder = FieldRecorder(groups, observed.groups, extra, steps)
        self._epochs = array("q")
        self._flushed = 0

    @property
    def done(self) -> int:
        return self._recorder.done

    def append(self, epoch: int) -> None:
        """Record the current values as those of the next step."""
        self._recorder.append(self.done + 1)
        self._epochs.append(epoch)
        if self.done - self._flushed >= CAPACITY:
            self._flush()

    def _flush(self) -> None:
        self._recorder.flush()
        self._flushed = self.done

    def trace(self, failure: Failure | None) -> Trace:
        self._flush()
        observed, columns = self._observed, self._recorder.columns()
        current = self._recorder.current_values()
        return Trace(
            name=observed.name,
            title=observed.title,
            columns={field: columns[field] for field in observed.columns if field in columns},
            next_values={field: current[field] for field in observed.columns if field in current},
            groups=observed.groups,
            epochs=self._epoch_of_steps(),
            steps_per_epoch=observed.steps_per_epoch,
            planned_steps=self.done,
            failure=failure,
            torch=str(torch.__version__),
        )

    def _epoch_of_steps(self) -> np.ndarray[Any, np.dtype[np.int64]] | None:
        before = self._observed.epochs
        if before is None:
            return None
        last = int(before[-1]) if len(before) else 0
        return np.frombuffer(self._epochs, dtype=np.int64)[: self.done] + last
