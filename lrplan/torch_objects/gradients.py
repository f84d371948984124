"""Gradients, so that a step of an optimizer runs all its code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor
    from torch.optim import Optimizer

    from lrplan.torch_objects.live_schedule import LiveSchedule


def real_step(built: LiveSchedule) -> Callable[[], object]:
    """One step of the optimizer with gradients: 1 for every weight, at every step."""
    parameters = [each for each in _parameters(built.optimizer) if each.requires_grad]
    sparse = built.plan.optimizer.type == "SparseAdam"

    def step() -> None:
        for parameter in parameters:
            ones = torch.ones_like(parameter, requires_grad=False)
            parameter.grad = ones.to_sparse() if sparse else ones
        built.step()

    return step


def _parameters(optimizer: Optimizer) -> list[Tensor]:
    groups: list[dict[str, Any]] = optimizer.param_groups
    return [parameter for group in groups for parameter in group["params"]]
