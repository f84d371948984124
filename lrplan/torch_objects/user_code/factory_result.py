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
class Attached:
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
    schedulers: list[Attached] = field(default_factory=list)


def parse_factory_result(held: object) -> FactoryResult:
    """Parse what the user's function returned, ``held``.

    Raises:
        ShapeError: it is nothing that Lightning takes, nor a pair of optimizer and scheduler.
    """
    if isinstance(held, Optimizer):
        return FactoryResult([held])
    if isinstance(held, Mapping):
        return _mapping(held)
    if not isinstance(held, (list, tuple)) or not held:
        raise ShapeError(f"it returns {_described(held)}, no optimizer")
    if all(isinstance(each, Mapping) for each in held):
        parts = [_mapping(each) for each in held]
        schedulers = [each for part in parts for each in part.schedulers]
        return FactoryResult([each for part in parts for each in part.optimizers], schedulers)
    if all(isinstance(each, Optimizer) for each in held):
        return FactoryResult(list(held))
    # All else that is allowed is a pair: `optimizer, scheduler`, `[optimizer], [scheduler]`, or a
    # mapping in the place of a scheduler. Two optimizers and two mappings were taken above.
    if len(held) == 2:
        optimizers, schedulers = (_listed(each) for each in held)
        return FactoryResult([_optimizer(each) for each in optimizers], _several(schedulers))
    raise ShapeError(f"it returns {_described(held)}")


def _mapping(held: Mapping[Any, Any]) -> FactoryResult:
    _check_keys(held, _KEYS)
    if "optimizer" not in held:
        raise ShapeError("it returns a mapping without `optimizer`")
    schedulers = _several(_listed(held.get("lr_scheduler")), held.get("monitor"))
    return FactoryResult([_optimizer(held["optimizer"])], schedulers)


def _optimizer(held: object) -> Optimizer:
    if not isinstance(held, Optimizer):
        raise ShapeError(f"it returns {_described(held)} where an optimizer belongs")
    return held


def _several(held: list[Any], monitor: str | None = None) -> list[Attached]:
    return [_attached(each, monitor) for each in held if each is not None]


def _attached(held: object, monitor: str | None) -> Attached:
    if not isinstance(held, Mapping):
        return Attached(held, monitor=monitor, plateau=isinstance(held, ReduceLROnPlateau))
    _check_keys(held, _SCHEDULER_KEYS)
    if "scheduler" not in held:
        raise ShapeError("it returns a mapping for a scheduler without `scheduler`")
    interval, frequency = held.get("interval"), held.get("frequency")
    if interval not in (None, *_INTERVALS):
        raise ShapeError(f"there is no interval {interval!r}", "use step or epoch")
    if frequency is not None and (not isinstance(frequency, int) or frequency < 1):
        raise ShapeError(f"frequency {frequency!r} is not a whole number from 1 on", "")
    scheduler = held["scheduler"]
    return Attached(
        scheduler,
        interval,
        frequency,
        held.get("monitor", monitor),
        held.get("name"),
        bool(held.get("reduce_on_plateau", isinstance(scheduler, ReduceLROnPlateau))),
    )


def _check_keys(held: Mapping[Any, Any], keys: tuple[str, ...]) -> None:
    for key in held:
        if key not in keys:
            close = nearest(str(key), keys)
            fix = f"did you mean {close!r}?" if close else f"it may have {', '.join(keys)}"
            raise ShapeError(f"it returns a mapping with a key {key!r}", fix)


def _listed(held: Any) -> list[Any]:
    return list(held) if isinstance(held, (list, tuple)) else [held]


def _described(held: object) -> str:
    if held is None:
        return "nothing"
    if isinstance(held, (list, tuple)):
        inside = ", ".join(type(each).__name__ for each in held[:4])
        return f"{type(held).__name__} of {inside}" if held else f"an empty {type(held).__name__}"
    return f"{type(held).__name__}"
