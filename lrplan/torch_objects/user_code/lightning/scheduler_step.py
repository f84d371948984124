"""A scheduler that is ticked with the trainer's counts set as Lightning's loop would set them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lrplan.clock import Cadence, Clock
from lrplan.torch_objects.user_code.trainer_stub import Trainer


class CountedScheduler:
    """Keeps the trainer's counts of steps and epochs, which hooks and lambdas may read.

    Args:
        scheduler: what is ticked.
        trainer: the module's trainer.
        hook: the module's own ``lr_scheduler_step``; None where it does what Lightning's does.
    """

    def __init__(
        self, scheduler: Any, trainer: Trainer, hook: Callable[[Any, Any], object] | None
    ) -> None:
        self._scheduler = scheduler
        self._hook = hook
        self._trainer = trainer
        self._calls = 0
        self._steps_done = np.zeros(0, np.int64)
        self._epochs: Any = None
        if hasattr(scheduler, "get_lr"):
            self.get_lr = scheduler.get_lr

    def follow(self, clock: Clock, cadence: Cadence) -> None:
        """Take the steps of its ticks from ``clock``."""
        # Example: a tick after every 2 of 4 steps has the calls 0 0 1 1 2 before each step and at
        # the end. Their differences, 0 1 0 1, repeat the steps 1 to 4 to [2, 4]: the first tick
        # comes when 2 steps are done, the second when 4 are.
        per_step = np.diff(clock.calls_before(cadence))
        self._steps_done = np.repeat(np.arange(1, len(per_step) + 1), per_step)
        self._epochs = clock.epoch_of_step()

    def step(self, metric: float | None = None) -> None:
        """Tick once; a plateau scheduler is given its metric."""
        done = int(self._steps_done[self._calls])
        self._calls += 1
        self._trainer.global_step = done
        if self._epochs is not None:
            self._trainer.current_epoch = int(self._epochs[done - 1])
        if self._hook is not None:
            self._hook(self._scheduler, metric)
        elif metric is None:
            self._scheduler.step()
        else:
            self._scheduler.step(metric)
