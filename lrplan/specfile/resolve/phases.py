"""The ticks that each scheduler inside another one has for itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from lrplan.plan import phases

if TYPE_CHECKING:
    from lrplan.catalog import SchedulerRow
    from lrplan.specfile.scheduler_arguments import SchedulerArguments


@dataclass(frozen=True, slots=True)
class Phases:
    """The readers of the schedulers inside one, each of which knows the ticks of its phase.

    Args:
        row: of the scheduler that holds them.
        arguments: its own that have been read, among them what decides who acts when.
        reader: of its arguments.
    """

    row: SchedulerRow
    arguments: Mapping[str, object]
    reader: SchedulerArguments

    def of(self, index: int) -> SchedulerArguments:
        """The reader of the scheduler at ``index``."""
        return replace(self.reader, total=partial(self._total, index), is_inside=True)

    def _total(self, index: int) -> int | None:
        total = self.reader.total()
        if total is None or self.row.family == "plugin":
            return None
        ticks = phases(self.row, self.arguments, total)
        return total if ticks is None or index >= len(ticks) else ticks[index]
