"""The classes of ``timm.scheduler``, with lrplan's formulas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

import torch
from torch.optim import Optimizer
from torch.optim.lr_scheduler import ReduceLROnPlateau

from lrplan.curves.packages.timm import FORMULAS

_SEED = 42


class _Noise:
    """Noise on the values of some ticks: a share of each, drawn from a seed and the tick."""

    def __init__(
        self,
        noise_range_t: Sequence[float] | None = None,
        noise_type: str = "normal",
        noise_pct: float = 0.67,
        noise_std: float = 1.0,
        noise_seed: int | None = _SEED,
    ) -> None:
        self._range = noise_range_t
        self._is_normal = noise_type == "normal"
        self._largest, self._std = noise_pct, noise_std
        self._seed = _SEED if noise_seed is None else noise_seed

    def at(self, tick: int) -> float:
        """The share that is added at ``tick``; 0 outside the range."""
        if self._range is None or not self._range[0] <= tick < self._range[1]:
            return 0.0
        return self._draw(tick)

    def _draw(self, tick: int) -> float:
        generator = torch.Generator()
        generator.manual_seed(self._seed + tick)
        if not self._is_normal:
            return 2 * (torch.rand(1, generator=generator).item() - 0.5) * self._largest
        while True:  # until one is small enough, as timm draws them
            noise = torch.randn(1, generator=generator).item() * self._std
            if abs(noise) < self._largest:
                return float(noise)


class _Scheduler:
    """The common base of all: base values, noise, and groups with an ``lr_scale``."""

    def __init__(self, optimizer: Optimizer, arguments: Mapping[str, Any]) -> None:
        self.optimizer = optimizer
        self.t_in_epochs = arguments.get("t_in_epochs", True)
        if arguments.get("initialize", True):
            for group in optimizer.param_groups:
                group.setdefault("initial_lr", group["lr"])
        self.base_values = [float(group["initial_lr"]) for group in optimizer.param_groups]
        noise = {key: value for key, value in arguments.items() if key.startswith("noise_")}
        self._noise = _Noise(**noise)

    def update_groups(self, lrs: Sequence[float]) -> None:
        """Set the lr of each group, times its ``lr_scale``."""
        for group, lr in zip(self.optimizer.param_groups, lrs, strict=True):
            group["lr"] = lr * group.get("lr_scale", 1.0)


class FormulaScheduler(_Scheduler):
    """A scheduler of timm whose value is a function of the count that it is given.

    Args:
        name: its class.
        optimizer: the optimizer to drive.
        arguments: those of the class.

    Raises:
        ValueError: timm would refuse the arguments.
    """

    def __init__(self, name: str, optimizer: Optimizer, **arguments: Any) -> None:
        _check(name, arguments)
        super().__init__(optimizer, arguments)
        self._formula = partial(FORMULAS[name], **arguments)
        self.update_groups(self._lrs_at(0))

    def step(self, epoch: int, metric: float | None = None) -> None:  # noqa: ARG002  # as timm's
        """An epoch has ended; ``epoch`` of them are done."""
        if self.t_in_epochs:
            self._go_to(epoch)

    def step_update(self, num_updates: int, metric: float | None = None) -> None:  # noqa: ARG002
        """An update has ended; ``num_updates`` of them are done."""
        if not self.t_in_epochs:
            self._go_to(num_updates)

    def state_dict(self) -> dict[str, Any]:
        """The bases: all else follows from the count."""
        return {"base_values": self.base_values}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from what ``state_dict`` returned."""
        self.base_values = state["base_values"]

    def _go_to(self, tick: int) -> None:
        noise = self._noise.at(tick)
        self.update_groups([lr + lr * noise for lr in self._lrs_at(tick)])

    def _lrs_at(self, tick: int) -> list[float]:
        return [float(self._formula(tick, base)) for base in self.base_values]


class PlateauLRScheduler(_Scheduler):
    """A warm-up, then torch's ``ReduceLROnPlateau``, with noise on top of it.

    Args:
        optimizer: the optimizer to drive.
        arguments: those of the class.
    """

    def __init__(self, optimizer: Optimizer, **arguments: Any) -> None:
        super().__init__(optimizer, arguments)
        self.update_groups(self.base_values)
        self._plateau = ReduceLROnPlateau(
            optimizer,
            mode=arguments.get("mode", "max"),
            factor=arguments.get("decay_rate", 0.1),
            patience=arguments.get("patience_t", 10),
            threshold=arguments.get("threshold", 1e-4),
            cooldown=arguments.get("cooldown_t", 0),
            min_lr=arguments.get("lr_min", 0.0),
        )
        self._warmup = arguments.get("warmup_t", 0)
        self._start = arguments.get("warmup_lr_init", 0.0)
        self._without_noise: list[float] | None = None
        if self._warmup:
            self._warm_up(0)

    def step(self, epoch: int, metric: float | None = None) -> None:
        """An epoch has ended; ``epoch`` of them are done, and it gave ``metric``."""
        if epoch <= self._warmup:
            self._warm_up(epoch)
            return
        groups = self.optimizer.param_groups
        if self._without_noise is not None:
            for group, lr in zip(groups, self._without_noise, strict=True):
                group["lr"] = lr
            self._without_noise = None
        if metric is not None:
            self._plateau.step(metric)
        noise = self._noise.at(epoch)
        if noise:
            self._without_noise = [float(group["lr"]) for group in groups]
            for group, lr in zip(groups, self._without_noise, strict=True):
                group["lr"] = lr + lr * noise

    def step_update(self, num_updates: int, metric: float | None = None) -> None:
        """Nothing: it acts on epochs."""

    def state_dict(self) -> dict[str, Any]:
        """The state that timm keeps: the best metric and the count, and no more."""
        return {"best": self._plateau.best, "last_epoch": self._plateau.last_epoch}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from what ``state_dict`` returned."""
        self._plateau.best = state["best"]
        self._plateau.last_epoch = state["last_epoch"]

    def _warm_up(self, epoch: int) -> None:
        shares = [(base - self._start) / self._warmup for base in self.base_values]
        self.update_groups([self._start + epoch * share for share in shares])


def _check(name: str, arguments: Mapping[str, Any]) -> None:
    if name == "TanhLRScheduler" and not arguments.get("lb", -7.0) < arguments.get("ub", 3.0):
        raise ValueError("lb must be less than ub")
    if name != "WSDLRScheduler":
        return
    t_initial, decay_t = arguments["t_initial"], arguments["decay_t"]
    if decay_t > t_initial:
        raise ValueError(f"decay_t ({decay_t}) is longer than t_initial ({t_initial})")
    scale = arguments.get("stable_timescale")
    scale = arguments.get("warmup_t", 0) if scale is None else scale
    if arguments.get("stable_fn", "constant") != "constant" and not scale > 0:
        raise ValueError("a stable_fn that falls needs a stable_timescale, or a warmup_t")


CosineLRScheduler: Final = partial(FormulaScheduler, "CosineLRScheduler")
TanhLRScheduler: Final = partial(FormulaScheduler, "TanhLRScheduler")
PolyLRScheduler: Final = partial(FormulaScheduler, "PolyLRScheduler")
StepLRScheduler: Final = partial(FormulaScheduler, "StepLRScheduler")
MultiStepLRScheduler: Final = partial(FormulaScheduler, "MultiStepLRScheduler")
WSDLRScheduler: Final = partial(FormulaScheduler, "WSDLRScheduler")
