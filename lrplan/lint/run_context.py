"""The input of a rule about runs: what was observed, and the counts that rules share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from lrplan.catalog import Role, SchedulerRow, row_of_class
from lrplan.events import Event, EventKind, Location
from lrplan.lint.run_facts import (
    RunCadence,
    RunFacts,
    TickFacts,
    cadence,
    count_of_most_epochs,
    facts_of_events,
)
from lrplan.observation import Observation, ObservedOptimizer, ObservedScheduler

_LARGEST_TEAM = 50


@dataclass(frozen=True)
class RunContext:
    """An observed run as a rule sees it."""

    observation: Observation
    memo: dict[object, object] = field(default_factory=dict, compare=False, repr=False)
    """Facts that one rule has computed, for the others."""

    @cached_property
    def facts(self) -> RunFacts:
        """The counts of the run."""
        schedulers = self.observation.schedulers
        optimizer_of = {each.index: each.optimizer for each in schedulers}
        return facts_of_events(self.observation.events, optimizer_of)

    def events(self, *kinds: EventKind) -> Iterator[Event]:
        """The events of these kinds, in order."""
        return (event for event in self.observation.events if event.kind in kinds)

    def row(self, scheduler: ObservedScheduler) -> SchedulerRow | None:
        """The row of the catalogue; None for a class that lrplan does not know."""
        return row_of_class(scheduler.type, scheduler.module)

    def ticks(self, scheduler: ObservedScheduler) -> TickFacts | None:
        """The counts of the program's steps of it; None: never, so far as is known."""
        return self.facts.ticks.get(scheduler.index)

    def cadence(self, scheduler: ObservedScheduler) -> RunCadence | None:
        """The cadence at which the program steps it; None where that is not clear."""
        return cadence(self.facts, scheduler.index)

    def steps_per_epoch(self, optimizer: int | None = None) -> int:
        """The steps of most epochs; 0 where that is not known.

        Args:
            optimizer: whose steps; None: of the optimizer that steps most.
        """
        return (
            0 if self._is_cut_short else count_of_most_epochs(self.facts.steps_in_epochs(optimizer))
        )

    @property
    def batches_per_epoch(self) -> int:
        """The batches of an epoch; 0 where that is not known."""
        known = self.observation.batches_per_epoch
        if known is not None and known.value:
            return known.value
        return self.facts.batches_per_epoch if self.recorded and not self._is_cut_short else 0

    @property
    def _is_cut_short(self) -> bool:
        """True if the run was ended inside of its first epoch, or may have been."""
        if not self.recorded or self.finished or len(self.facts.steps_by_epoch) != 1:
            return False
        known = self.observation.batches_per_epoch
        return known is None or self.facts.batches_by_epoch[0] < known.value

    def number(self, scheduler: ObservedScheduler, name: str) -> float | None:
        """A numeric argument of ``scheduler``, or its default; None when it is not known."""
        if name in scheduler.unknown:
            return None
        row = self.row(scheduler)
        argument = None if row is None else row.argument(name)
        value = scheduler.arguments.get(name, None if argument is None else argument.default)
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return value if is_number else None  # type: ignore[return-value]

    @cached_property
    def tops(self) -> list[ObservedScheduler]:
        """The schedulers that no other one steps."""
        return [each for each in self.observation.schedulers if each.parent is None]

    @cached_property
    def driven(self) -> frozenset[int | None]:
        """The indices of the optimizers of which some scheduler ticks."""
        return frozenset(each.optimizer for each in self.tops if self.ticks(each) is not None)

    @cached_property
    def schedulers_by_optimizer(self) -> list[list[ObservedScheduler]]:
        """The outermost schedulers that tick, by the optimizer they drive; the first of many."""
        # A script that makes a scheduler at every step has thousands, and rules compare pairs.
        teams: dict[int, list[ObservedScheduler]] = {}
        for each in self.tops:
            if each.optimizer is not None and self.ticks(each) is not None:
                team = teams.setdefault(each.optimizer, [])
                if len(team) < _LARGEST_TEAM:
                    team.append(each)
        return list(teams.values())

    @property
    def recorded(self) -> bool:
        """Return True if the run took place: its numbers are its own."""
        return self.observation.evidence == "recording"

    @property
    def finished(self) -> bool:
        """Return True if the run took place and ended by itself."""
        return self.recorded and self.observation.ending == "finished"

    def optimizer(self, index: int | None) -> ObservedOptimizer | None:
        """The optimizer at ``index``, if it is known."""
        optimizers = self.observation.optimizers
        return next((each for each in optimizers if each.index == index), None)

    def is_given_argument(self, scheduler: ObservedScheduler) -> bool:
        """Return True if its ticks are given an epoch or a metric."""
        ticks = self.ticks(scheduler)
        return ticks is not None and len(ticks.values) > 0

    def top(self, index: int) -> int:
        """The index of the outermost scheduler around the one at ``index``."""
        # At most one round per scheduler, so that the loop also ends if parents form a circle.
        by_index = {each.index: each.parent for each in self.observation.schedulers}
        for _ in by_index:
            parent = by_index.get(index)
            if parent is None:
                break
            index = parent
        return index

    def role_name(self, scheduler: ObservedScheduler, *roles: Role) -> str:
        """The name of its first argument with one of ``roles``; empty when none has."""
        row = self.row(scheduler)
        return "" if row is None else row.name_of(*roles)

    def location(self, scheduler: ObservedScheduler) -> Location:
        """The line that makes it; the script where that is not known."""
        return scheduler.location or Location(file=self.observation.file)
