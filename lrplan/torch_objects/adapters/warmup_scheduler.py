"""``GradualWarmupScheduler`` of PyPI ``warmup-scheduler``, ticked after each epoch or step.

Its ``step()`` is called without an epoch number, as schedulers of torch are. The package hands
over to the after-scheduler one tick late and at an lr of its own; all of that is kept.
"""

from __future__ import annotations

from typing import Any

from torch.optim import Optimizer
from torch.optim.lr_scheduler import ReduceLROnPlateau

from lrplan.torch_objects.adapters import import_optional


def gradual_warmup(
    optimizer: Optimizer,
    multiplier: float,
    total_epoch: int,
    after_scheduler: Any = None,
) -> Any:
    """The package's own scheduler; with a plateau inside, one whose ``step()`` takes the metric.

    Args:
        optimizer: the optimizer to drive.
        multiplier: ratio of the lr after the warm-up to base.
        total_epoch: ticks of the warm-up.
        after_scheduler: the scheduler that follows.

    Raises:
        MissingExtraError: warmup-scheduler is not installed.
        ValueError: ``multiplier`` is below 1.
    """
    package = import_optional("warmup_scheduler", "warmup-scheduler")
    scheduler = package.GradualWarmupScheduler(
        optimizer, multiplier, total_epoch, after_scheduler=after_scheduler
    )
    return adapt(scheduler)


def adapt(scheduler: Any) -> Any:
    """The object that a training loop ticks: the scheduler, or a wrapper that takes a metric."""
    is_plateau = isinstance(scheduler.after_scheduler, ReduceLROnPlateau)
    return _WithMetric(scheduler) if is_plateau else scheduler


class _WithMetric:
    """Passes the metric on by name: the package's ``step()`` takes an epoch number first."""

    def __init__(self, scheduler: Any) -> None:
        self.scheduler = scheduler
        self.get_lr = scheduler.get_lr
        self.state_dict = scheduler.state_dict
        self.load_state_dict = scheduler.load_state_dict

    def step(self, metrics: float | None = None) -> None:
        """Tick once; a plateau inside is given ``metrics``."""
        self.scheduler.step(metrics=metrics)
