"""A probe that calls ``scheduler.get_lr()`` at each step, as a training script that logs it does.

Since torch 1.4 ``get_lr()`` computes the *next* value from the current one, so after a milestone a
log of it shows the decay a second time. With ``StepLR(step_size=30, gamma=0.1)`` from 0.1, for
example, the optimizer is given 0.01 at tick 30, and ``get_lr()`` returns 0.001 there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor

from lrplan.arrays import FloatArray
from lrplan.simulate.sampling.warning_log import silence_warnings

NO_SCHEDULER = "a constant learning rate has no scheduler with a get_lr()"

_WRITTEN_BY_GET_LR = ("momentum", "betas")


@contextmanager
def restored_momentum(groups: Sequence[dict[str, Any]]) -> Iterator[None]:
    """Undo the side effects of ``get_lr()`` calls in this context, and drop their warnings.

    ``CyclicLR.get_lr()`` and ``OneCycleLR.get_lr()`` write momentum or betas into the groups while
    they compute the learning rate. Both are written back afterwards.
    """
    saved = [{key: group[key] for key in _WRITTEN_BY_GET_LR if key in group} for group in groups]
    with silence_warnings():
        yield
    for group, values in zip(groups, saved, strict=True):
        group.update(values)


@dataclass(frozen=True, slots=True)
class ProbedScheduler:
    """A live scheduler, its name in messages, and the indices of the groups it answers for."""

    name: str
    scheduler: Any
    groups: Sequence[int]


class GetLrProbe:
    """Calls ``get_lr()`` of every scheduler at each step and keeps the values.

    Args:
        param_groups: those that the schedulers drive.
        probed: the schedulers.
        names: a name for each parameter group.
        steps: number of steps of the run.
        start: the first step recorded.
    """

    def __init__(
        self,
        param_groups: Sequence[dict[str, Any]],
        probed: Iterable[ProbedScheduler],
        names: Sequence[str],
        steps: int,
        start: int = 0,
    ) -> None:
        self._groups = param_groups
        self._probed = list(probed)
        self._names = names
        self._start = start
        self._columns = {
            index: np.full(steps - start, np.nan) for each in self._probed for index in each.groups
        }
        self.note = "" if self._probed else NO_SCHEDULER

    def record(self, begin: int, end: int) -> None:
        """Record the current values as those of the steps from ``begin`` to before ``end``."""
        with restored_momentum(self._groups):
            for each in tuple(self._probed):
                self._probe(each, begin - self._start, end - self._start)

    def _probe(self, probed: ProbedScheduler, begin: int, end: int) -> None:
        try:
            values = probed.scheduler.get_lr()
        except Exception as error:  # noqa: BLE001  # a scheduler may raise anything
            self._probed.remove(probed)
            reason = f": {error}" if str(error) else ""
            self.note = f"{probed.name}.get_lr() raises {type(error).__name__}{reason}"
            return
        for index, value in zip(probed.groups, values, strict=False):
            # numpy does not read one that is on a GPU.
            number = float(value) if isinstance(value, Tensor) else value
            self._columns[index][begin:end] = number

    def columns(self, steps: int) -> Mapping[str, FloatArray]:
        """Return the first ``steps`` values per group; groups without any are left out."""
        return {
            self._names[index]: column[:steps]
            for index, column in sorted(self._columns.items())
            if not np.isnan(column[:steps]).all()
        }
