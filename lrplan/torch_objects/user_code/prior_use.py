"""Detects optimizers and schedulers that were used before: their curve begins in the middle."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import Tensor
from torch.optim import Optimizer

from lrplan.torch_objects.user_code.package_schedulers import package_of

_COUNTERS = (
    ("last_epoch", 0),  # torch
    ("_global_step", 0),  # mmengine
    ("event_index", 0),  # ignite
    ("_num_updates", 1),  # pytorch-accelerated
    ("last_batch_iteration", 1),  # DeepSpeed
)
"""Attributes that count ticks, and how many more ticks than they say were made."""


def prior_ticks(scheduler: Any) -> int:
    """The ticks that a scheduler has made already, as far as it counts them."""
    # Packages start their counters at different values: an LRScheduler of torch that was just built
    # has last_epoch 0, one of DeepSpeed last_batch_iteration -1. With `more` added, both are 0.
    counts = [0]
    for name, more in _COUNTERS:
        count = getattr(scheduler, name, None)
        if isinstance(count, int):
            counts.append(count + more)
    if not hasattr(scheduler, "last_epoch"):  # ChainedScheduler of older torch; timm's plateau
        inner = getattr(scheduler, "_schedulers", None) or [getattr(scheduler, "lr_scheduler", 0)]
        counts += [prior_ticks(each) for each in inner if hasattr(each, "__dict__")]
    return max(counts)


def prior_steps(optimizer: Optimizer) -> int | None:
    """The steps that an optimizer has made; None where it has made some and does not count."""
    states = [each for each in optimizer.state.values() if isinstance(each, dict)]
    steps = [int(each["step"]) for each in states if _is_number(each.get("step"))]
    if steps:
        return max(steps)
    has_momentum = any(each.get("momentum_buffer") is not None for each in states)
    return None if has_momentum else 0


def moved_values(scheduler: Any) -> Iterator[tuple[float, float]]:
    """Yield the current and the first value of each changed group of a scheduler of timm.

    Such a scheduler has no count of its ticks. For others, nothing is yielded.
    """
    field = getattr(scheduler, "param_group_field", None)
    package = package_of(scheduler)
    if field is None or package is None or not hasattr(scheduler, "t_in_epochs"):
        return
    warm = getattr(scheduler, "warmup_t", 0)
    for group, base in zip(scheduler.optimizer.param_groups, scheduler.base_values, strict=False):
        begins = scheduler.warmup_lr_init if warm else base
        begins *= group.get("lr_scale", 1)
        if float(group[field]) != float(begins):
            yield float(group[field]), float(begins)


def prior_use(scheduler: Any) -> str:
    """The words for a scheduler's use before, to follow its name; empty if it is unused."""
    ticks = prior_ticks(scheduler)
    if ticks > 0:
        times = "once" if ticks == 1 else f"{ticks} times"
        return f"has ticked {times} already"
    for value, begins in moved_values(scheduler):
        return f"has ticked already, or its lr was changed: it is {value:g}, not {begins:g}"
    return ""


def _is_number(value: object) -> bool:
    if isinstance(value, Tensor):
        return value.numel() == 1
    return isinstance(value, (int, float))
