"""Cosine cycles with a warm-up each, between the optimizer's value and a peak."""

from __future__ import annotations

from torch.optim import Optimizer

from lrplan import curves
from lrplan.torch_objects.schedulers.base import FieldScheduler


class CosineAnnealingWarmUpRestarts(FieldScheduler):
    """Cosine cycles, each with a linear warm-up; ``curves.cosine_warmup_restarts``.

    The optimizer's lr is the floor, not the peak. The first tick moves on from ``t = 0``; the
    published class repeats it.

    Args:
        optimizer: the optimizer whose groups are driven; its values are the floors.
        T_0: ticks of the first cycle, warm-up included.
        T_mult: ratio of one cycle's length, without warm-up, to the one before it.
        eta_max: peak of the first cycle, the same for all groups.
        T_up: ticks of warm-up at the start of each cycle.
        gamma: ratio of one peak to the one before it.
        param_group_field: the field driven.
        last_epoch: the last tick done; -1: a new run.

    Raises:
        ValueError: if ``T_0``, ``T_mult`` or ``T_up`` is not an integer, ``T_0`` or ``T_mult`` is
            below 1, ``T_up`` is below 0, or ``T_up`` leaves no tick of ``T_0`` to the cosine.

    Source:
        A class that tutorials pass on under this name; the cosine is that of SGDR
        (arXiv:1608.03983).
    """

    def __init__(
        self,
        optimizer: Optimizer,
        T_0: int,
        T_mult: int = 1,
        eta_max: float = 0.1,
        T_up: int = 0,
        gamma: float = 1.0,
        param_group_field: str = "lr",
        last_epoch: int = -1,
    ) -> None:
        self.T_0 = _integer("T_0", T_0, at_least=1)
        self.T_mult = _integer("T_mult", T_mult, at_least=1)
        self.eta_max = eta_max
        self.T_up = _integer("T_up", T_up, at_least=0)
        self.gamma = gamma
        if T_up >= T_0:
            raise ValueError(f"T_up must be below T_0 ({T_0}), got {T_up}")
        super().__init__(optimizer, param_group_field, last_epoch)

    def values_at(self, tick: int) -> list[float]:
        """``curves.cosine_warmup_restarts`` at ``tick``, from the floor of each group."""
        return [self._value_at(tick, base) for base in self.base_values]

    def _value_at(self, tick: int, base: float) -> float:
        value = curves.cosine_warmup_restarts(
            tick,
            base,
            self.eta_max,
            self.T_0,
            mult=self.T_mult,
            warmup=self.T_up,
            gamma=self.gamma,
        )
        return float(value)


def _integer(name: str, value: int, *, at_least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < at_least:
        raise ValueError(f"{name} must be an integer of at least {at_least}, got {value!r}")
    return value
