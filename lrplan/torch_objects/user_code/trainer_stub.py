"""A replacement for Lightning's Trainer, from which a module reads the length of the run."""

from __future__ import annotations

import math
from contextlib import suppress
from typing import Any

from lrplan.clock import Clock

ATTRIBUTES = (
    *("estimated_stepping_batches", "max_steps", "max_epochs", "num_training_batches"),
    *("accumulate_grad_batches", "current_epoch", "global_step"),
)
"""The attributes of Lightning's Trainer that the replacement has."""


class Trainer:
    """Replaces Lightning's Trainer in ``configure_optimizers``; it knows the run's length.

    Like Lightning's, it has -1 for a limit that is not set, and does not know the number of batches
    of an epoch before ``estimated_stepping_batches`` is read, which loads the data.

    Args:
        clock: the run.
    """

    def __init__(self, clock: Clock) -> None:
        settings = clock.settings
        self._clock = clock
        self.max_steps = -1 if settings.steps is None else clock.steps
        self.max_epochs = -1 if settings.epochs is None else settings.epochs
        self.num_training_batches: float = math.inf
        self.accumulate_grad_batches = clock.batching.accumulate
        self.current_epoch = 0
        self.global_step = 0

    @property
    def estimated_stepping_batches(self) -> int:
        """The number of optimizer steps of the run; for a run in steps alone, no data is loaded."""
        batches = self._clock.batches_per_epoch
        if self.max_epochs != -1 and batches is not None:
            self.num_training_batches = batches
        return self._clock.steps

    def begin(self) -> None:
        """Begin training: the data is loaded, so the number of batches is known."""
        batches = self._clock.batches_per_epoch
        self.num_training_batches = math.inf if batches is None else batches

    def __getattr__(self, name: str) -> Any:
        # Called only for attributes not set above: an error is better than a curve from an invented
        # value.
        raise AttributeError(
            f"the trainer of lrplan has no {name!r}; it has {', '.join(ATTRIBUTES)}"
        )


def attach(module: Any, trainer: Trainer, *, replace: bool = False) -> None:
    """Set ``module.trainer`` to ``trainer``.

    Args:
        module: the object that has a ``configure_optimizers``.
        trainer: its trainer from now on.
        replace: replace a trainer that it has already, such as that of an earlier training.
    """
    try:
        has_one = getattr(module, "trainer", None) is not None
    except RuntimeError:  # a LightningModule without one
        has_one = False
    if replace or not has_one:
        with suppress(AttributeError, TypeError):
            module.trainer = trainer
