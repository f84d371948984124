"""``get_scheduler`` of diffusers, as ``LambdaLR`` with lrplan's formulas."""

from __future__ import annotations

from typing import Any

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

from lrplan.curves.packages.diffusers import FORMULAS
from lrplan.torch_objects.formulas.transformers import lambda_lr


def get_scheduler(name: str, optimizer: Optimizer, **arguments: Any) -> LambdaLR:
    """The scheduler that diffusers' ``get_scheduler`` returns for ``name``.

    Raises:
        ValueError: diffusers would refuse the arguments.
    """
    return lambda_lr(FORMULAS, name, optimizer, arguments)
