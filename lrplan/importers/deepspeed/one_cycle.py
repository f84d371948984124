"""DeepSpeed's ``OneCycle``: the learning rate and the first beta go through a cycle, then decay.

Source: ``deepspeed/runtime/lr_schedules.py``, 0.19.8.
"""

from __future__ import annotations

from dataclasses import dataclass

from lrplan.importers.config_reader import ConfigReader
from lrplan.importers.deepspeed.spec_parts import PARAMS, expression, lines, number
from lrplan.importers.family import Schedule
from lrplan.importers.value import Value


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
        # By example, 3 ticks up and 1 down: `place` counts 0 1 2 3 0 1 ..., `share` is place / 4,
        # and up to 3 / 4 the height is share / 0.75: 0, 1/3, 2/3, 1. Behind it is (share - 1) /
        # (0.75 - 1), which falls from 1 to 0. With stairs, the height is that at the begin of the
        # stair.
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


def one_cycle(config: ConfigReader, own: float) -> object:
    """``OneCycle``; None after reporting why there is none.

    Args:
        config: the config.
        own: the learning rate of the optimizer.
    """
    low, high = _required(config, "cycle_min_lr"), _required(config, "cycle_max_lr")
    cycle = _cycle(config)
    if cycle is None:
        return None
    lr = _cycled_lr(config, cycle, low, high, own)
    if not config.boolean(f"{PARAMS}.cycle_momentum", default=True).value:
        return lr
    return [lr, _momentum(config, cycle)]


def _cycle(config: ConfigReader) -> _Cycle | None:
    first = config.integer(f"{PARAMS}.cycle_first_step_size", 2000)
    second = config.integer(f"{PARAMS}.cycle_second_step_size", first.value)
    if first.value < 1 or second.value < 0:
        config.refuse(first.key, "must be above 0")
        return None
    stairs = config.integer(f"{PARAMS}.cycle_first_stair_count", 0).value
    others = config.integer(f"{PARAMS}.cycle_second_stair_count", stairs).value
    every = number(config, "decay_step_size", 0)
    decay = f"(step - {first.value + second.value}) / {every!r}" if every else ""
    return _Cycle(first, second, (max(stairs, 0), max(others, 0)), decay)


def _cycled_lr(
    config: ConfigReader, cycle: _Cycle, low: Value[float], high: Value[float], own: float
) -> Schedule:
    rate = number(config, "decay_lr_rate", 0.0) if cycle.decay else 0.0
    if cycle.has_lines(rate):
        return lines((0, low), (cycle.first, high), (cycle.end, low))
    start, rise = low.value / own, (high.value - low.value) / own
    after = f"{start!r} / (1 + {rate!r} * {cycle.decay})" if cycle.decay else repr(start)
    during = f"{start!r} + {rise!r} * {cycle.scale()}"
    return expression(cycle.first.derive(f"{during} if step <= {cycle.end.value} else {after}"))


def _momentum(config: ConfigReader, cycle: _Cycle) -> Schedule:
    """The first beta, which falls from ``cycle_max_mom`` and comes back, then grows."""
    low, high = momentum_of(config)
    rate = number(config, "decay_mom_rate", 0.0) if cycle.decay else 0.0
    first, end = cycle.first.value, cycle.end.value
    # The constructor sets the lowest momentum, and the first tick goes on from the highest.
    if cycle.has_lines(rate):
        jump = [(1, high - (high - low) / first)] if first > 1 else []
        points = ((0, low), *jump, (cycle.first, low), (cycle.end, high))
        return lines(*points, param_group_field="betas[0]")
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
    low, high = number(config, "cycle_min_mom", 0.8), number(config, "cycle_max_mom", 0.9)
    if high <= 0:
        config.refuse(f"{PARAMS}.cycle_max_mom", f"must be above 0, not {high:g}")
        return 0.8, 0.9
    return low, high


def _required(config: ConfigReader, name: str) -> Value[float]:
    key = f"{PARAMS}.{name}"
    if not config.has(key):
        config.refuse("scheduler.type", f"`OneCycle` needs `{name}`")
    return config.number(key, 1.0)
