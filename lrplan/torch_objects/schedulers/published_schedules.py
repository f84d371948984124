"""Schedulers of the literature that multiply the initial value by one factor for all groups."""

from __future__ import annotations

from torch.optim import Optimizer

from lrplan.catalog import published_schedules
from lrplan.torch_objects.schedulers.base import FactorScheduler


class WarmupLinear(FactorScheduler):
    """Linear warm-up from 0, then a line to a floor; ``curves.warmup_polynomial``.

    Args:
        optimizer: the optimizer whose groups are driven.
        warmup_steps: ticks of warm-up; 0 for none.
        total_steps: tick that reaches the last value, warm-up included.
        min_ratio: ratio of the last value to the peak.
        param_group_field: the field driven.
        last_epoch: the last tick done; -1: a new run.

    Raises:
        ValueError: if ``warmup_steps`` is below 0 or ``total_steps`` below 1.

    Source:
        ``get_linear_schedule_with_warmup`` of Hugging Face transformers, with a floor.
    """

    row = published_schedules.WARMUP_LINEAR

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


class WarmupPolynomial(FactorScheduler):
    """Linear warm-up from 0, then a power of what is left; ``curves.warmup_polynomial``.

    Args:
        optimizer: the optimizer whose groups are driven.
        warmup_steps: ticks of warm-up; 0 for none.
        total_steps: tick that reaches the last value, warm-up included.
        power: exponent; 1 is a line, a larger one falls sooner.
        min_ratio: ratio of the last value to the peak.
        param_group_field: the field driven.
        last_epoch: the last tick done; -1: a new run.

    Raises:
        ValueError: if ``warmup_steps`` is below 0, or ``total_steps`` or ``power`` not above 0.

    Source:
        ``get_polynomial_decay_schedule_with_warmup`` of Hugging Face transformers.
    """

    row = published_schedules.WARMUP_POLYNOMIAL

    def __init__(
        self,
        optimizer: Optimizer,
        warmup_steps: int,
        total_steps: int,
        power: float,
        min_ratio: float = 0.0,
        param_group_field: str = "lr",
        last_epoch: int = -1,
    ) -> None:
        self.warmup_steps = warmup_steps
        self.total_steps = total_steps
        self.power = power
        self.min_ratio = min_ratio
        super().__init__(optimizer, param_group_field, last_epoch)


class WarmupStableDecay(FactorScheduler):
    """Linear warm-up from 0, a plateau, and a decay at the end; ``curves.warmup_stable_decay``.

    Args:
        optimizer: the optimizer whose groups are driven.
        warmup_steps: ticks of warm-up; 0 for none.
        total_steps: tick that reaches the last value, warm-up included.
        decay_steps: ticks of the decay.
        decay_type: ``linear``, ``1-sqrt``, ``cosine`` or ``exponential``.
        min_ratio: ratio of the last value to the peak.
        param_group_field: the field driven.
        last_epoch: the last tick done; -1: a new run.

    Raises:
        ValueError: if warm-up and decay are longer than the total, or an exponential decay has no
            floor above 0.

    Source:
        MiniCPM (arXiv:2404.06395); Hägele et al. (arXiv:2405.18392).
    """

    row = published_schedules.WARMUP_STABLE_DECAY

    def __init__(
        self,
        optimizer: Optimizer,
        warmup_steps: int,
        total_steps: int,
        decay_steps: int,
        decay_type: str = "1-sqrt",
        min_ratio: float = 0.0,
        param_group_field: str = "lr",
        last_epoch: int = -1,
    ) -> None:
        self.warmup_steps = warmup_steps
        self.total_steps = total_steps
        self.decay_steps = decay_steps
        self.decay_type = decay_type
        self.min_ratio = min_ratio
        super().__init__(optimizer, param_group_field, last_epoch)


class TriStage(FactorScheduler):
    """A line up, a plateau, then an exponential decay; ``curves.tri_stage``.

    Args:
        optimizer: the optimizer whose groups are driven.
        warmup_steps: ticks of warm-up; 0 for none.
        hold_steps: ticks at the initial value.
        decay_steps: ticks of the decay.
        init_lr_scale: ratio of the first value to the initial one of the group.
        final_lr_scale: ratio of the last value to it.
        param_group_field: the field driven.
        last_epoch: the last tick done; -1: a new run.

    Raises:
        ValueError: if a length is below 0, ``decay_steps`` below 1, or ``final_lr_scale`` not above
            0.

    Source:
        ``tri_stage`` of fairseq; SpecAugment (arXiv:1904.08779).
    """

    row = published_schedules.TRI_STAGE

    def __init__(
        self,
        optimizer: Optimizer,
        warmup_steps: int,
        hold_steps: int,
        decay_steps: int,
        init_lr_scale: float = 0.01,
        final_lr_scale: float = 0.01,
        param_group_field: str = "lr",
        last_epoch: int = -1,
    ) -> None:
        self.warmup_steps = warmup_steps
        self.hold_steps = hold_steps
        self.decay_steps = decay_steps
        self.init_lr_scale = init_lr_scale
        self.final_lr_scale = final_lr_scale
        super().__init__(optimizer, param_group_field, last_epoch)


class REX(FactorScheduler):
    """Slowly down at first and fast at the end, after a linear warm-up; ``curves.rex``.

    Args:
        optimizer: the optimizer whose groups are driven.
        total_steps: tick that reaches the last value, warm-up included.
        warmup_steps: ticks of warm-up; 0 for none.
        min_ratio: ratio of the last value to the peak.
        beta: how long the value stays high: 0 is a line, below 1.
        param_group_field: the field driven.
        last_epoch: the last tick done; -1: a new run.

    Raises:
        ValueError: if ``warmup_steps`` is below 0, ``total_steps`` below 1, or ``beta`` not in
            [0, 1).

    Source:
        Chen et al. (arXiv:2107.04197).
    """

    row = published_schedules.REX

    def __init__(
        self,
        optimizer: Optimizer,
        total_steps: int,
        warmup_steps: int = 0,
        min_ratio: float = 0.0,
        beta: float = 0.5,
        param_group_field: str = "lr",
        last_epoch: int = -1,
    ) -> None:
        self.total_steps = total_steps
        self.warmup_steps = warmup_steps
        self.min_ratio = min_ratio
        self.beta = beta
        super().__init__(optimizer, param_group_field, last_epoch)
