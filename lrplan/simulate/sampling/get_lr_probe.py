"""What ``scheduler.get_lr()`` would have logged: the display bug of torch 1.1, made visible.

``get_lr()`` computes the *next* value from the current one, so after a milestone it shows the
decay a second time. Reading it is not free of side effects either: CyclicLR and OneCycleLR write
the momentum while they compute. What they change is put back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from torch import Tensor

from lrplan.simulate.sampling.warning_log import silence_warnings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from torch.optim import Optimizer

    from lrplan.trace import FloatArray

_WRITTEN_BY_GET_LR = ("momentum", "betas")


@dataclass(frozen=True, slots=True)
class ProbedScheduler:
    """A live scheduler, what messages call it, and the indices of the groups it answers for."""

    name: str
    scheduler: Any
    groups: Sequence[int]


class GetLrProbe:
    """Asks every scheduler for ``get_lr()`` at each step and keeps the answers.

    Args:
        optimizer: whose groups the schedulers drive.
        asked: the schedulers.
        names: a name for each parameter group.
        steps: how many steps the run has.
        start: the first step asked at.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        asked: Iterable[ProbedScheduler],
        names: Sequence[str],
        steps: int,
        start: int = 0,
    ) -> None:
        self._groups = optimizer.param_groups
        self._asked = list(asked)
        self._names = names
        self._start = start
        self._columns = {
            index: np.full(steps - start, np.nan) for each in self._asked for index in each.groups
        }
        self.note = "" if self._asked else "a constant rate has no scheduler to ask"

    def fill(self, begin: int, end: int) -> None:
        """Ask now; the answers are those of the steps from ``begin`` to before ``end``."""
        before = [
            {key: group[key] for key in _WRITTEN_BY_GET_LR if key in group}
            for group in self._groups
        ]
        with silence_warnings():
            for each in tuple(self._asked):
                self._ask(each, begin - self._start, end - self._start)
        for group, held in zip(self._groups, before, strict=True):
            group.update(held)

    def _ask(self, asked: ProbedScheduler, begin: int, end: int) -> None:
        try:
            values = asked.scheduler.get_lr()
        except Exception as error:  # noqa: BLE001  # a scheduler may raise anything when asked
            self._asked.remove(asked)
            reason = f": {error}" if str(error) else ""
            self.note = f"{asked.name}.get_lr() raises {type(error).__name__}{reason}"
            return
        for index, value in zip(asked.groups, values, strict=False):
            # numpy does not read one that is on a GPU.
            number = float(value) if isinstance(value, Tensor) else value
            self._columns[index][begin:end] = number

    def columns(self, steps: int) -> Mapping[str, FloatArray]:
        """The first ``steps`` answers per group; groups without an answer are left out."""
        return {
            self._names[index]: column[:steps]
            for index, column in sorted(self._columns.items())
            if not np.isnan(column[:steps]).all()
        }
