"""What ``scheduler.get_lr()`` would have logged: the display bug of torch 1.1, made visible.

``get_lr()`` computes the *next* value from the current one, so after a milestone it shows the
decay a second time. Reading it is not free of side effects either: CyclicLR and OneCycleLR write
the momentum while they compute. What they change is put back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lrplan.simulate.warned import silenced

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lrplan.build.objects import Built
    from lrplan.trace import FloatArray

_WRITTEN_BY_GET_LR = ("momentum", "betas")


class Ghost:
    """Asks every scheduler for ``get_lr()`` at each step and keeps the answers.

    Args:
        built: the live objects.
        names: a name for each parameter group.
        steps: how many steps the run has.
    """

    def __init__(self, built: Built, names: Sequence[str], steps: int) -> None:
        self._groups = built.optimizer.param_groups
        self._drivers = list(built.drivers)
        self._names = names
        self._columns = {
            index: np.full(steps, np.nan) for driver in self._drivers for index in driver.groups
        }
        self.note = "" if self._drivers else "a constant rate has no scheduler to ask"

    def record(self, step: int) -> None:
        """Ask now; the answers become row ``step``."""
        before = [
            {key: group[key] for key in _WRITTEN_BY_GET_LR if key in group}
            for group in self._groups
        ]
        with silenced():
            for driver in tuple(self._drivers):
                self._ask(driver, step)
        for group, held in zip(self._groups, before, strict=True):
            group.update(held)

    def _ask(self, driver: Any, step: int) -> None:
        try:
            values = driver.scheduler.get_lr()
        except Exception as error:  # noqa: BLE001  # a scheduler may raise anything when asked
            self._drivers.remove(driver)
            reason = f": {error}" if str(error) else ""
            self.note = f"{driver.plan.type}.get_lr() raises {type(error).__name__}{reason}"
            return
        for index, value in zip(driver.groups, values, strict=False):
            self._columns[index][step] = value

    def columns(self, steps: int) -> Mapping[str, FloatArray]:
        """The first ``steps`` answers per group; groups without an answer are left out."""
        return {
            self._names[index]: column[:steps]
            for index, column in sorted(self._columns.items())
            if not np.isnan(column[:steps]).all()
        }
