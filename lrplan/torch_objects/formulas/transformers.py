"""``get_scheduler`` of transformers and of diffusers, as ``LambdaLR`` with lrplan's formulas."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR, ReduceLROnPlateau

from lrplan.arrays import FloatArray
from lrplan.curves.packages.transformers import FORMULAS, lrs_as_shares


def get_scheduler(
    name: str,
    optimizer: Optimizer,
    *,
    num_warmup_steps: int | None,
    num_training_steps: int | None,
    scheduler_specific_kwargs: Mapping[str, Any],
) -> Any:
    """The scheduler that ``transformers.get_scheduler`` returns for ``name``.

    Raises:
        ValueError: transformers would refuse the arguments.
    """
    if name == "reduce_lr_on_plateau":
        return ReduceLROnPlateau(optimizer, **scheduler_specific_kwargs)
    lengths = {
        "num_warmup_steps": num_warmup_steps,
        "num_training_steps": num_training_steps,
    }
    _check(scheduler_specific_kwargs, lengths)
    return lambda_lr(FORMULAS, name, optimizer, {**lengths, **scheduler_specific_kwargs})


def lambda_lr(
    formulas: Mapping[str, Callable[..., FloatArray]],
    name: str,
    optimizer: Optimizer,
    arguments: Mapping[str, Any],
) -> LambdaLR:
    """A ``LambdaLR`` whose factor is the formula ``name`` with the scheduler's own ``arguments``.

    Raises:
        ValueError: the lr that ``polynomial`` ends at is not below the optimizer's.
    """
    lr = float(optimizer.defaults["lr"])
    own = lrs_as_shares(name, arguments, lr)
    if name == "polynomial" and not own["lr_end"] < 1:
        raise ValueError(f"lr_end ({own['lr_end'] * lr}) must be smaller than initial lr ({lr})")
    return LambdaLR(optimizer, partial(_factor_at, formula=formulas[name], **own))


def _factor_at(tick: int, *, formula: Callable[..., FloatArray], **arguments: Any) -> float:
    return float(formula(tick, **arguments))


def curve_of(function: object) -> tuple[Callable[..., FloatArray], Mapping[str, Any]] | None:
    """The formula behind a function that ``lambda_lr`` made, and its arguments by name.

    It is None for any other function.
    """
    if not isinstance(function, partial) or function.func is not _factor_at:
        return None
    arguments = dict(function.keywords)
    return arguments.pop("formula"), arguments


def _check(specific: Mapping[str, Any], lengths: Mapping[str, int | None]) -> None:
    if specific.get("min_lr") is not None and specific.get("min_lr_rate") is not None:
        raise ValueError("Only one of min_lr or min_lr_rate should be set")
    if lengths["num_training_steps"] is not None and specific.get("num_stable_steps") is not None:
        warnings.warn(
            "Both num_training_steps and num_stable_steps are specified: num_stable_steps counts.",
            stacklevel=2,
        )
