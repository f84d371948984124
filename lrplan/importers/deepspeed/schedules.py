"""The schedulers of DeepSpeed: the rows ``deepspeed:*`` with the parameters of the config.

What they do is known to ``curves/packages/deepspeed.py`` alone, and to DeepSpeed where that is
installed.

Source: ``deepspeed/runtime/lr_schedules.py``, 0.19.8.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lrplan.catalog import SCHEDULERS
from lrplan.catalog.rows import REQUIRED, Argument
from lrplan.importers.config_reader import ConfigReader
from lrplan.importers.config_value import ConfigValue
from lrplan.importers.family import Schedule
from lrplan.text import join_words

_PARAMS = "scheduler.params"
_KINDS = {
    row.name.partition(":")[2]: row for row in SCHEDULERS.values() if row.family == "deepspeed"
}


@dataclass(frozen=True, slots=True)
class AutoValues:
    """Values in place of ``auto``: arguments of the Trainer, or answers of the user.

    Args:
        peak: the value of ``warmup_max_lr``.
        warmup: the value of ``warmup_num_steps``.
        total: the value of ``total_num_steps``.
    """

    peak: Callable[[], ConfigValue[float]]
    warmup: Callable[[], ConfigValue[int]]
    total: Callable[[], ConfigValue[int]]


def is_auto(config: ConfigReader, key: str) -> bool:
    """Return True if the config leaves ``key`` to the Trainer."""
    node = config.get(key)
    return node is not None and node.value == "auto"


def scheduler_of(config: ConfigReader, filled: AutoValues) -> Schedule | None:
    """The scheduler of ``scheduler.type``; None after reporting why there is none."""
    kind = config.text("scheduler.type", "")
    row = _KINDS.get(kind.value)
    if row is None:
        message = f"lrplan knows no scheduler `{kind.value}` of DeepSpeed"
        config.refuse("scheduler.type", message, f"it knows {', '.join(_KINDS)}")
        return None
    scheduler: dict[str, object] = {"type": kind.same(row.name), "interval": "step"}
    for argument in row.arguments:
        key = f"{_PARAMS}.{argument.name}"
        if is_auto(config, key):
            scheduler[argument.name] = _filled(config, key, argument.name, filled)
        elif config.has(key):
            scheduler[argument.name] = _given(config, key, argument)
        elif argument.default not in (None, REQUIRED):
            _given(config, key, argument)  # shown to the user; the row has it too
        elif argument.required:
            config.refuse("scheduler.type", f"`{kind.value}` needs `{argument.name}`")
    return scheduler


def _filled(
    config: ConfigReader, key: str, name: str, filled: AutoValues
) -> ConfigValue[Any] | None:
    """The value that the Trainer writes for ``auto``; None, and a report, where it leaves it."""
    node = config.get(key)
    ways: dict[str, Callable[[], ConfigValue[Any]]] = {
        "warmup_min_lr": lambda: ConfigValue(0.0, key, node, exact=False),
        "warmup_max_lr": filled.peak,
        "warmup_num_steps": filled.warmup,
        "total_num_steps": filled.total,
    }
    if name not in ways:
        config.refuse(key, f"`{key}`: transformers fills in no `auto` here")
        return None
    return ways[name]()


def _given(config: ConfigReader, key: str, argument: Argument) -> ConfigValue[Any]:
    default: Any = None if argument.required else argument.default
    if argument.kind == "boolean":
        return config.boolean(key, default=default)
    if argument.kind == "choice":
        return _choice(config, key, argument)
    if argument.kind == "number":
        return config.number(key, default or 0.0)
    return config.integer(key, default or 0)


def _choice(config: ConfigReader, key: str, argument: Argument) -> ConfigValue[str]:
    """``warmup_type``, for which DeepSpeed takes its default unless it knows what is given."""
    default = str(argument.default)
    chosen = config.text(key, default)
    if chosen.value in argument.choices:
        return chosen
    message = f"`{chosen.value}` is not read: DeepSpeed takes `{default}` instead"
    config.warn(key, message, f"write {join_words(argument.choices, 'or')}")
    return chosen.derive(default)
