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


def _is_linear(config: ConfigReader) -> bool:
    return config.text(f"{_PARAMS}.warmup_type", "log").value == "linear"


def _low(config: ConfigReader) -> Value[float]:
    key = f"{_PARAMS}.warmup_min_lr"
    if is_auto(config, key):
        return Value(0.0, key, config.get(key), exact=False)
    return config.number(key, 0.0)


def _high(config: ConfigReader, filled: Filled, default: float) -> Value[float]:
    key = f"{_PARAMS}.warmup_max_lr"
    return filled.peak() if is_auto(config, key) else config.number(key, default)


def _between(low: float, high: float, share: str) -> str:
    """From ``low`` to ``high`` by a share, as an expression."""
    if low:
        return f"{low!r} + {high - low!r} * ({share})"
    return share if high == 1 else f"{high!r} * ({share})"


def _lines(*points: tuple[object, object], **arguments: object) -> Schedule:
    """Lines between points: pairs of a tick and the learning rate of all groups there."""
    pairs = [list(each) for each in points]
    return {"type": "PiecewiseLinear", "points": pairs, **arguments, "interval": "step"}


def _warmup_lr(config: ConfigReader, filled: Filled) -> Schedule:
    (w, rise), low, own = _warmup(config, filled), _low(config), filled.lr.value
    ends_at_own = not config.has(f"{_PARAMS}.warmup_max_lr")
    high = filled.lr if ends_at_own else _high(config, filled, own)
    share = f"{rise} if step <= {w.value} else 1"
    if not _is_linear(config):
        return _lambda(w.derive(_between(low.value / own, high.value / own, share)))
    if ends_at_own:
        # That is each group's own learning rate.
        factors = [[1, low.derive(low.value / own)], [w.derive(w.value + 1), 1]]
        return {"type": "PiecewiseLinear", "factors": factors, "interval": "step"}
    return _lines((1, low), (w.derive(w.value + 1), high))


def _warmup_decay(config: ConfigReader, filled: Filled) -> Schedule:
    (w, rise), low, own = _warmup(config, filled), _low(config), filled.lr.value
    high = _high(config, filled, 0.001)
    total = _auto_integer(config, "total_num_steps", 0, filled.total)
    _need_total(config, total)
    if _is_linear(config) and total.value > w.value:
        end = total.derive(total.value + 1)
        return _lines((1, low), (w.derive(w.value + 1), high), (end, low))
    fall = f"max(0, ({total.value + 1} - step) / {max(1, total.value - w.value)})"
    share = f"{rise} if step <= {w.value} else {fall}"
    return _lambda(total.derive(_between(low.value / own, high.value / own, share)))


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


@dataclass(frozen=True, slots=True)
class _Cycle:
    """The cycle of ``OneCycle``, which learning rate and momentum go through.

    Args:
        first: ticks of its first part.
        second: ticks of its second part.
        stairs: the number of stairs of each part; 0 for a line.
        decay: the units of decay that are over at a tick, as an expression; empty for no decay.
    """

    first: Value[int]
    second: Value[int]
    stairs: tuple[int, int]
    decay: str

    @property
    def end(self) -> Value[int]:
        """The tick at which it is over."""
        return self.second.derive(self.first.value + self.second.value)

    def has_lines(self, rate: float) -> bool:
        """Return True if it consists of lines, and what follows it, by a rate of decay, too."""
        return not any(self.stairs) and self.second.value > 0 and not (self.decay and rate)

    def scale(self) -> str:
        """How far up the cycle is at a tick, from 0 to 1, as an expression."""
        first, second, size = self.first.value, self.second.value, self.end.value
        ratio, place = first / size, f"(step % {size})"
        share = f"({place} / {size})"
        up, down = f"{share} / {ratio!r}", f"({share} - 1) / {ratio - 1!r}" if second else "0"
        stairs, others = self.stairs
        if stairs > 0:
            up = f"floor({place} * {stairs} / {first}) / {stairs}"
        if others > 0 and second:
            down = f"floor(({size} - {place}) * {others} / {second}) / {others}"
        return f"({up} if {share} <= {ratio!r} else {down})"


def _one_cycle(config: ConfigReader, filled: Filled) -> object:
    low, high = _required(config, "cycle_min_lr"), _required(config, "cycle_max_lr")
    cycle = _cycle(config)
    if cycle is None:
        return None
    lr = _cycled_lr(config, cycle, low, high, filled.lr.value)
    if not config.boolean(f"{_PARAMS}.cycle_momentum", default=True).value:
        return lr
    return [lr, _momentum(config, cycle)]


def _cycle(config: ConfigReader) -> _Cycle | None:
    first = config.integer(f"{_PARAMS}.cycle_first_step_size", 2000)
    second = config.integer(f"{_PARAMS}.cycle_second_step_size", first.value)
    if first.value < 1 or second.value < 0:
        config.refuse(first.key, "must be above 0")
        return None
    stairs = config.integer(f"{_PARAMS}.cycle_first_stair_count", 0).value
    others = config.integer(f"{_PARAMS}.cycle_second_stair_count", stairs).value
    every = _number(config, "decay_step_size", 0)
    decay = f"(step - {first.value + second.value}) / {every!r}" if every else ""
    return _Cycle(first, second, (max(stairs, 0), max(others, 0)), decay)


def _cycled_lr(
    config: ConfigReader, cycle: _Cycle, low: Value[float], high: Value[float], own: float
) -> Schedule:
    rate = _number(config, "decay_lr_rate", 0.0) if cycle.decay else 0.0
    if cycle.has_lines(rate):
        return _lines((0, low), (cycle.first, high), (cycle.end, low))
    start, rise = low.value / own, (high.value - low.value) / own
    after = f"{start!r} / (1 + {rate!r} * {cycle.decay})" if cycle.decay else repr(start)
    during = f"{start!r} + {rise!r} * {cycle.scale()}"
    return _lambda(cycle.first.derive(f"{during} if step <= {cycle.end.value} else {after}"))


def _momentum(config: ConfigReader, cycle: _Cycle) -> Schedule:
    """The first beta, which falls from ``cycle_max_mom`` and comes back, then grows."""
    low, high = momentum_of(config)
    rate = _number(config, "decay_mom_rate", 0.0) if cycle.decay else 0.0
    first, end = cycle.first.value, cycle.end.value
    # The constructor sets the lowest momentum, and the first tick goes on from the highest.
    if cycle.has_lines(rate):
        jump = [(1, high - (high - low) / first)] if first > 1 else []
        points = ((0, low), *jump, (cycle.first, low), (cycle.end, high))
        return _lines(*points, param_group_field="betas[0]")
    after = f"1 + {rate!r} * {cycle.decay}" if cycle.decay and rate else "1"
    during = f"1 - {(high - low) / high!r} * {cycle.scale()}"
    formula = f"{low / high!r} if step < 1 else ({during} if step <= {end} else {after})"
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


def _required(config: ConfigReader, name: str) -> Value[float]:
    key = f"{_PARAMS}.{name}"
    if not config.has(key):
        config.refuse("scheduler.type", f"`OneCycle` needs `{name}`")
    return config.number(key, 1.0)


_KINDS: Mapping[str, Callable[[ConfigReader, Filled], object]] = {
    "WarmupLR": _warmup_lr,
    "WarmupDecayLR": _warmup_decay,
    "WarmupCosineLR": _warmup_cosine,
    "LRRangeTest": _range_test,
    "OneCycle": _one_cycle,
}
