"""mmengine's schedulers, ticked as its ``ParamSchedulerHook`` ticks them.

The hook steps a scheduler after every iteration or, when it is ``by_epoch``, after every epoch;
one that reads a metric is stepped once more after the validation. ``by_epoch`` follows from the
interval in the spec.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from torch.optim import Optimizer

from lrplan.torch_objects.adapters import import_optional, package_or_formulas
from lrplan.torch_objects.formulas import mmengine as formulas

_PLATEAU = "ReduceOnPlateau"


def __getattr__(name: str) -> Callable[..., Any]:
    """A function that builds the scheduler that mmengine calls ``name``."""
    if name.startswith("_"):
        raise AttributeError(name)
    return partial(scheduler, name)


def scheduler(
    name: str,
    optimizer: Optimizer,
    by_epoch: bool | None = None,  # noqa: FBT001  # given by keyword, as mmengine calls it
    *,
    _interval: str,
    **arguments: object,
) -> Any:
    """The scheduler called ``name`` in ``mmengine.optim.scheduler``.

    Args:
        name: its class.
        optimizer: the optimizer to drive.
        by_epoch: True to tick per epoch; None follows the interval.
        _interval: the interval in the spec.
        arguments: the other arguments of the class.

    Raises:
        MissingExtraError: mmengine is not installed, and the scheduler has no formula.
        ValueError: ``by_epoch`` is not what the interval says, or mmengine refuses an argument.
    """
    per_epoch = _interval == "epoch"
    if by_epoch is not None and by_epoch != per_epoch:
        needed = "epoch" if by_epoch else "step"
        raise ValueError(f"by_epoch: {str(by_epoch).lower()} needs interval: {needed}")
    load = partial(import_optional, "mmengine.optim.scheduler")
    cls = getattr(package_or_formulas(load, formulas, f"mmengine:{name}"), name)
    return adapt(cls(optimizer, by_epoch=per_epoch, **arguments))


def adapt(scheduler: Any) -> Any:
    """The object that the hook steps for a scheduler: itself, or a wrapper that takes a metric."""
    is_plateau = any(cls.__name__.startswith(_PLATEAU) for cls in type(scheduler).__mro__)
    return PlateauAdapter(scheduler) if is_plateau else scheduler


class PlateauAdapter:
    """A scheduler that is stepped after an epoch, and again after its validation.

    Args:
        scheduler: one of mmengine's that need a metric.
    """

    def __init__(self, scheduler: Any) -> None:
        self.scheduler = scheduler
        self.state_dict = scheduler.state_dict
        self.load_state_dict = scheduler.load_state_dict

    def step(self, metrics: float) -> None:
        """The end of an epoch whose validation gave ``metrics``."""
        self.scheduler.step()
        self.scheduler.step({self.scheduler.monitor: metrics})
