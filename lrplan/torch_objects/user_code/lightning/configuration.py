"""Lightning's checks of what ``configure_optimizers`` returns, as of Lightning 2.6.

Source: ``lightning/pytorch/core/optimizer.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau

_TAKES = "an optimizer, ([optimizers], [schedulers]), or a mapping with `optimizer`"
_FIX = f"Lightning takes {_TAKES}"
_FOR_SCHEDULERS = "return several as ([optimizer], [schedulers])"
_MANUAL = "Lightning steps several optimizers in manual optimization only"


class ConfigurationError(ValueError):
    """Lightning refuses what was returned; the message says why."""

    def __init__(self, message: str, fix: str = _FIX) -> None:
        super().__init__(message)
        self.fix = fix


def check_configuration(held: object, *, ticks_itself: bool) -> None:
    """Check what ``configure_optimizers`` returned, for a module with automatic optimization.

    Args:
        held: what was returned.
        ticks_itself: the module has an ``lr_scheduler_step`` of its own.

    Raises:
        ConfigurationError: Lightning refuses it.
    """
    optimizers, schedulers, monitor = _parts(held)
    if len(optimizers) > 1:
        message = f"it returns {len(optimizers)} optimizers: {_MANUAL}, which lrplan does not"
        raise ConfigurationError(f"{message} simulate", "return one")
    for each in schedulers:
        _check_scheduler(each, monitor, ticks_itself=ticks_itself)


def _parts(held: Any) -> tuple[list[Any], list[Any], str | None]:
    if isinstance(held, Optimizer):
        return [held], [], None
    if isinstance(held, (list, tuple)) and held:
        is_pair = len(held) == 2 and isinstance(held[0], list)
        if is_pair and _are(Optimizer, held[0]):
            return held[0], held[1] if isinstance(held[1], list) else [held[1]], None
        if all(isinstance(each, dict) for each in held):
            parts = [_parts(each) for each in held]
            return [p[0][0] for p in parts], [each for p in parts for each in p[1]], None
        if _are(Optimizer, held):
            return list(held), [], None
    if isinstance(held, dict) and isinstance(held.get("optimizer"), Optimizer):
        schedulers = [held["lr_scheduler"]] if "lr_scheduler" in held else []
        return [held["optimizer"]], schedulers, held.get("monitor")
    raise ConfigurationError(f"Lightning does not take {_described(held)}")


def _check_scheduler(held: Any, monitor: str | None, *, ticks_itself: bool) -> None:
    is_mapping = isinstance(held, Mapping)
    scheduler = held.get("scheduler") if is_mapping else held
    if isinstance(scheduler, (list, tuple)) or scheduler is None:
        fix = _FOR_SCHEDULERS if scheduler else "leave `lr_scheduler` out"
        raise ConfigurationError(
            f"Lightning does not take {_described(scheduler)} as a scheduler", fix
        )
    name = type(scheduler).__name__
    is_plateau = isinstance(scheduler, ReduceLROnPlateau)
    if not ticks_itself and not isinstance(scheduler, (LRScheduler, ReduceLROnPlateau)):
        message = f"Lightning refuses {name}, which is no scheduler of torch"
        raise ConfigurationError(f"{message}, without an lr_scheduler_step", "override it")
    if is_mapping:
        _check_mapping(held, name)
        is_plateau = bool(held.get("reduce_on_plateau", is_plateau))
        monitor = held.get("monitor")
    if is_plateau and monitor is None:
        where = "in the scheduler's mapping" if is_mapping else "beside `lr_scheduler`"
        raise ConfigurationError(f"Lightning needs a `monitor` for {name}", f"give it {where}")


def _check_mapping(held: Mapping[Any, Any], name: str) -> None:
    if "interval" in held and held["interval"] not in ("step", "epoch"):
        message = f"Lightning refuses interval {held['interval']!r} of {name}"
        raise ConfigurationError(message, "use step or epoch")


def _are(kind: type, held: Iterable[Any]) -> bool:
    return all(isinstance(each, kind) for each in held)


def _described(held: Any) -> str:
    if held is None:
        return "None"
    if isinstance(held, (list, tuple)):
        inside = ", ".join(type(each).__name__ for each in held[:4])
        return f"a {type(held).__name__} of {inside}" if held else "an empty list"
    return f"{type(held).__name__}"
