"""The base classes of lrplan's own schedulers, which drive any field by torch's protocol."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from lrplan import curves
from lrplan.catalog import SchedulerRow
from lrplan.torch_objects.schedulers.group_field import initial_values, write_field


class FieldScheduler(LRScheduler, ABC):
    """Schedule any number in a parameter group, as a function of the tick.

    A subclass sets its own attributes, calls ``super().__init__`` and gives ``values_at``. It then
    works wherever a scheduler of torch does (``SequentialLR`` and ``ChainedScheduler`` included),
    by either protocol: ``step()`` counts by itself, ``step_update(n)`` gets the count. A
    scheduler of another field than lr never changes the lr, so it can share an optimizer with one
    that does.

    Args:
        optimizer: the optimizer whose groups are driven.
        param_group_field: ``lr``, ``weight_decay``, ``momentum``, ``betas[0]``, ``eps``, ... :
            any key of a group that holds a number, or ``key[i]``.
        last_epoch: the last tick done; -1: a new run.

    Raises:
        ValueError: if a group has no such field, or it is not a number.
        KeyError: if ``last_epoch`` is not -1 and a group has no ``initial_<field>``.

    Source:
        The idea of two bases for any field is pytorch-accelerated's.
    """

    def __init__(
        self, optimizer: Optimizer, param_group_field: str = "lr", last_epoch: int = -1
    ) -> None:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")
        self.param_group_field = param_group_field
        if param_group_field != "lr":
            groups = optimizer.param_groups
            self._base_values = initial_values(groups, param_group_field, resuming=last_epoch != -1)
        super().__init__(optimizer, last_epoch)

    @property
    def base_values(self) -> list[float]:
        """The initial value of the field in each group; for ``lr``, torch's ``base_lrs``."""
        if self.param_group_field == "lr":
            return [float(base) for base in self.base_lrs]
        return list(self._base_values)

    @abstractmethod
    def values_at(self, tick: int) -> Sequence[float] | None:
        """The value of the field for each group at ``tick`` (from 0); None changes nothing."""

    def get_lr(self) -> list[float | Tensor]:
        """The lr of each group at the current tick; unchanged if another field is driven."""
        # torch's step() writes into `lr` whatever get_lr() returns. A scheduler of another field
        # returns the lrs that are there, so that they stay, and writes its own field afterwards.
        values = self.values_at(self.last_epoch) if self.param_group_field == "lr" else None
        return current_lrs(self.optimizer) if values is None else list(values)

    def step(self, epoch: int | None = None) -> None:
        """Tick once, after the ``step()`` of the optimizer.

        Args:
            epoch: deprecated by torch; a tick to go to.
        """
        super().step(epoch)
        self._write_field()

    def step_update(self, num_updates: int) -> None:
        """Go to tick ``num_updates``: the count is the caller's.

        Args:
            num_updates: how many times the optimizer has stepped.
        """
        # torch's step() adds 1 to last_epoch and then writes the values of that tick.
        self.last_epoch = num_updates - 1
        self.step()

    def _update_lr(self, epoch: int | None = None) -> None:
        super()._update_lr(epoch)
        if epoch is not None:
            # SequentialLR enters a phase here, without a step() (pytorch/pytorch#149392).
            self._write_field()

    def _write_field(self) -> None:
        if self.param_group_field == "lr":
            return  # torch has written it, from get_lr()
        values = self.values_at(self.last_epoch)
        if values is None:
            return
        for group, value in zip(self.optimizer.param_groups, values, strict=True):
            write_field(group, self.param_group_field, value)


class FactorScheduler(FieldScheduler):
    """A field scheduler with one factor of the tick for all groups: the curve of its ``row``.

    A subclass keeps each argument under its own name. With ``warmup_steps=100``, the factor of
    ``WarmupConstantSchedule`` at tick 5 is ``curves.linear_warmup(5, warmup=100)``.
    """

    row: ClassVar[SchedulerRow]
    """Its row in the catalogue, which has a ``formula``."""

    def factor_at(self, tick: int) -> float:
        """The ratio of the value at ``tick`` (from 0) to the initial one."""
        formula = self.row.formula
        if formula is None:
            raise TypeError(f"the row of {self.row.name} names no curve")
        arguments = {
            parameter: getattr(self, name) for name, parameter in formula.parameters.items()
        }
        return float(getattr(curves, formula.curve)(tick, **arguments))

    def values_at(self, tick: int) -> list[float]:
        """The initial value times the factor, for each group."""
        factor = self.factor_at(tick)
        return [base * factor for base in self.base_values]


def current_lrs(optimizer: Optimizer) -> list[float | Tensor]:
    """The lr of each group now; tensors are copies."""
    lrs = [group["lr"] for group in optimizer.param_groups]
    return [lr.clone() if isinstance(lr, Tensor) else lr for lr in lrs]


def per_group(name: str, value: float | Sequence[float], count: int) -> list[float]:
    """A list of ``count`` values, one for each group, from one for all or one for each.

    Raises:
        ValueError: if there are more or fewer values than groups.
    """
    if isinstance(value, int | float):
        return [float(value)] * count
    if len(value) != count:
        raise ValueError(f"{name} has {len(value)} values for {count} parameter groups")
    return [float(each) for each in value]
