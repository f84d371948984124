"""The formulas of schedulers of other packages, used if a package is not installed.

A module per package, with a function for each of its schedulers, called like it. Arguments have the
package's own names, and the first is the ticks; what comes out is what the package computes, with
its defects. Each module names the release that it follows; ``tests/torch_objects/formulas/``
compares it with the package.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from lrplan.arrays import ArrayLike, FloatArray
from lrplan.curves.packages import deepspeed, diffusers, timm, transformers

FORMULAS: Mapping[str, Mapping[str, Callable[..., FloatArray]]] = MappingProxyType(
    {
        "transformers": transformers.FORMULAS,
        "diffusers": diffusers.FORMULAS,
        "timm": timm.FORMULAS,
        "deepspeed": deepspeed.FORMULAS,
    }
)
"""By package and name: a function that gives a factor on the base lr (transformers, diffusers), or
the lr itself."""


def lr_at(
    ticks: ArrayLike, name: str, base: float, optimizer_lr: float, arguments: Mapping[str, Any]
) -> FloatArray | None:
    """The lr of a group at ``ticks``; None if there is no formula.

    Args:
        ticks: ticks.
        name: the scheduler as a spec names it, ``timm:CosineLRScheduler``.
        base: the lr that the group begins with.
        optimizer_lr: the lr of the optimizer itself.
        arguments: those of the scheduler that are given; one value each, that of the group.
    """
    package, _, own = name.partition(":")
    formula = FORMULAS.get(package, {}).get(own)
    if formula is None:
        return None
    if package in ("transformers", "diffusers"):
        return base * formula(ticks, **transformers.lrs_as_shares(own, arguments, optimizer_lr))
    return formula(ticks, base, **arguments)
