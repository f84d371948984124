"""What a LightningModule asks its trainer about the run, answered from the spec."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lrplan.clock import Clock


class Trainer:
    """Stands in for Lightning's Trainer in ``configure_optimizers``; it knows how long the run is.

    Args:
        clock: the run.
    """

    def __init__(self, clock: Clock) -> None:
        self.estimated_stepping_batches = clock.steps
        self.max_steps = clock.steps
        self.max_epochs = clock.epochs
        self.num_training_batches = clock.batches_per_epoch
        self.accumulate_grad_batches = clock.pace.accumulate
        self.current_epoch = 0
        self.global_step = 0

    def __getattr__(self, name: str) -> Any:
        known = ", ".join(vars(self))
        raise AttributeError(f"the trainer of lrplan has no {name!r}; it knows {known}")


def attach(module: Any, trainer: Trainer) -> None:
    """Give ``module`` the trainer unless it has one."""
    try:
        has_one = getattr(module, "trainer", None) is not None
    except RuntimeError:  # a LightningModule without one
        has_one = False
    if not has_one:
        with suppress(AttributeError, TypeError):
            module.trainer = trainer
