"""Learning rates that are tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import MutableMapping, Sequence

    from lrplan.plan import OptimizerPlan


def put_tensors(
    plan: OptimizerPlan,
    arguments: MutableMapping[str, Any],
    groups: Sequence[MutableMapping[str, Any]],
    device: torch.device,
) -> None:
    """Make tensors of learning rates where ``plan`` says so, each of no dimension.

    A group with a rate of its own, or an ``lr_tensor`` of its own, gets a tensor of its own. Groups
    with neither take the optimizer's, as torch has it: one object for all of them.

    Args:
        plan: the optimizer.
        arguments: of its constructor, changed in place.
        groups: handed to its constructor, changed in place.
        device: where the tensors live.
    """
    rate = arguments.get("lr", _default(plan))
    for group, held in zip(plan.groups, groups, strict=True):
        kind = plan.lr_tensor if group.lr_tensor is None else group.lr_tensor
        if "lr" in held or group.lr_tensor is not None:
            held["lr"] = _rate(held.get("lr", rate), kind, device)
    if plan.lr_tensor:
        arguments["lr"] = _rate(rate, plan.lr_tensor, device)


def _rate(value: Any, kind: str | None, device: torch.device) -> Any:
    return torch.tensor(value, dtype=getattr(torch, kind), device=device) if kind else value


def _default(plan: OptimizerPlan) -> object:
    argument = plan.row.argument("lr")
    return None if argument is None else argument.default
