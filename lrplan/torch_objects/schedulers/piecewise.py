"""Schedulers of any field that follow a list of levels, or of points."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

from torch.optim import Optimizer

from lrplan import curves
from lrplan.torch_objects.schedulers.base import FieldScheduler

Points = Sequence[tuple[float, float]]


class _Piecewise(FieldScheduler):
    """A curve that is the value itself, or a factor on the initial value of each group."""

    is_factor: bool

    def values_at(self, tick: int) -> list[float]:
        """The curve at ``tick``: the same for all groups, or times the initial value of each."""
        value = self._curve_at(tick)
        return [base * value if self.is_factor else value for base in self.base_values]

    @abstractmethod
    def _curve_at(self, tick: int) -> float: ...


class PiecewiseConstant(_Piecewise):
    """One level after the other, changing at the milestones; ``curves.piecewise_constant``.

    Args:
        optimizer: the optimizer whose groups are driven.
        milestones: ticks from which the next level holds, in order.
        values: the levels, one more than milestones, the same for all groups.
        factors: the levels as factors on the initial value of each group, in place of values.
        param_group_field: the field driven.
        last_epoch: the last tick done; -1: a new run.

    Raises:
        ValueError: if both levels or none are given, their number is wrong, or milestones are out
            of order.

    Source:
        ``PiecewiseConstantDecay`` of Keras; the factors, ``piecewise_constant`` of diffusers.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        milestones: Sequence[int],
        values: Sequence[float] | None = None,
        factors: Sequence[float] | None = None,
        param_group_field: str = "lr",
        last_epoch: int = -1,
    ) -> None:
        self.milestones = list(milestones)
        self.is_factor, levels = _one_of(values=values, factors=factors)
        self.levels = list(levels)
        super().__init__(optimizer, param_group_field, last_epoch)

    def _curve_at(self, tick: int) -> float:
        return float(curves.piecewise_constant(tick, self.milestones, self.levels))


class PiecewiseLinear(_Piecewise):
    """Straight lines from point to point; ``curves.piecewise_linear``.

    Args:
        optimizer: the optimizer whose groups are driven.
        points: pairs of a tick and the value there, the same for all groups.
        factors: pairs of a tick and a factor on the initial value of each group, in place of
            points.
        param_group_field: the field driven.
        last_epoch: the last tick done; -1: a new run.

    Raises:
        ValueError: if both lists or none are given, or their ticks do not increase.

    Source:
        ``PiecewiseLinear`` of pytorch-ignite.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        points: Points | None = None,
        factors: Points | None = None,
        param_group_field: str = "lr",
        last_epoch: int = -1,
    ) -> None:
        self.is_factor, levels = _one_of(points=points, factors=factors)
        self.points = [(tick, value) for tick, value in levels]
        super().__init__(optimizer, param_group_field, last_epoch)

    def _curve_at(self, tick: int) -> float:
        return float(curves.piecewise_linear(tick, self.points))


def _one_of(**given: Sequence[Any] | None) -> tuple[bool, Sequence[Any]]:
    """A pair: True if the given levels are factors, and the levels.

    Raises:
        ValueError: both kinds are given, or none.
    """
    present = {name: levels for name, levels in given.items() if levels is not None}
    if len(present) != 1:
        raise ValueError(f"give either {' or '.join(given)}")
    ((name, levels),) = present.items()
    return name == "factors", levels
