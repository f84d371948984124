"""The classes of ``deepspeed.runtime.lr_schedules``, with lrplan's formulas."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from torch.optim import Optimizer

from lrplan.curves.packages.deepspeed import FORMULAS, one_cycle_momentum
from lrplan.torch_objects.schedulers import write_field

logger = logging.getLogger(__name__)
_SECOND_BETA = 0.99
"""What ``OneCycle`` makes the second beta, whatever it was."""


class FormulaScheduler:
    """A scheduler of DeepSpeed: it sets the lr of each group, and ``OneCycle`` betas, too.

    Args:
        name: its class.
        optimizer: the optimizer to drive.
        arguments: those of the class; a list has one value for each group.
    """

    def __init__(self, name: str, optimizer: Optimizer, **arguments: Any) -> None:
        self.optimizer = optimizer
        self._formula = FORMULAS[name]
        self._bases = [float(group["lr"]) for group in optimizer.param_groups]
        self._arguments = [_of_group(arguments, index) for index in range(len(self._bases))]
        self._cycles_momentum = name == "OneCycle" and self._may_cycle_momentum(arguments)
        total, warmup = arguments.get("total_num_steps"), arguments.get("warmup_num_steps", 1000)
        if total is not None and total < max(2, warmup):
            logger.warning("total_num_steps %s is less than warmup_num_steps %s", total, warmup)
        self._ticks = 0
        self._set()

    def step(self) -> None:
        """Tick once, after an update of the optimizer."""
        self._ticks += 1
        self._set()

    def get_lr(self) -> list[float]:
        """The lr of each group at the last tick."""
        pairs = zip(self._bases, self._arguments, strict=True)
        return [float(self._formula(self._ticks, base, **own)) for base, own in pairs]

    def state_dict(self) -> dict[str, int]:
        """The count of ticks, as DeepSpeed keeps it."""
        return {"last_batch_iteration": self._ticks - 1}

    def load_state_dict(self, state: Mapping[str, int]) -> None:
        """Continue from what ``state_dict`` returned."""
        self._ticks = state["last_batch_iteration"] + 1

    def _may_cycle_momentum(self, arguments: Mapping[str, Any]) -> bool:
        if not arguments.get("cycle_momentum", True):
            return False
        if "betas" not in self.optimizer.defaults:
            kind = type(self.optimizer).__name__
            logger.warning("cycle_momentum is disabled because optimizer %s has no betas", kind)
            return False
        return True

    def _set(self) -> None:
        groups = self.optimizer.param_groups
        for group, lr, own in zip(groups, self.get_lr(), self._arguments, strict=True):
            write_field(group, "lr", lr)
            if self._cycles_momentum:
                momentum = float(one_cycle_momentum(self._ticks, **own))
                group["betas"] = (momentum, _SECOND_BETA)


def _of_group(arguments: Mapping[str, Any], index: int) -> dict[str, Any]:
    return {
        name: value[index] if isinstance(value, (list, tuple)) else value
        for name, value in arguments.items()
    }


WarmupLR: Final = partial(FormulaScheduler, "WarmupLR")
WarmupDecayLR: Final = partial(FormulaScheduler, "WarmupDecayLR")
WarmupCosineLR: Final = partial(FormulaScheduler, "WarmupCosineLR")
OneCycle: Final = partial(FormulaScheduler, "OneCycle")
LRRangeTest: Final = partial(FormulaScheduler, "LRRangeTest")
