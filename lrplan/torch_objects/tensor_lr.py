"""Learning rates as tensors, for groups whose plan has ``lr_tensor``."""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from typing import Any

import torch

from lrplan.plan import OptimizerPlan


def replace_lrs_by_tensors(
    plan: OptimizerPlan,
    arguments: MutableMapping[str, Any],
    groups: Sequence[MutableMapping[str, Any]],
    device: torch.device,
) -> None:
    """Replace learning rates by tensors without dimensions where ``plan`` has ``lr_tensor``.

    Args:
        plan: the optimizer.
        arguments: those of its constructor, changed in place.
        groups: those for its constructor, changed in place.
        device: the device of the tensors.
    """
    # A group that has an lr or an lr_tensor of its own gets a tensor of its own. For the others
    # torch copies the constructor's lr into each group, and a copied reference is the same tensor.
    # With `lr: 0.1`, `lr_tensor: true` and groups a: {}, b: {} and c: {lr: 0.2}, a and b have one
    # tensor and c another. A scheduler that fills a's tensor in place sets b's lr too. A user's
    # script would do the same, so it is kept, and a rule warns of it.
    common_lr = arguments.get("lr", _default_lr(plan))
    for group, options in zip(plan.groups, groups, strict=True):
        dtype = plan.lr_tensor if group.lr_tensor is None else group.lr_tensor
        if "lr" in options or group.lr_tensor is not None:
            options["lr"] = _as_tensor(options.get("lr", common_lr), dtype, device)
    if plan.lr_tensor:
        arguments["lr"] = _as_tensor(common_lr, plan.lr_tensor, device)


def _as_tensor(lr: Any, dtype: str | None, device: torch.device) -> Any:
    return torch.tensor(lr, dtype=getattr(torch, dtype), device=device) if dtype else lr


def _default_lr(plan: OptimizerPlan) -> object:
    argument = plan.row.argument("lr")
    return None if argument is None else argument.default
