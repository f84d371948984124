"""A warm-up on top of any scheduler, which runs underneath it from the first tick."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, SupportsFloat

from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from lrplan import curves
from lrplan.curves.warmup import Shape
from lrplan.torch_objects.schedulers.base import current_lrs
from lrplan.torch_objects.schedulers.group_field import write_field
from lrplan.torch_objects.schedulers.restart import start_again


class WarmupOver(LRScheduler):
    """A warm-up on top of another scheduler, which ticks from the start and is seen afterwards.

    With ``s`` the tick, ``f`` the factor ``curves.warmup_ramp`` and ``r`` the lr of the scheduler
    underneath, which has ticked ``s`` times: while ``s < warmup_steps`` the lr is ``base * f(s)``
    with ``mask`` and ``r(s) * f(s)`` with ``multiply``. From ``warmup_steps`` on it is ``r(s)``.

    Args:
        optimizer: the optimizer whose lr is driven.
        base_scheduler: the scheduler underneath, built on the same optimizer before this one and
            ticked by this one alone.
        warmup_steps: ticks of warm-up; 0 for none.
        start: ratio of the first value to the one without a warm-up.
        shape: ``linear``, ``cosine`` or ``exponential``.
        mode: ``mask``, the warm-up replaces the scheduler, or ``multiply``.
        last_epoch: the last tick done; -1: a new run.

    Raises:
        ValueError: if ``warmup_steps`` or ``start`` is below 0, an exponential starts at 0, or
            ``base_scheduler`` has another optimizer.

    Source:
        mask: the optimizer of BERT (google-research/bert), timm without ``warmup_prefix``;
        multiply: the schedules of tensor2tensor and big_vision.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        base_scheduler: LRScheduler,
        warmup_steps: int,
        start: float = 0.0,
        shape: Shape = "linear",
        mode: Literal["mask", "multiply"] = "mask",
        last_epoch: int = -1,
    ) -> None:
        if base_scheduler.optimizer is not optimizer:
            raise ValueError("base_scheduler must be built on the same optimizer")
        self.base_scheduler = base_scheduler
        self.warmup_steps = warmup_steps
        self.start = start
        self.shape = shape
        self.mode = mode
        curves.warmup_ramp(0, warmup_steps, start, shape)  # raises where these are wrong
        if mode not in {"mask", "multiply"}:
            raise ValueError(f"{mode!r} is not mask or multiply")
        # The lrs of the scheduler underneath: the groups hold other lrs during the warm-up. torch
        # ticks a scheduler once while it builds it; that tick is not passed on.
        self.running: Sequence[float | Tensor] = current_lrs(optimizer)
        self._is_built = False
        super().__init__(optimizer, last_epoch)
        self._is_built = True

    def get_lr(self) -> list[float | Tensor]:
        """The lr of each group at the current tick."""
        if self.last_epoch >= self.warmup_steps:
            return list(self.running)
        factor = float(
            curves.warmup_ramp(self.last_epoch, self.warmup_steps, self.start, self.shape)
        )
        lrs = self.base_lrs if self.mode == "mask" else self.running
        return [lr * factor for lr in lrs]

    def step(self, metrics: SupportsFloat | None = None) -> None:
        """Tick once, the scheduler underneath first, after the ``step()`` of the optimizer.

        Args:
            metrics: for a scheduler underneath whose ``step()`` takes a metric.
        """
        if self._is_built and self.last_epoch < 0:
            self._start_again()
        elif self._is_built:
            # During the warm-up, the scheduler underneath continues from its own last value. After
            # the warm-up it continues from the groups, which other schedulers may have changed.
            if self.last_epoch < self.warmup_steps:
                for group, lr in zip(self.optimizer.param_groups, self.running, strict=True):
                    write_field(group, "lr", lr)
            advance: Callable[..., None] = self.base_scheduler.step
            advance() if metrics is None else advance(metrics)
            self.running = current_lrs(self.optimizer)
        super().step()

    def _get_closed_form_lr(self) -> list[float | Tensor]:
        # torch asks for this when a sequence comes to this member, in place of a tick.
        self._start_again()
        return self.get_lr()

    def _start_again(self) -> None:
        """Let the scheduler underneath begin from the initial lr.

        A container of torch takes the first tick back, to -1, and makes it again when it is this
        one's turn: with a 0, which is a tick and no metric. Until then the groups have held what
        other members gave them.
        """
        for group, lr in zip(self.optimizer.param_groups, self.base_lrs, strict=True):
            write_field(group, "lr", lr)
        start_again(self.base_scheduler, [float(lr) for lr in self.base_lrs])
        self.running = current_lrs(self.optimizer)

    def state_dict(self) -> dict[str, Any]:
        """The state, with that of ``base_scheduler`` inside."""
        return {**super().state_dict(), "base_scheduler": self.base_scheduler.state_dict()}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over a state from ``state_dict()``; the optimizers stay as they are."""
        own = {key: value for key, value in state_dict.items() if key != "base_scheduler"}
        super().load_state_dict(own)
        self.base_scheduler.load_state_dict(state_dict["base_scheduler"])
