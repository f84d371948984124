"""torch's cosines with a floor for each parameter group, where torch has one for all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

from torch.optim import Optimizer
from torch.optim.lr_scheduler import CosineAnnealingLR, CosineAnnealingWarmRestarts

from lrplan.torch_objects.schedulers.base import per_group


class CosineAnnealingPerGroup(CosineAnnealingLR):
    """``CosineAnnealingLR`` with an ``eta_min`` for each group.

    Args:
        optimizer: the optimizer whose groups are driven.
        T_max: the tick that reaches the floors.
        eta_min: the floor of each group.
        last_epoch: the last tick done; -1: a new run.

    Raises:
        ValueError: there are more or fewer floors than groups.
    """

    def __init__(
        self, optimizer: Optimizer, T_max: int, eta_min: Sequence[float], last_epoch: int = -1
    ) -> None:
        self.eta_mins = per_group("eta_min", eta_min, len(optimizer.param_groups))
        super().__init__(optimizer, T_max, self.eta_mins[0], last_epoch)

    def get_lr(self) -> list[Any]:
        """The lr of each group, as ``CosineAnnealingLR`` has it with the floor of that group."""
        return _one_by_one(self, super().get_lr)

    def _get_closed_form_lr(self) -> list[Any]:
        return _one_by_one(self, super()._get_closed_form_lr)


class WarmRestartsPerGroup(CosineAnnealingWarmRestarts):
    """``CosineAnnealingWarmRestarts`` with an ``eta_min`` for each group.

    Args:
        optimizer: the optimizer whose groups are driven.
        T_0: ticks of the first cycle.
        T_mult: ratio of the length of a cycle to the one before it.
        eta_min: the floor of each group.
        last_epoch: the last tick done; -1: a new run.

    Raises:
        ValueError: there are more or fewer floors than groups.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        T_0: int,
        T_mult: int = 1,
        eta_min: Sequence[float] = (),
        last_epoch: int = -1,
    ) -> None:
        self.eta_mins = per_group("eta_min", eta_min, len(optimizer.param_groups))
        super().__init__(optimizer, T_0, T_mult, self.eta_mins[0], last_epoch)

    def get_lr(self) -> list[Any]:
        """The lr of each group, as torch's class has it with the floor of that group."""
        return _one_by_one(self, super().get_lr)


def _one_by_one(
    scheduler: CosineAnnealingPerGroup | WarmRestartsPerGroup, method: Callable[[], list[Any]]
) -> list[Any]:
    """The values of torch's ``method`` for each group by itself, with its own floor."""
    # torch's formulas read `eta_min`, `base_lrs` and the groups of the optimizer. They are shown
    # one group at a time, so that its formulas stay torch's own, recursion and special cases
    # included, in every release.
    seen: Any = scheduler
    optimizer, base_lrs, floor = seen.optimizer, seen.base_lrs, seen.eta_min
    lrs: list[Any] = []
    try:
        groups = zip(optimizer.param_groups, base_lrs, seen.eta_mins, strict=True)
        for group, base, seen.eta_min in groups:
            seen.optimizer, seen.base_lrs = SimpleNamespace(param_groups=[group]), [base]
            lrs += method()
    finally:
        seen.optimizer, seen.base_lrs, seen.eta_min = optimizer, base_lrs, floor
    return lrs
