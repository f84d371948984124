"""Ticks of the warm-up, as ``TrainingArguments.get_warmup_steps`` counts them, by release."""

from __future__ import annotations

import math

from lrplan.importers.config_reader import ConfigReader
from lrplan.importers.config_value import ConfigValue

OLD = "transformers 4.57"
_GONE = "transformers 5.24 has no `warmup_ratio`"


def warmup_of(config: ConfigReader, steps: int, schedule: str) -> ConfigValue[int]:
    """The warm-up of the Trainer, or of LLaMA-Factory.

    ``warmup_steps`` is a number of updates; since 5.0 one below 1 is a share. ``warmup_ratio`` was
    a share until 4.57: where a config has it, the rules of 4.57 hold unless a release is said.
    """
    version = config.version()
    ratio = config.number("warmup_ratio", 0.0) if config.has("warmup_ratio") else None
    count = config.number("warmup_steps", 0.0)
    if ratio is not None:
        config.defaults.pop("warmup_steps", None)  # the ratio decides
    is_old = version.startswith("4.") if version else ratio is not None
    if version or is_old:
        config.release = f"transformers {version}" if version else OLD
    _check(config, ratio, count, is_old=is_old)
    if schedule == "constant":
        _report_unread(config, ratio, count)
        return count.derive(0)
    if ratio is not None and count.value > 0:
        message = f"`warmup_ratio` is not read: `warmup_steps: {count.value:g}` takes precedence"
        config.warn_unread("warmup_ratio", message, "delete one of the two")
    if count.value >= 1:
        return count.same(int(count.value))
    share = ratio if ratio is not None and count.value == 0 else count
    return share.derive(math.ceil(steps * share.value))


def _check(
    config: ConfigReader,
    ratio: ConfigValue[float] | None,
    count: ConfigValue[float],
    *,
    is_old: bool,
) -> None:
    if ratio is not None and not is_old:
        config.refuse("warmup_ratio", _GONE, f"write warmup_steps: {ratio.value:g}, a share")
    if ratio is not None and not 0 <= ratio.value <= 1:
        config.refuse("warmup_ratio", f"must be from 0 to 1, not {ratio.value:g}")
    if count.value < 0:
        config.refuse("warmup_steps", f"must be at least 0, not {count.value:g}")
    elif is_old and not float(count.value).is_integer():
        message = f"{config.release} takes a whole number, not {count.value:g}"
        config.refuse("warmup_steps", message, "a share is `warmup_ratio` there")


def _report_unread(
    config: ConfigReader, ratio: ConfigValue[float] | None, count: ConfigValue[float]
) -> None:
    for value in (ratio, count):
        if value is not None and value.value:
            message = f"`{value.key}` is not read: the schedule `constant` has no warm-up"
            fix = "lr_scheduler_type: constant_with_warmup, or delete it"
            config.warn_unread(value.key, message, fix)
