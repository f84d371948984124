"""The plateaus of an observed run, with the metrics that they were given."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass

from lrplan.lint import RunContext
from lrplan.lint.run_facts import TickFacts
from lrplan.observation import ObservedScheduler


@dataclass(frozen=True, slots=True)
class ObservedPlateau:
    """A scheduler that reads a metric.

    Args:
        scheduler: it.
        ticks: how it was stepped.
        mode: ``min`` or ``max``; empty where that is not known.
    """

    scheduler: ObservedScheduler
    ticks: TickFacts
    mode: str

    @property
    def metrics(self) -> array[float]:
        """The values that it was given; those of training source are not known."""
        return self.ticks.values


def observed_plateaus(context: RunContext) -> Iterator[ObservedPlateau]:
    """The plateaus that are stepped."""
    for scheduler in context.tops:
        row, ticks = context.row(scheduler), context.ticks(scheduler)
        if row is not None and row.reads_metric and ticks is not None:
            name = row.name_of("mode")
            argument = row.argument(name)
            default = "" if argument is None else argument.default
            known = name not in scheduler.unknown
            mode = str(scheduler.arguments.get(name, default)) if known else ""
            yield ObservedPlateau(scheduler, ticks, mode)
