"""Schedulers of any field that go to an end value, or multiply by a function of the tick."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Any

from torch.optim import Optimizer

from lrplan import curves
from lrplan.torch_objects.schedulers.base import FieldScheduler, per_group


class _Ramp(FieldScheduler):
    """A curve from a start value to an end value for each group; a subclass gives the curve."""

    def __init__(
        self,
        optimizer: Optimizer,
        param_group_field: str,
        end_value: float | Sequence[float],
        total_steps: int,
        start_value: float | Sequence[float] | None = None,
        last_epoch: int = -1,
    ) -> None:
        count = len(optimizer.param_groups)
        self.end_values = per_group("end_value", end_value, count)
        self.start_values = (
            None if start_value is None else per_group("start_value", start_value, count)
        )
        self.total_steps = total_steps
        super().__init__(optimizer, param_group_field, last_epoch)

    def values_at(self, tick: int) -> list[float]:
        """The curve at ``tick``, between the two values of each group."""
        starts = self.base_values if self.start_values is None else self.start_values
        return [
            self._value_at(tick, start, end)
            for start, end in zip(starts, self.end_values, strict=True)
        ]

    @abstractmethod
    def _value_at(self, tick: int, start: float, end: float) -> float: ...


class LinearParamScheduler(_Ramp):
    """A straight line to an end value, which then holds; ``curves.linear``.

    Args:
        optimizer: the optimizer whose groups are driven.
        param_group_field: the field driven.
        end_value: value from tick ``total_steps`` on; one, or one per group.
        total_steps: ticks from start to end.
        start_value: value at tick 0; one, or one per group; None is the group's own.
        last_epoch: the last tick done; -1: a new run.

    Raises:
        ValueError: if ``total_steps`` is below 1, or a list has not one value per group.

    Source:
        The momentum of Ultralytics YOLOv5 in its warm-up, 0.8 to 0.937.
    """

    def _value_at(self, tick: int, start: float, end: float) -> float:
        return float(curves.linear(tick, start, end, self.total_steps))


class CosineParamScheduler(_Ramp):
    """Half a cosine to an end value, which then holds; ``curves.cosine``.

    Args:
        optimizer: the optimizer whose groups are driven.
        param_group_field: the field driven.
        end_value: value from tick ``total_steps`` on; one, or one per group.
        total_steps: ticks from start to end.
        start_value: value at tick 0; one, or one per group; None is the group's own.
        last_epoch: the last tick done; -1: a new run.

    Raises:
        ValueError: if ``total_steps`` is below 1, or a list has not one value per group.

    Source:
        The weight decay of DINO (arXiv:2104.14294), 0.04 to 0.4.
    """

    def _value_at(self, tick: int, start: float, end: float) -> float:
        return float(curves.cosine(tick, start, end, self.total_steps))


class LambdaParamScheduler(FieldScheduler):
    """The initial value times a function of the tick: torch's ``LambdaLR`` for any field.

    Args:
        optimizer: the optimizer whose groups are driven.
        param_group_field: the field driven.
        param_lambda: a factor as a function of the tick; one, or one per group. As in
            ``LambdaLR``, ``state_dict()`` holds callable objects but not plain functions.
        last_epoch: the last tick done; -1: a new run.

    Raises:
        ValueError: if a list has not one function per group.

    Source:
        ``torch.optim.lr_scheduler.LambdaLR``.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        param_group_field: str,
        param_lambda: Callable[[int], float] | Sequence[Callable[[int], float]],
        last_epoch: int = -1,
    ) -> None:
        count = len(optimizer.param_groups)
        each = [param_lambda] * count if callable(param_lambda) else list(param_lambda)
        if len(each) != count:
            raise ValueError(f"param_lambda has {len(each)} functions for {count} parameter groups")
        self.param_lambdas = each
        super().__init__(optimizer, param_group_field, last_epoch)

    def values_at(self, tick: int) -> list[float]:
        """The initial value times the factor, for each group."""
        pairs = zip(self.base_values, self.param_lambdas, strict=True)
        return [base * factor(tick) for base, factor in pairs]

    def state_dict(self) -> dict[str, Any]:
        """The state, with the attributes of callable objects and None for functions."""
        state = super().state_dict()
        state["param_lambdas"] = [_attributes(each) for each in self.param_lambdas]
        return state

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over a state from ``state_dict()``; functions stay as they are."""
        own = {key: value for key, value in state_dict.items() if key != "param_lambdas"}
        super().load_state_dict(own)
        for each, attributes in zip(self.param_lambdas, state_dict["param_lambdas"], strict=True):
            if attributes is not None:
                vars(each).update(attributes)


def _attributes(function: Callable[[int], float]) -> dict[str, Any] | None:
    if isinstance(function, FunctionType) or not hasattr(function, "__dict__"):
        return None
    return vars(function).copy()
