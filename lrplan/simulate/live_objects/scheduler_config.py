"""The configuration of live schedulers: what ticks each of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lrplan.catalog import nearest
from lrplan.clock import Interval
from lrplan.errors import UsageError

_KEYS = ("scheduler", "interval", "frequency", "monitor", "name")


@dataclass(frozen=True, slots=True)
class SchedulerConfig:
    """A live scheduler and its interval, by the names of Lightning's configuration."""

    scheduler: Any
    name: str
    interval: Interval
    frequency: int
    monitor: str | None = None
    """The metric that it reads, when there are several."""


def parse_schedulers(
    scheduler: object, interval: Interval, frequency: int
) -> tuple[SchedulerConfig, ...]:
    """Return the configuration of every scheduler in ``schedulers``: one, a list of them, or none.

    A mapping as Lightning's ``configure_optimizers`` returns it has an interval of its own.

    Raises:
        UsageError: something is not a scheduler, or a mapping is not complete.
    """
    if scheduler is None:
        return ()
    schedulers = scheduler if isinstance(scheduler, (list, tuple)) else [scheduler]
    return tuple(_config(each, interval, frequency) for each in schedulers)


def _config(scheduler_or_mapping: object, interval: Interval, frequency: int) -> SchedulerConfig:
    keys: Mapping[str, Any] = {
        "scheduler": scheduler_or_mapping,
        "interval": interval,
        "frequency": frequency,
    }
    if isinstance(scheduler_or_mapping, Mapping):
        _check_keys(scheduler_or_mapping)
        keys = scheduler_or_mapping
    scheduler = keys["scheduler"]
    name = str(keys.get("name") or type(scheduler).__name__)
    if isinstance(scheduler, type) or not callable(getattr(scheduler, "step", None)):
        raise UsageError(f"{scheduler!r} is not a scheduler: it has no step() to call")
    config = SchedulerConfig(
        scheduler, name, keys["interval"], keys.get("frequency", 1), keys.get("monitor")
    )
    if config.interval not in {"step", "epoch"}:
        raise UsageError(f"there is no interval {config.interval!r}; use step or epoch")
    if not isinstance(config.frequency, int) or config.frequency < 1:
        raise UsageError(f"frequency: {config.frequency!r} is not a whole number from 1 on")
    return config


def _check_keys(keys: Mapping[str, object]) -> None:
    for key in keys:
        if key not in _KEYS:
            close = nearest(key, _KEYS)
            hint = f"did you mean {close!r}?" if close else f"it has {', '.join(_KEYS)}"
            raise UsageError(f"the mapping of a scheduler has no key {key!r}; {hint}")
    for key in ("scheduler", "interval"):
        if key not in keys:
            # Lightning's default interval is epoch, ours is step: neither is guessed.
            raise UsageError(f"the mapping of a scheduler needs {key!r}")
