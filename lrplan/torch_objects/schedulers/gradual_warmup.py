"""A warm-up in front of any scheduler."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, SupportsFloat

from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau

from lrplan import curves
from lrplan.curves.warmup import Shape
from lrplan.torch_objects.schedulers.base import current_lrs
from lrplan.torch_objects.schedulers.group_field import write_field
from lrplan.torch_objects.schedulers.restart import scale_bases, start_again


class GradualWarmupScheduler(LRScheduler):
    """A warm-up to ``base * multiplier``, by default a line, then another scheduler from there.

    With ``s`` the tick: while ``s < total_epoch`` the lr is ``curves.gradual_warmup`` times base.
    At ``s = total_epoch + k`` it is what ``after_scheduler`` gives at its own tick ``k``, built on
    ``base * multiplier``; its tick 0 is the end of the warm-up. Schedulers with lrs of their own
    (``max_lr`` of ``OneCycleLR`` and ``CyclicLR``, every ``eta_min`` and ``min_lr``) keep those.
    The ``base_lr`` of a ``CyclicLR`` is multiplied as every base is: cycles begin where the
    warm-up ends.

    A ``ReduceLROnPlateau`` starts at the hand-over: metrics given during the warm-up are not
    passed on, and the first that counts is the one of tick ``total_epoch + 1``, which rates the
    first epoch at the full lr.

    Args:
        optimizer: the optimizer whose lr is driven.
        multiplier: ratio of the lr after the warm-up to base. With 1 the warm-up begins at 0, with
            more at base.
        total_epoch: ticks of warm-up.
        after_scheduler: the scheduler that follows, built on the same optimizer before this one
            and ticked by this one alone; None holds ``base * multiplier``.
        last_epoch: the last tick done; -1: a new run.
        start: ratio of the first value to base; None: 0 with a multiplier of 1, else 1.
        shape: ``linear``, ``cosine`` or ``exponential``.

    Raises:
        ValueError: if ``multiplier`` or ``total_epoch`` is below 1, ``start`` below 0,
            ``after_scheduler`` has another optimizer, or ``last_epoch`` is past the warm-up of an
            ``after_scheduler``.

    Source:
        Goyal et al. (arXiv:1706.02677), section 2.2; the interface is PyPI ``warmup-scheduler``'s,
        whose hand-over is late and whose peak differs.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        multiplier: float,
        total_epoch: int,
        after_scheduler: LRScheduler | None = None,
        last_epoch: int = -1,
        *,
        start: float | None = None,
        shape: Shape = "linear",
    ) -> None:
        if after_scheduler is not None:
            _check_after(after_scheduler, optimizer, last_epoch, total_epoch)
            scale_bases(after_scheduler, multiplier)
        self.multiplier = multiplier
        self.total_epoch = total_epoch
        self.after_scheduler = after_scheduler
        self.start = start
        self.shape = shape
        super().__init__(optimizer, last_epoch)

    @property
    def takes_metric(self) -> bool:
        """True if ``step()`` needs a metric, for a plateau scheduler inside."""
        return isinstance(self.after_scheduler, ReduceLROnPlateau) or (
            isinstance(self.after_scheduler, GradualWarmupScheduler)
            and self.after_scheduler.takes_metric
        )

    def get_lr(self) -> list[float | Tensor]:
        """The lr of each group at the current tick; from the hand-over on, the lr in the group."""
        if self.after_scheduler is not None and self.last_epoch >= self.total_epoch:
            return current_lrs(self.optimizer)
        # With 5 ticks and multiplier 1 the factors are 0, 0.2, 0.4 ...; with multiplier 2 they
        # begin at the base: 1, 1.2, 1.4 ... up to 2.
        factor = float(
            curves.gradual_warmup(
                self.last_epoch, self.multiplier, self.total_epoch, self.start, self.shape
            )
        )
        return [base * factor for base in self.base_lrs]

    def step(self, metrics: SupportsFloat | None = None) -> None:
        """Tick once, after the ``step()`` of the optimizer.

        Args:
            metrics: what a ``ReduceLROnPlateau`` as ``after_scheduler`` reads; needed for it after
                the hand-over.

        Raises:
            TypeError: if a metric is given that no scheduler reads, or a needed one is missing.
        """
        # Older releases of torch start a phase of SequentialLR by step(0): its tick 0, no metric.
        if metrics is not None and metrics != 0 and not self.takes_metric:
            raise TypeError("step() takes a metric only with a ReduceLROnPlateau inside")
        super().step()
        if self.after_scheduler is None or self.last_epoch < self.total_epoch:
            return
        # With total_epoch = 3: ticks 1 and 2 climb, tick 3 is the hand-over, where the follower
        # shows its own tick 0, and from tick 4 on the follower is ticked and writes the lr.
        if self.last_epoch == self.total_epoch:
            self._hand_over(self.after_scheduler)
        else:
            self._follow(self.after_scheduler, metrics)
        self._last_lr = current_lrs(self.optimizer)

    def state_dict(self) -> dict[str, Any]:
        """The state, with that of ``after_scheduler`` inside."""
        state = super().state_dict()
        if self.after_scheduler is not None:
            state["after_scheduler"] = self.after_scheduler.state_dict()
        return state

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over a state from ``state_dict()``; the optimizers stay as they are."""
        own = {key: value for key, value in state_dict.items() if key != "after_scheduler"}
        super().load_state_dict(own)
        if self.after_scheduler is not None:
            self.after_scheduler.load_state_dict(state_dict["after_scheduler"])

    def _hand_over(self, after: LRScheduler) -> None:
        bases = [float(base) * self.multiplier for base in self.base_lrs]
        for group, base in zip(self.optimizer.param_groups, bases, strict=True):
            write_field(group, "lr", base)
        start_again(after, bases)

    def _follow(self, after: LRScheduler, metrics: SupportsFloat | None) -> None:
        step: Callable[..., None] = after.step
        if not self.takes_metric:
            step()
        elif metrics is None:
            raise TypeError("step() needs a metric: after_scheduler is a ReduceLROnPlateau")
        else:
            step(metrics)


def _check_after(
    after: LRScheduler, optimizer: Optimizer, last_epoch: int, total_epoch: int
) -> None:
    if after.optimizer is not optimizer:
        raise ValueError("after_scheduler must be built on the same optimizer")
    if last_epoch >= total_epoch:
        raise ValueError("resume past the warm-up with load_state_dict(), not last_epoch")
