"""DeepSpeed's schedulers, ticked as its engine ticks them: after every optimizer step.

The engine skips the tick after a step whose gradients overflowed; a plan has no such step.
"""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from functools import partial
from typing import Any, Final

from torch.optim import Optimizer

from lrplan.torch_objects.adapters import import_optional, package_or_formulas
from lrplan.torch_objects.formulas import deepspeed as formulas

_REPEATED_MESSAGE = "Attempting to get learning rate from scheduler before it has started"


class DeepSpeedScheduler:
    """A scheduler of ``deepspeed.runtime.lr_schedules``.

    What it logs while it is built becomes warnings.

    Args:
        name: its class.
        optimizer: the optimizer to drive.
        arguments: those of the class.

    Raises:
        ValueError: DeepSpeed refuses the arguments.
    """

    def __init__(self, name: str, optimizer: Optimizer, **arguments: object) -> None:
        self._module = package_or_formulas(schedules, formulas, f"deepspeed:{name}")
        with _logs_as_warnings(self._module.logger):
            self.scheduler = getattr(self._module, name)(optimizer, **arguments)
        self.step = self.scheduler.step
        self.state_dict = self.scheduler.state_dict
        self.load_state_dict = self.scheduler.load_state_dict

    def get_lr(self) -> list[float]:
        """The lr of each group at the last tick."""
        with _logs_as_warnings(self._module.logger):
            lrs: list[float] = self.scheduler.get_lr()
        return lrs


def schedules() -> Any:
    """DeepSpeed's module of schedulers.

    On import DeepSpeed logs the accelerator that it found, and attaches its log to standard output,
    which is for lrplan's results.
    """
    previous_level = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with redirect_stdout(sys.stderr):
            return import_optional("deepspeed.runtime.lr_schedules")
    finally:
        logging.disable(previous_level)


@contextmanager
def _logs_as_warnings(logger: logging.Logger) -> Iterator[None]:
    # DeepSpeed's schedulers log, where torch's warn. As warnings they reach the trace's list of
    # warnings; for the time being the logger has this handler alone.
    handlers = logger.handlers
    logger.handlers = [_Warner()]
    try:
        yield
    finally:
        logger.handlers = handlers


class _Warner(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if text != _REPEATED_MESSAGE:
            warnings.warn(text, stacklevel=2)


WarmupLR: Final = partial(DeepSpeedScheduler, "WarmupLR")
WarmupDecayLR: Final = partial(DeepSpeedScheduler, "WarmupDecayLR")
WarmupCosineLR: Final = partial(DeepSpeedScheduler, "WarmupCosineLR")
OneCycle: Final = partial(DeepSpeedScheduler, "OneCycle")
LRRangeTest: Final = partial(DeepSpeedScheduler, "LRRangeTest")
