"""The optimizers, schedulers and loaders of a run while it is observed."""

from __future__ import annotations

import weakref
from typing import Any

from lrplan.observe.group_values import GroupValues
from lrplan.observe.recording_limits import RecordingLimits
from lrplan.recordings.model import RecordedLoader, RecordedOptimizer, RecordedScheduler


class ObservedObject:
    """An optimizer, scheduler or loader of the run: a weak reference and its number.

    The number is ``NOWHERE`` for one of those beyond the limit, of which nothing is recorded.
    """

    def __init__(self, target: Any, index: int) -> None:
        self.index = index
        self.reference = weakref.ref(target)

    @property
    def target(self) -> Any:
        """The object itself; None when it is gone."""
        return self.reference()


class LiveOptimizer(ObservedObject):
    """An optimizer while it is observed.

    Args:
        target: the optimizer.
        index: its number.
        recorded: what is known of it.
        limits: the limits of the recording.
    """

    def __init__(
        self, target: Any, index: int, recorded: RecordedOptimizer, limits: RecordingLimits
    ) -> None:
        super().__init__(target, index)
        self.recorded = recorded
        self.values = GroupValues(recorded, limits)
        self.lrs: list[float] = []
        """The learning rates after the last event that changed or applied them."""
        self.schedulers = 0
        """How many schedulers drive it."""
        self.is_hand_written = False
        """The program has set a learning rate since the last tick of a scheduler."""


class ObservedScheduler(ObservedObject):
    """A scheduler while it is observed."""

    def __init__(self, target: Any, index: int, recorded: RecordedScheduler) -> None:
        super().__init__(target, index)
        self.recorded = recorded
        self.optimizer: LiveOptimizer | None = None


class LiveLoader(ObservedObject):
    """A data loader while it is observed."""

    def __init__(self, target: Any, index: int, recorded: RecordedLoader) -> None:
        super().__init__(target, index)
        self.recorded = recorded
