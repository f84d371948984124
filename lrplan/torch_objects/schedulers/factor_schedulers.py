"""Schedulers that multiply the initial value by one factor for all groups."""

from __future__ import annotations

from collections.abc import Iterable

from torch.optim import Optimizer

from lrplan.catalog import field_schedulers, ramps, warmups
from lrplan.curves.warmup import Shape
from lrplan.torch_objects.schedulers.base import FactorScheduler


class WarmupCosine(FactorScheduler):
    """Linear warm-up from 0, then half a cosine to a floor; ``curves.warmup_cosine``.

    Args:
        optimizer: the optimizer whose groups are driven.
        warmup_steps: ticks of warm-up.
        total_steps: tick at the floor, warm-up included; past it, the value climbs again.
        min_ratio: ratio of the floor to the peak.
        param_group_field: the field driven.
        last_epoch: the last tick done; -1: a new run.

    Raises:
        ValueError: if ``warmup_steps`` is below 0 or ``total_steps`` below 1.

    Source:
        ``get_cosine_schedule_with_warmup`` of Hugging Face transformers.
    """

    row = warmups.WARMUP_COSINE

    def __init__(
        self,
        optimizer: Optimizer,
        warmup_steps: int,
        total_steps: int,
        min_ratio: float = 0.0,
        param_group_field: str = "lr",
        last_epoch: int = -1,
    ) -> None:
        self.warmup_steps = warmup_steps
        self.total_steps = total_steps
        self.min_ratio = min_ratio
        super().__init__(optimizer, param_group_field, last_epoch)


class WarmupConstantSchedule(FactorScheduler):
    """Linear warm-up from 0, then constant; ``curves.linear_warmup``.

    Args:
        optimizer: the optimizer whose groups are driven.
        warmup_steps: ticks of warm-up; 0 for none.
        param_group_field: the field driven.
        last_epoch: the last tick done; -1: a new run.

    Raises:
        ValueError: if ``warmup_steps`` is below 0.

    Source:
        ``get_constant_schedule_with_warmup`` of Hugging Face transformers.
    """

    row = warmups.WARMUP_CONSTANT

    def __init__(
        self,
        optimizer: Optimizer,
        warmup_steps: int,
        param_group_field: str = "lr",
        last_epoch: int = -1,
    ) -> None:
        self.warmup_steps = warmup_steps
        super().__init__(optimizer, param_group_field, last_epoch)


class WarmupRamp(FactorScheduler):
    """From a share of the base to the base along a line or a curve; ``curves.warmup_ramp``.

    Args:
        optimizer: the optimizer whose groups are driven.
        warmup_steps: ticks of warm-up; 0 for none.
        start: ratio of the first value to the base.
        shape: ``linear``, ``cosine`` or ``exponential``.
        param_group_field: the field driven.
        last_epoch: the last tick done; -1: a new run.

    Raises:
        ValueError: if ``warmup_steps`` or ``start`` is below 0, or an exponential starts at 0.
    """

    row = ramps.WARMUP_RAMP

    def __init__(
        self,
        optimizer: Optimizer,
        warmup_steps: int,
        start: float = 0.0,
        shape: Shape = "linear",
        param_group_field: str = "lr",
        last_epoch: int = -1,
    ) -> None:
        self.warmup_steps = warmup_steps
        self.start = start
        self.shape = shape
        super().__init__(optimizer, param_group_field, last_epoch)


class InverseSqrtScheduler(FactorScheduler):
    """Linear warm-up, then the inverse square root of the tick; ``curves.inverse_sqrt``.

    It is meant to tick at every optimizer step.

    Args:
        optimizer: the optimizer whose groups are driven.
        warmup_steps: ticks of warm-up, at least 1.
        timescale: scale of the fall, in ticks; None: ``warmup_steps``, so that the value is halved
            at four times the warm-up.
        cooldown_steps: ticks of a line to 0 that is laid over the last of ``total_steps``; 0: none.
        total_steps: the tick at which a cool-down reaches 0.
        param_group_field: the field driven.
        last_epoch: the last tick done; -1: a new run.
        start: the factor at tick 0.

    Raises:
        ValueError: if ``warmup_steps`` is below 1, or there is a cool-down without a total.

    Source:
        ``inverse_square_root_schedule`` of fairseq, as ESM uses it; ``rsqrt`` of big_vision.
    """

    row = warmups.INVERSE_SQRT

    def __init__(
        self,
        optimizer: Optimizer,
        warmup_steps: int,
        timescale: int | None = None,
        cooldown_steps: int = 0,
        total_steps: int | None = None,
        param_group_field: str = "lr",
        last_epoch: int = -1,
        start: float = 0.0,
    ) -> None:
        self.warmup_steps = warmup_steps
        self.timescale = timescale
        self.cooldown_steps = cooldown_steps
        self.total_steps = total_steps
        self.start = start
        super().__init__(optimizer, param_group_field, last_epoch)


class MilestoneLrScheduler(FactorScheduler):
    """Times gamma at each of the given ticks; ``curves.milestone_decay``.

    Args:
        optimizer: the optimizer whose groups are driven.
        milestones: ticks at which the value changes, in any order.
        gamma: ratio of each value to the one before it.
        param_group_field: the field driven.
        last_epoch: the last tick done; -1: a new run.

    Raises:
        ValueError: if a milestone is before tick 0.

    Source:
        An example in the documentation of pytorch-accelerated, where milestones are epochs.
    """

    row = field_schedulers.MILESTONE_LR

    def __init__(
        self,
        optimizer: Optimizer,
        milestones: Iterable[int],
        gamma: float = 0.5,
        param_group_field: str = "lr",
        last_epoch: int = -1,
    ) -> None:
        self.milestones = list(milestones)
        self.gamma = gamma
        super().__init__(optimizer, param_group_field, last_epoch)


class StepWdScheduler(FactorScheduler):
    """Weight decay times gamma at every ``every`` ticks; ``curves.step_decay``.

    Args:
        optimizer: the optimizer whose groups are driven.
        every: ticks between two changes.
        gamma: ratio of each value to the one before it.
        param_group_field: the field driven.
        last_epoch: the last tick done; -1: a new run.

    Raises:
        ValueError: if ``every`` is below 1.

    Source:
        An example in the documentation of pytorch-accelerated.
    """

    row = field_schedulers.STEP_WD

    def __init__(
        self,
        optimizer: Optimizer,
        every: int,
        gamma: float = 1.1,
        param_group_field: str = "weight_decay",
        last_epoch: int = -1,
    ) -> None:
        self.every = every
        self.gamma = gamma
        super().__init__(optimizer, param_group_field, last_epoch)
