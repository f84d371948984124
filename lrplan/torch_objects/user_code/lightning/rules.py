"""Lightning's rules for the schedulers of one module: what it refuses, and what ticks them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lrplan.clock import Clock
from lrplan.torch_objects.user_code.lightning.attributes_read_at_ticks import late_reads
from lrplan.torch_objects.user_code.lightning.configuration import (
    ConfigurationError,
    check_configuration,
)
from lrplan.torch_objects.user_code.lightning.hooks import Hooks
from lrplan.torch_objects.user_code.lightning.scheduler_step import CountedScheduler
from lrplan.torch_objects.user_code.lightning.unsupported_hook import UnsupportedHook
from lrplan.torch_objects.user_code.trainer_stub import Trainer


class LightningRules:
    """Lightning's rules for one live module.

    Args:
        module: the module, its optimizers and schedulers made.
        trainer: the stub of its trainer.
        clock: the run.
    """

    def __init__(self, module: Any, trainer: Trainer, clock: Clock) -> None:
        self.module = module
        self._trainer = trainer
        self._clock = clock
        self._hooks = Hooks(module)

    def refusals(self, held: object) -> Iterator[UnsupportedHook]:
        """Yield the reasons not to simulate; ``held`` is what ``configure_optimizers`` returned."""
        refusals = [*self._hooks.refusals(), *late_reads(self.module)]
        yield from refusals
        if not refusals:
            try:
                check_configuration(held, ticks_itself=self._hooks.ticks_itself)
            except ConfigurationError as error:
                yield UnsupportedHook(str(error), fix=error.fix)

    def object_to_tick(
        self, scheduler: Any, *, has_metric: bool
    ) -> CountedScheduler | UnsupportedHook:
        """The object to tick for ``scheduler``, which may call the module's own hook."""
        has_epochs = self._clock.epoch_of_step() is not None
        own = self._hooks.scheduler_step(has_metric=has_metric, has_epochs=has_epochs)
        if isinstance(own, UnsupportedHook):
            return own
        hook = self.module.lr_scheduler_step if own else None
        return CountedScheduler(scheduler, self._trainer, hook)
