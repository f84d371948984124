"""What a LightningModule asks its trainer about the run, answered from the spec."""

from __future__ import annotations

import math
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lrplan.clock import Clock

KNOWN = (
    *("estimated_stepping_batches", "max_steps", "max_epochs", "num_training_batches"),
    *("accumulate_grad_batches", "current_epoch", "global_step"),
)
"""What it can be asked."""


class Trainer:
    """Stands in for Lightning's Trainer in ``configure_optimizers``; it knows how long the run is.

    As Lightning's, it has -1 for the limit that was not given, and does not know how many batches
    an epoch has before it was asked for ``estimated_stepping_batches``, which loads the data.

    Args:
        clock: the run.
    """

    def __init__(self, clock: Clock) -> None:
        settings = clock.settings
        self._clock = clock
        self.max_steps = -1 if settings.steps is None else clock.steps
        self.max_epochs = -1 if settings.epochs is None else settings.epochs
        self.num_training_batches: float = math.inf
        self.accumulate_grad_batches = clock.pace.accumulate
        self.current_epoch = 0
        self.global_step = 0

    @property
    def estimated_stepping_batches(self) -> int:
        """The number of optimizer steps; a run in steps alone answers without loading data."""
        batches = self._clock.batches_per_epoch
        if self.max_epochs != -1 and batches is not None:
            self.num_training_batches = batches
        return self._clock.steps

    def begin(self) -> None:
        """Training begins: the data is loaded."""
        batches = self._clock.batches_per_epoch
        self.num_training_batches = math.inf if batches is None else batches

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"the trainer of lrplan has no {name!r}; it knows {', '.join(KNOWN)}")


def attach(module: Any, trainer: Trainer, *, replace: bool = False) -> None:
    """Give ``module`` the trainer.

    Args:
        module: what has a ``configure_optimizers``.
        trainer: its trainer from now on.
        replace: in place of one that it has already, such as that of a training that is over.
    """
    try:
        has_one = getattr(module, "trainer", None) is not None
    except RuntimeError:  # a LightningModule without one
        has_one = False
    if replace or not has_one:
        with suppress(AttributeError, TypeError):
            module.trainer = trainer
