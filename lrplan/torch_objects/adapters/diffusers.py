"""The schedulers of ``diffusers.optimization.get_scheduler``, a name each.

They are schedulers of torch, ticked once after each optimizer step, and passed on as they are.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from torch.optim import Optimizer

from lrplan.torch_objects.adapters import import_optional, package_or_formulas
from lrplan.torch_objects.formulas import diffusers as formulas


def get_scheduler(name: str, optimizer: Optimizer, **arguments: object) -> Any:
    """The scheduler that diffusers' ``get_scheduler`` returns for ``name``.

    Args:
        name: one of ``diffusers.optimization.SchedulerType``.
        optimizer: the optimizer to drive.
        arguments: those of ``get_scheduler``.

    Raises:
        ValueError: diffusers refuses the arguments.
    """
    package = package_or_formulas(_package, formulas, f"diffusers:{name}")
    return package.get_scheduler(name, optimizer, **arguments)


def _package() -> Any:
    return import_optional("diffusers.optimization")


linear: Final = partial(get_scheduler, "linear")
cosine: Final = partial(get_scheduler, "cosine")
cosine_with_restarts: Final = partial(get_scheduler, "cosine_with_restarts")
polynomial: Final = partial(get_scheduler, "polynomial")
constant: Final = partial(get_scheduler, "constant")
constant_with_warmup: Final = partial(get_scheduler, "constant_with_warmup")
piecewise_constant: Final = partial(get_scheduler, "piecewise_constant")
