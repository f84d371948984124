"""The live optimizer and schedulers of one plan, and a step of theirs with gradients."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from lrplan.plan import SchedulePlan, SchedulerPlan


@dataclass(frozen=True, slots=True)
class LiveScheduler:
    """An outermost scheduler that is ticked, its plan, and the indices of the groups it drives."""

    plan: SchedulerPlan
    scheduler: Any
    """A ``torch.optim.lr_scheduler`` scheduler; Any, because plateau has a ``step`` of its own."""
    optimizer: Optimizer
    """The optimizer that the scheduler was built on: the real one, or a view of some groups."""
    groups: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LiveSchedule:
    """The live optimizer and schedulers of one schedule."""

    plan: SchedulePlan = field(repr=False)
    """The plan; after a factory has run, with the groups and schedulers that it made."""
    optimizer: Optimizer
    drivers: tuple[LiveScheduler, ...]
    step: Callable[[], object] = field(repr=False)
    """Call ``optimizer.step()`` once, with a closure where the optimizer needs one."""
    keep: object = field(default=None, repr=False)
    """Objects that must stay alive because the others refer to them without owning them."""


def step_with_gradients(schedule: LiveSchedule) -> Callable[[], object]:
    """Step the optimizer with a gradient of 1 for every weight, so that all its code runs.

    Without gradients torch's optimizers pass over every parameter, and a step shows nothing.
    """
    parameters = [each for each in _parameters(schedule.optimizer) if each.requires_grad]
    is_sparse = schedule.plan.optimizer.type == "SparseAdam"

    def step() -> None:
        for parameter in parameters:
            ones = torch.ones_like(parameter, requires_grad=False)
            parameter.grad = ones.to_sparse() if is_sparse else ones
        schedule.step()

    return step


def _parameters(optimizer: Optimizer) -> list[Tensor]:
    groups: list[dict[str, Any]] = optimizer.param_groups
    return [parameter for group in groups for parameter in group["params"]]
