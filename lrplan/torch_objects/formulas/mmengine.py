"""The classes ``XLR`` of ``mmengine.optim.scheduler``, by their own recursion; release 0.10.7.

Each tick computes the learning rate from the current one of the group, as MMEngine does, so that
overlapping schedulers give the same values. ``k`` is the tick counted from ``begin``; the tick 0 is
made when the scheduler is built.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, TypeAlias

from torch.optim import Optimizer

from lrplan.torch_objects.schedulers import write_field

_NEVER = 10**9
Rule: TypeAlias = Callable[[int, float, float], float]
"""The next value: of the tick ``k``, the value that the group has, and its base value."""


class FormulaScheduler:
    """A scheduler of MMEngine for the learning rate.

    Args:
        rule: makes the rule of its class from the ticks that it acts on and its arguments.
        optimizer: the optimizer to drive.
        begin: the tick of the run at which it begins.
        end: the first tick at which it does nothing.
        arguments: the other ones of its class.

    Raises:
        ValueError: ``end`` is not after ``begin``, or the class refuses an argument.
    """

    def __init__(
        self,
        rule: Callable[..., Rule],
        optimizer: Optimizer,
        *,
        begin: int = 0,
        end: int = _NEVER,
        **arguments: Any,
    ) -> None:
        if end <= begin:
            message = f"end should be larger than begin, but got begin={begin}, end={end}"
            raise ValueError(message)
        self.optimizer = optimizer
        self.begin, self.end = begin, end
        arguments = {k: v for k, v in arguments.items() if k not in ("by_epoch", "verbose")}
        self._rule = rule(end - begin, **arguments)
        for group in optimizer.param_groups:
            group.setdefault("initial_lr", group["lr"])
        self.base_values = [float(group["initial_lr"]) for group in optimizer.param_groups]
        self.last_step, self._tick = -1, -1
        self.step()

    def step(self) -> None:
        """Tick once, after an iteration or an epoch."""
        self._tick += 1
        if not self.begin <= self._tick < self.end:
            return
        self.last_step += 1
        for group, base in zip(self.optimizer.param_groups, self.base_values, strict=True):
            write_field(group, "lr", self._rule(self.last_step, float(group["lr"]), base))

    def state_dict(self) -> dict[str, int]:
        """The counts of ticks."""
        return {"last_step": self.last_step, "tick": self._tick}

    def load_state_dict(self, state: Mapping[str, int]) -> None:
        """Continue from what ``state_dict`` returned."""
        self.last_step, self._tick = state["last_step"], state["tick"]


def _step(_length: int, step_size: int, gamma: float = 0.1) -> Rule:
    return lambda k, value, _: value * gamma if k and k % step_size == 0 else value


def _multi_step(_length: int, milestones: list[int], gamma: float = 0.1) -> Rule:
    cuts = Counter(milestones)
    return lambda k, value, _: value * gamma ** cuts[k] if k in cuts else value


def _constant(length: int, factor: float = 1.0 / 3) -> Rule:
    if not 0 <= factor <= 1:
        raise ValueError("Constant multiplicative factor should between 0 and 1.")

    def rule(k: int, value: float, _base: float) -> float:
        if k == 0:
            return value * factor
        return value * (1.0 / factor) if k == length - 1 else value

    return rule


def _exponential(_length: int, gamma: float) -> Rule:
    return lambda k, value, _: value * gamma if k else value


def _cosine(
    length: int,
    T_max: int | None = None,  # as MMEngine calls it
    eta_min: float | None = None,
    eta_min_ratio: float | None = None,
) -> Rule:
    if eta_min is not None and eta_min_ratio is not None:
        raise ValueError("Either `eta_min` or `eta_min_ratio should be specified")
    period = T_max or length

    def rule(k: int, value: float, base: float) -> float:
        floor = (eta_min or 0.0) if eta_min_ratio is None else base * eta_min_ratio
        if k == 0:
            return value
        if (k - 1 - period) % (2 * period) == 0:
            return value + (base - floor) * (1 - math.cos(math.pi / period)) / 2
        return _along(k, period) * (value - floor) + floor

    return rule


def _along(k: int, period: int) -> float:
    """The factor from one tick to the next on half a cosine."""
    now, before = (1 + math.cos(math.pi * each / period) for each in (k, k - 1))
    return now / before


def _linear(length: int, start_factor: float = 1.0 / 3, end_factor: float = 1.0) -> Rule:
    for which, factor in (("Starting", start_factor), ("Ending", end_factor)):
        if not 0 <= factor <= 1:
            raise ValueError(f"{which} multiplicative factor should between 0 and 1.")
    total, climb = length - 1, end_factor - start_factor

    def rule(k: int, value: float, _base: float) -> float:
        if k == 0:
            return value * start_factor
        return value * (1.0 + climb / (total * start_factor + (k - 1) * climb))

    return rule


def _poly(length: int, eta_min: float = 0, power: float = 1.0) -> Rule:
    total = length - 1

    def rule(k: int, value: float, _base: float) -> float:
        if k == 0:
            return value
        left = 1 - 1 / (total - k + 1)
        return (value - eta_min) * float(left**power) + eta_min

    return rule


def _restarts(
    _length: int,
    periods: list[int],
    restart_weights: tuple[float, ...] = (1,),
    eta_min: float | None = None,
    eta_min_ratio: float | None = None,
) -> Rule:
    if (eta_min is None) == (eta_min_ratio is None) or len(periods) != len(restart_weights):
        raise ValueError("periods and restart_weights should have the same length.")
    starts = [sum(periods[:index]) for index in range(len(periods) + 1)]

    def rule(k: int, value: float, base: float) -> float:
        index = next((n for n, end in enumerate(starts[1:]) if k < end), None)
        if index is None:
            return value
        floor = base * eta_min_ratio if eta_min_ratio is not None else (eta_min or 0.0)
        if k == starts[index]:
            return base * restart_weights[index]
        return _along(k - starts[index], periods[index]) * (value - floor) + floor

    return rule


StepLR: Final = partial(FormulaScheduler, _step)
MultiStepLR: Final = partial(FormulaScheduler, _multi_step)
ConstantLR: Final = partial(FormulaScheduler, _constant)
ExponentialLR: Final = partial(FormulaScheduler, _exponential)
CosineAnnealingLR: Final = partial(FormulaScheduler, _cosine)
LinearLR: Final = partial(FormulaScheduler, _linear)
PolyLR: Final = partial(FormulaScheduler, _poly)
CosineRestartLR: Final = partial(FormulaScheduler, _restarts)
