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


def check_configuration(returned_value: object, *, ticks_itself: bool) -> None:
    """Check what ``configure_optimizers`` returned, for a module with automatic optimization.

    Args:
        returned_value: what was returned.
        ticks_itself: the module has an ``lr_scheduler_step`` of its own.

    Raises:
        ConfigurationError: Lightning refuses it.
    """
    optimizers, schedulers, monitor = _parts(returned_value)
    if len(optimizers) > 1:
        message = f"it returns {len(optimizers)} optimizers: {_MANUAL}, which lrplan does not"
        raise ConfigurationError(f"{message} simulate", "return one")
    for each in schedulers:
        _check_scheduler(each, monitor, ticks_itself=ticks_itself)


def _parts(returned_value: Any) -> tuple[list[Any], list[Any], str | None]:
    if isinstance(returned_value, Optimizer):
        return [returned_value], [], None
    if isinstance(returned_value, (list, tuple)) and returned_value:
        is_pair = len(returned_value) == 2 and isinstance(returned_value[0], list)
        if is_pair and _are(Optimizer, returned_value[0]):
            return (
                returned_value[0],
                returned_value[1] if isinstance(returned_value[1], list) else [returned_value[1]],
                None,
            )
        if all(isinstance(each, dict) for each in returned_value):
            parts = [_parts(each) for each in returned_value]
            return [p[0][0] for p in parts], [each for p in parts for each in p[1]], None
        if _are(Optimizer, returned_value):
            return list(returned_value), [], None
    if isinstance(returned_value, dict) and isinstance(returned_value.get("optimizer"), Optimizer):
        schedulers = [returned_value["lr_scheduler"]] if "lr_scheduler" in returned_value else []
        return [returned_value["optimizer"]], schedulers, returned_value.get("monitor")
    raise ConfigurationError(f"Lightning does not take {_described(returned_value)}")


def _check_scheduler(returned_value: Any, monitor: str | None, *, ticks_itself: bool) -> None:
    is_mapping = isinstance(returned_value, Mapping)
    scheduler = returned_value.get("scheduler") if is_mapping else returned_value
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
        _check_mapping(returned_value, name)
        is_plateau = bool(returned_value.get("reduce_on_plateau", is_plateau))
        monitor = returned_value.get("monitor")
    if is_plateau and monitor is None:
        where = "in the scheduler's mapping" if is_mapping else "beside `lr_scheduler`"
        raise ConfigurationError(f"Lightning needs a `monitor` for {name}", f"give it {where}")


def _check_mapping(returned_value: Mapping[Any, Any], name: str) -> None:
    if "interval" in returned_value and returned_value["interval"] not in ("step", "epoch"):
        message = f"Lightning refuses interval {returned_value['interval']!r} of {name}"
        raise ConfigurationError(message, "use step or epoch")


def _are(kind: type, returned_value: Iterable[Any]) -> bool:
    return all(isinstance(each, kind) for each in returned_value)


def _described(returned_value: Any) -> str:
    if returned_value is None:
        return "None"
    if isinstance(returned_value, (list, tuple)):
        inside = ", ".join(type(each).__name__ for each in returned_value[:4])
        return (
            f"a {type(returned_value).__name__} of {inside}" if returned_value else "an empty list"
        )
    return f"{type(returned_value).__name__}"
