"""The schedulers of DeepSpeed as schedulers of a spec that need no DeepSpeed.

Its engine ticks after every update, and the first tick repeats the constructor: what DeepSpeed
calls iteration ``b`` is tick ``b + 1``, so a warm-up ends a tick later than it counts.

Source: ``deepspeed/runtime/lr_schedules.py``, 0.19.8.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lrplan.importers.config_reader import ConfigReader
from lrplan.importers.family import Schedule
from lrplan.importers.value import Value

_PARAMS = "scheduler.params"


@dataclass(frozen=True, slots=True)
class Filled:
    """What stands for ``auto``: the arguments of the Trainer, or what the user was asked.

    Args:
        lr: the learning rate of the optimizer, in force.
        peak: the value of ``warmup_max_lr``.
        warmup: the value of ``warmup_num_steps``.
        total: the value of ``total_num_steps``.
    """

    lr: Value[float]
    peak: Callable[[], Value[float]]
    warmup: Callable[[], Value[int]]
    total: Callable[[], Value[int]]


def is_auto(config: ConfigReader, key: str) -> bool:
    """Return True if the config leaves ``key`` to the Trainer."""
    node = config.get(key)
    return node is not None and node.value == "auto"


def scheduler_of(config: ConfigReader, filled: Filled) -> object:
    """The scheduler of ``scheduler.type``; None after reporting why there is none."""
    kind = config.text("scheduler.type", "")
    make = _KINDS.get(kind.value)
    if make is None:
        message = f"lrplan knows no scheduler `{kind.value}` of DeepSpeed"
        config.refuse("scheduler.type", message, f"it knows {', '.join(_KINDS)}")
        return None
    if filled.lr.value <= 0:
        config.refuse(filled.lr.key, f"must be above 0, not {filled.lr.value:g}")
        return None
    return make(config, filled)


def _lambda(value: Value[str]) -> Schedule:
    return {"type": "LambdaLR", "lr_lambda": value, "interval": "step"}


def _number(config: ConfigReader, name: str, default: float) -> float:
    return config.number(f"{_PARAMS}.{name}", default).value


def _auto_integer(
    config: ConfigReader, name: str, default: int, auto: Callable[[], Value[int]]
) -> Value[int]:
    key = f"{_PARAMS}.{name}"
    return auto() if is_auto(config, key) else config.integer(key, default)


def _warmup(config: ConfigReader, filled: Filled) -> tuple[Value[int], str]:
    """Ticks of the warm-up, at least 2, and its share at a tick, from 0 to 1, as an expression."""
    count = _auto_integer(config, "warmup_num_steps", 1000, filled.warmup)
    if count.value < 1:
        config.refuse(count.key, f"must be at least 1, not {count.value}")
    w = max(2, count.value)
    shape = config.text(f"{_PARAMS}.warmup_type", "log")
    if shape.value == "linear":
        return count.derive(w), f"max(step - 1, 0) / {w}"
    if shape.value != "log":
        config.warn(shape.key, f"`{shape.value}` is not read: DeepSpeed takes `log` instead")
    return count.derive(w), f"log(max(step, 1)) / log({w})"


def _bounds(config: ConfigReader, filled: Filled, default: float | None) -> tuple[float, float]:
    """The lowest and the highest learning rate, as shares of the optimizer's."""
    low_key, high_key = f"{_PARAMS}.warmup_min_lr", f"{_PARAMS}.warmup_max_lr"
    low = 0.0 if is_auto(config, low_key) else config.number(low_key, 0.0).value
    if is_auto(config, high_key):
        high = filled.peak().value
    elif default is None and not config.has(high_key):
        high = filled.lr.value
    else:
        high = config.number(high_key, default or 0.0).value
    return low / filled.lr.value, high / filled.lr.value


def _warmup_lr(config: ConfigReader, filled: Filled) -> Schedule:
    (w, rise), (low, high) = _warmup(config, filled), _bounds(config, filled, None)
    gamma = f"({rise} if step <= {w.value} else 1)"
    return _lambda(w.derive(f"{low!r} + {high - low!r} * {gamma}"))


def _warmup_decay(config: ConfigReader, filled: Filled) -> Schedule:
    (w, rise), (low, high) = _warmup(config, filled), _bounds(config, filled, 0.001)
    total = _auto_integer(config, "total_num_steps", 0, filled.total)
    _need_total(config, total)
    fall = f"max(0, ({total.value} - (step - 1)) / {max(1, total.value - w.value)})"
    gamma = f"({rise} if step <= {w.value} else {fall})"
    return _lambda(total.derive(f"{low!r} + {high - low!r} * {gamma}"))


def _warmup_cosine(config: ConfigReader, filled: Filled) -> Schedule:
    w, rise = _warmup(config, filled)
    total = _auto_integer(config, "total_num_steps", 0, filled.total)
    _need_total(config, total)
    low, floor = _number(config, "warmup_min_ratio", 0.0), _number(config, "cos_min_ratio", 1e-4)
    progress = f"min(1, (step - {w.value}) / {max(1, total.value - w.value)})"
    fall = f"max(0, {floor!r} + {1 - floor!r} * (1 + cos(pi * {progress})) / 2)"
    after = f"({low!r} + {1 - low!r} * {rise} if step <= {w.value} else {fall})"
    return _lambda(total.derive(f"0 if step < 1 else {after}"))


def _need_total(config: ConfigReader, total: Value[int]) -> None:
    if total.key.endswith("total_num_steps") and total.value < 1:
        config.refuse("scheduler.type", "the scheduler needs `total_num_steps`")


def _range_test(config: ConfigReader, filled: Filled) -> Schedule:
    low = _number(config, "lr_range_test_min_lr", 1e-3) / filled.lr.value
    size = config.integer(f"{_PARAMS}.lr_range_test_step_size", 2000)
    rate = _number(config, "lr_range_test_step_rate", 1.0)
    share = f"step / {size.value}"
    if config.boolean(f"{_PARAMS}.lr_range_test_staircase", default=False).value:
        share = f"floor({share})"
    return _lambda(size.derive(f"{low!r} * (1 + {rate!r} * {share})"))


def _one_cycle(config: ConfigReader, filled: Filled) -> object:
    low, high = _required(config, "cycle_min_lr"), _required(config, "cycle_max_lr")
    first = config.integer(f"{_PARAMS}.cycle_first_step_size", 2000)
    second = config.integer(f"{_PARAMS}.cycle_second_step_size", first.value)
    if first.value < 1 or second.value < 0:
        config.refuse(first.key, "must be above 0")
        return None
    size = first.value + second.value
    scale = _scale(config, first.value, second.value)
    every = _number(config, "decay_step_size", 0)
    after = f"(step - {size}) / {every!r}"
    rate = _number(config, "decay_lr_rate", 0.0)
    falling = "1" if not every or not rate else f"1 / (1 + {rate!r} * {after})"
    own = filled.lr.value
    cycle = f"{low / own!r} + {(high - low) / own!r} * {scale}"
    lr = _lambda(first.derive(f"{cycle} if step <= {size} else {low / own!r} * {falling}"))
    if not config.boolean(f"{_PARAMS}.cycle_momentum", default=True).value:
        return lr
    return [lr, _momentum(config, scale, size, after if every else "")]


def _momentum(config: ConfigReader, scale: str, size: int, decay: str) -> Schedule:
    """The first beta as a share of ``cycle_max_mom``, which ``momentum_of`` gives the optimizer."""
    low, high = momentum_of(config)
    rate = _number(config, "decay_mom_rate", 0.0)
    after = f"1 + {rate!r} * {decay}" if decay and rate else "1"
    cycle = f"1 - {(high - low) / high!r} * {scale}"
    # The constructor sets the lowest momentum, and the first tick the highest.
    formula = f"{low / high!r} if step < 1 else ({cycle} if step <= {size} else {after})"
    return {
        "type": "LambdaParamScheduler",
        "param_group_field": "betas[0]",
        "param_lambda": formula,
        "interval": "step",
    }


def momentum_of(config: ConfigReader) -> tuple[float, float]:
    """The lowest and the highest first beta of ``OneCycle``."""
    low, high = _number(config, "cycle_min_mom", 0.8), _number(config, "cycle_max_mom", 0.9)
    if high <= 0:
        config.refuse(f"{_PARAMS}.cycle_max_mom", f"must be above 0, not {high:g}")
        return 0.8, 0.9
    return low, high


def _scale(config: ConfigReader, first: int, second: int) -> str:
    """How far up the cycle is at a tick, from 0 to 1, in stairs where the config asks for them."""
    size = first + second
    ratio, place = first / size, f"(step % {size})"
    share = f"({place} / {size})"
    up, down = f"{share} / {ratio!r}", f"({share} - 1) / {ratio - 1!r}" if second else "0"
    stairs = config.integer(f"{_PARAMS}.cycle_first_stair_count", 0).value
    others = config.integer(f"{_PARAMS}.cycle_second_stair_count", stairs).value
    if stairs > 0:
        up = f"floor({place} * {stairs} / {first}) / {stairs}"
    if others > 0 and second:
        down = f"floor(({size} - {place}) * {others} / {second}) / {others}"
    return f"({up} if {share} <= {ratio!r} else {down})"


def _required(config: ConfigReader, name: str) -> float:
    key = f"{_PARAMS}.{name}"
    if not config.has(key):
        config.refuse("scheduler.type", f"`OneCycle` needs `{name}`")
        return 1.0
    return config.number(key, 1.0).value


_KINDS: Mapping[str, Callable[[ConfigReader, Filled], object]] = {
    "WarmupLR": _warmup_lr,
    "WarmupDecayLR": _warmup_decay,
    "WarmupCosineLR": _warmup_cosine,
    "LRRangeTest": _range_test,
    "OneCycle": _one_cycle,
}
