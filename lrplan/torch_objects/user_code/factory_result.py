"""Parses the result of ``configure_optimizers``, or of a function like it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from torch.optim import Optimizer
from torch.optim.lr_scheduler import ReduceLROnPlateau

from lrplan.catalog import nearest

_KEYS = ("optimizer", "lr_scheduler", "monitor")
_SCHEDULER_KEYS = (
    *("scheduler", "interval", "frequency", "monitor"),
    *("name", "strict", "reduce_on_plateau"),
)
_INTERVALS = ("step", "epoch", "batch")
_SHAPES = "return an optimizer, (optimizer, scheduler), ([optimizers], [schedulers]) or a mapping"


class ShapeError(ValueError):
    """The returned value has none of the accepted shapes; the message says what it is."""

    def __init__(self, message: str, fix: str = _SHAPES) -> None:
        super().__init__(message)
        self.fix = fix


@dataclass(frozen=True, slots=True)
class ReturnedScheduler:
    """A scheduler, with its interval, frequency and monitor where they were returned."""

    scheduler: Any
    interval: str | None = None
    frequency: int | None = None
    monitor: str | None = None
    name: str | None = None
    plateau: bool = False
    """True if ``step()`` gets a metric."""


@dataclass(frozen=True, slots=True)
class FactoryResult:
    """The optimizers and schedulers, in the order they were returned."""

    optimizers: list[Optimizer]
    schedulers: list[ReturnedScheduler] = field(default_factory=list)


def parse_factory_result(returned_value: object) -> FactoryResult:
    """Parse what the user's function returned, ``held``.

    Raises:
        ShapeError: it is nothing that Lightning takes, nor a pair of optimizer and scheduler.
    """
    if isinstance(returned_value, Optimizer):
        return FactoryResult([returned_value])
    if isinstance(returned_value, Mapping):
        return _mapping(returned_value)
    if not isinstance(returned_value, (list, tuple)) or not returned_value:
        raise ShapeError(f"it returns {_described(returned_value)}, no optimizer")
    if all(isinstance(each, Mapping) for each in returned_value):
        parts = [_mapping(each) for each in returned_value]
        schedulers = [each for part in parts for each in part.schedulers]
        return FactoryResult([each for part in parts for each in part.optimizers], schedulers)
    if all(isinstance(each, Optimizer) for each in returned_value):
        return FactoryResult(list(returned_value))
    # All else that is allowed is a pair: `optimizer, scheduler`, `[optimizer], [scheduler]`, or a
    # mapping in the place of a scheduler. Two optimizers and two mappings were taken above.
    if len(returned_value) == 2:
        optimizers, schedulers = (_listed(each) for each in returned_value)
        return FactoryResult([_optimizer(each) for each in optimizers], _several(schedulers))
    raise ShapeError(f"it returns {_described(returned_value)}")


def _mapping(returned_value: Mapping[Any, Any]) -> FactoryResult:
    _check_keys(returned_value, _KEYS)
    if "optimizer" not in returned_value:
        raise ShapeError("it returns a mapping without `optimizer`")
    schedulers = _several(
        _listed(returned_value.get("lr_scheduler")), returned_value.get("monitor")
    )
    return FactoryResult([_optimizer(returned_value["optimizer"])], schedulers)


def _optimizer(returned_value: object) -> Optimizer:
    if not isinstance(returned_value, Optimizer):
        raise ShapeError(f"it returns {_described(returned_value)} where an optimizer belongs")
    return returned_value


def _several(returned_value: list[Any], monitor: str | None = None) -> list[ReturnedScheduler]:
    return [_attached(each, monitor) for each in returned_value if each is not None]


def _attached(returned_value: object, monitor: str | None) -> ReturnedScheduler:
    if not isinstance(returned_value, Mapping):
        return ReturnedScheduler(
            returned_value, monitor=monitor, plateau=isinstance(returned_value, ReduceLROnPlateau)
        )
    _check_keys(returned_value, _SCHEDULER_KEYS)
    if "scheduler" not in returned_value:
        raise ShapeError("it returns a mapping for a scheduler without `scheduler`")
    interval, frequency = returned_value.get("interval"), returned_value.get("frequency")
    if interval not in (None, *_INTERVALS):
        raise ShapeError(f"there is no interval {interval!r}", "use step or epoch")
    if frequency is not None and (not isinstance(frequency, int) or frequency < 1):
        raise ShapeError(f"frequency {frequency!r} is not a whole number from 1 on", "")
    scheduler = returned_value["scheduler"]
    return ReturnedScheduler(
        scheduler,
        interval,
        frequency,
        returned_value.get("monitor", monitor),
        returned_value.get("name"),
        bool(returned_value.get("reduce_on_plateau", isinstance(scheduler, ReduceLROnPlateau))),
    )


def _check_keys(returned_value: Mapping[Any, Any], keys: tuple[str, ...]) -> None:
    for key in returned_value:
        if key not in keys:
            close = nearest(str(key), keys)
            fix = f"did you mean {close!r}?" if close else f"it may have {', '.join(keys)}"
            raise ShapeError(f"it returns a mapping with a key {key!r}", fix)


def _listed(returned_value: Any) -> list[Any]:
    return list(returned_value) if isinstance(returned_value, (list, tuple)) else [returned_value]


def _described(returned_value: object) -> str:
    if returned_value is None:
        return "nothing"
    if isinstance(returned_value, (list, tuple)):
        inside = ", ".join(type(each).__name__ for each in returned_value[:4])
        return (
            f"{type(returned_value).__name__} of {inside}"
            if returned_value
            else f"an empty {type(returned_value).__name__}"
        )
    return f"{type(returned_value).__name__}"
