"""The ticks that each scheduler inside another one has for itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

from lrplan.catalog import SchedulerRow
from lrplan.plan import phase_lengths
from lrplan.specfile.scheduler_arguments import SchedulerArgumentReader


@dataclass(frozen=True, slots=True)
class PhaseReaders:
    """Gives a reader for each scheduler inside a container, which knows the ticks of its phase.

    Args:
        row: of the scheduler that holds them.
        arguments: its own that have been read, among them what decides who acts when.
        reader: of its arguments.
    """

    row: SchedulerRow
    arguments: Mapping[str, object]
    reader: SchedulerArgumentReader

    def of(self, index: int) -> SchedulerArgumentReader:
        """The reader of the scheduler at ``index``."""
        return replace(
            self.reader,
            total=partial(self._total, index),
            begin=partial(self._begin, index),
            is_inside=True,
        )

    def _begin(self, index: int) -> int | None:
        """The ticks before the phase at ``index``."""
        begin, total = self.reader.begin(), self.reader.total()
        if begin is None or total is None or self.row.family == "plugin":
            return None
        ticks = phase_lengths(self.row, self.arguments, total)
        if ticks is None:
            return begin
        # What is inside a gradual warm-up begins after it: its only phase ends with the run.
        before = total - ticks[0] if len(ticks) == 1 else sum(ticks[:index])
        return begin + before if index < len(ticks) else None

    def _total(self, index: int) -> int | None:
        total = self.reader.total()
        if total is None or self.row.family == "plugin":
            return None
        ticks = phase_lengths(self.row, self.arguments, total)
        return total if ticks is None or index >= len(ticks) else ticks[index]
