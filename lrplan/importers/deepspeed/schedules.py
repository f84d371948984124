"""The schedulers of DeepSpeed as schedulers of a spec that need no DeepSpeed.

Its engine ticks after every update, and the first tick repeats the constructor: what DeepSpeed
calls iteration ``b`` is tick ``b + 1``, so a warm-up ends a tick later than it counts.

What consists of lines is a ``PiecewiseLinear``: a linear ``WarmupDecayLR`` of 500 and 10,000 steps
to 3e-5 is ``points: [[1, 0], [501, 3e-5], [10001, 0]]``. The rest are expressions of the tick. The
rows ``deepspeed:*`` would say all of them, but where DeepSpeed is installed they import it, which
takes seconds, in whatever release; and they are stepped, where these are computed by formula.

Source: ``deepspeed/runtime/lr_schedules.py``, 0.19.8.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lrplan.importers.config_reader import ConfigReader
from lrplan.importers.deepspeed.one_cycle import one_cycle
from lrplan.importers.deepspeed.spec_parts import PARAMS, expression, is_auto, lines, number
from lrplan.importers.family import Schedule
from lrplan.importers.value import Value


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


def _auto_integer(
    config: ConfigReader, name: str, default: int, auto: Callable[[], Value[int]]
) -> Value[int]:
    key = f"{PARAMS}.{name}"
    return auto() if is_auto(config, key) else config.integer(key, default)


def _warmup(config: ConfigReader, filled: Filled) -> tuple[Value[int], str]:
    """Ticks of the warm-up, at least 2, and its share at a tick, from 0 to 1, as an expression."""
    count = _auto_integer(config, "warmup_num_steps", 1000, filled.warmup)
    if count.value < 1:
        config.refuse(count.key, f"must be at least 1, not {count.value}")
    w = max(2, count.value)
    shape = config.text(f"{PARAMS}.warmup_type", "log")
    if shape.value == "linear":
        return count.derive(w), f"max(step - 1, 0) / {w}"
    if shape.value != "log":
        config.warn(shape.key, f"`{shape.value}` is not read: DeepSpeed takes `log` instead")
    return count.derive(w), f"log(max(step, 1)) / log({w})"


def _is_linear(config: ConfigReader) -> bool:
    return config.text(f"{PARAMS}.warmup_type", "log").value == "linear"


def _low(config: ConfigReader) -> Value[float]:
    key = f"{PARAMS}.warmup_min_lr"
    if is_auto(config, key):
        return Value(0.0, key, config.get(key), exact=False)
    return config.number(key, 0.0)


def _high(config: ConfigReader, filled: Filled, default: float) -> Value[float]:
    key = f"{PARAMS}.warmup_max_lr"
    return filled.peak() if is_auto(config, key) else config.number(key, default)


def _between(low: float, high: float, share: str) -> str:
    """From ``low`` to ``high`` by a share, as an expression."""
    if low:
        return f"{low!r} + {high - low!r} * ({share})"
    return share if high == 1 else f"{high!r} * ({share})"


def _warmup_lr(config: ConfigReader, filled: Filled) -> Schedule:
    (w, rise), low, own = _warmup(config, filled), _low(config), filled.lr.value
    ends_at_own = not config.has(f"{PARAMS}.warmup_max_lr")
    high = filled.lr if ends_at_own else _high(config, filled, own)
    share = f"{rise} if step <= {w.value} else 1"
    if not _is_linear(config):
        return expression(w.derive(_between(low.value / own, high.value / own, share)))
    if ends_at_own:
        # That is each group's own learning rate.
        factors = [[1, low.derive(low.value / own)], [w.derive(w.value + 1), 1]]
        return {"type": "PiecewiseLinear", "factors": factors, "interval": "step"}
    return lines((1, low), (w.derive(w.value + 1), high))


def _warmup_decay(config: ConfigReader, filled: Filled) -> Schedule:
    (w, rise), low, own = _warmup(config, filled), _low(config), filled.lr.value
    high = _high(config, filled, 0.001)
    total = _auto_integer(config, "total_num_steps", 0, filled.total)
    _need_total(config, total)
    if _is_linear(config) and total.value > w.value:
        end = total.derive(total.value + 1)
        return lines((1, low), (w.derive(w.value + 1), high), (end, low))
    fall = f"max(0, ({total.value + 1} - step) / {max(1, total.value - w.value)})"
    share = f"{rise} if step <= {w.value} else {fall}"
    return expression(total.derive(_between(low.value / own, high.value / own, share)))


def _warmup_cosine(config: ConfigReader, filled: Filled) -> Schedule:
    w, rise = _warmup(config, filled)
    total = _auto_integer(config, "total_num_steps", 0, filled.total)
    _need_total(config, total)
    low, floor = number(config, "warmup_min_ratio", 0.0), number(config, "cos_min_ratio", 1e-4)
    progress = f"min(1, (step - {w.value}) / {max(1, total.value - w.value)})"
    fall = f"max(0, {floor!r} + {1 - floor!r} * (1 + cos(pi * {progress})) / 2)"
    after = f"({low!r} + {1 - low!r} * {rise} if step <= {w.value} else {fall})"
    return expression(total.derive(f"0 if step < 1 else {after}"))


def _need_total(config: ConfigReader, total: Value[int]) -> None:
    if total.key.endswith("total_num_steps") and total.value < 1:
        config.refuse("scheduler.type", "the scheduler needs `total_num_steps`")


def _range_test(config: ConfigReader, filled: Filled) -> Schedule:
    low = number(config, "lr_range_test_min_lr", 1e-3) / filled.lr.value
    size = config.integer(f"{PARAMS}.lr_range_test_step_size", 2000)
    rate = number(config, "lr_range_test_step_rate", 1.0)
    share = f"step / {size.value}"
    if config.boolean(f"{PARAMS}.lr_range_test_staircase", default=False).value:
        share = f"floor({share})"
    return expression(size.derive(f"{low!r} * (1 + {rate!r} * {share})"))


_KINDS: Mapping[str, Callable[[ConfigReader, Filled], object]] = {
    "WarmupLR": _warmup_lr,
    "WarmupDecayLR": _warmup_decay,
    "WarmupCosineLR": _warmup_cosine,
    "LRRangeTest": _range_test,
    "OneCycle": lambda config, filled: one_cycle(config, filled.lr.value),
}
