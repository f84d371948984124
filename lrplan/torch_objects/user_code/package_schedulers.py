"""Schedulers of other packages that user code has made, ticked as their packages do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from torch.optim.lr_scheduler import ReduceLROnPlateau

from lrplan.clock import Interval
from lrplan.torch_objects.adapters import (
    ignite,
    mmengine,
    pytorch_accelerated,
    timm,
    warmup_scheduler,
)

_PLATEAU = "Plateau"


@dataclass(frozen=True, slots=True)
class Package:
    """The bases, adapter, interval and groups of one package's schedulers.

    Args:
        bases: the classes of which every scheduler of it is one.
        adapt: from a scheduler and its interval to what is called at each tick.
        interval: what it counts itself; None where that is for the training loop to say.
        groups: the parameter groups that it drives.
    """

    bases: tuple[str, ...]
    adapt: Callable[[Any, str], Any]
    interval: Callable[[Any], Interval | None] = lambda _: None
    groups: Callable[[Any], Iterable[Mapping[str, Any]]] = lambda made: made.optimizer.param_groups


def _per_epoch(counts_epochs: bool) -> Interval:  # noqa: FBT001  # one fact in two spellings
    return "epoch" if counts_epochs else "step"


_PACKAGES: dict[str, Package] = {
    "timm": Package(
        ("Scheduler",), timm.TimmScheduler, lambda made: _per_epoch(timm.counts_epochs(made))
    ),
    "ignite": Package(
        ("BaseParamScheduler", "ParamGroupScheduler"),
        lambda made, _: ignite.adapt(made),
        groups=ignite.groups_of,
    ),
    "mmengine": Package(
        ("_ParamScheduler",),
        lambda made, _: mmengine.adapt(made),
        lambda made: _per_epoch(made.by_epoch),
    ),
    "pytorch_accelerated": Package(
        ("SchedulerBase",), lambda made, _: pytorch_accelerated.adapt(made)
    ),
    "warmup_scheduler": Package(
        ("GradualWarmupScheduler",), lambda made, _: warmup_scheduler.adapt(made)
    ),
}


def package_of(scheduler: object) -> Package | None:
    """The package whose scheduler this is, or is derived from; None for torch's and the user's."""
    # By name, so that no package is imported to find out: the class itself or a base of it lives in
    # `timm.scheduler.scheduler`, whose first part is `timm`, and is called `Scheduler`. A class of
    # the user's own that is derived from it is found by that base.
    for cls in type(scheduler).__mro__:
        package = _PACKAGES.get(cls.__module__.partition(".")[0])
        if package is not None and cls.__name__ in package.bases:
            return package
    return None


def reads_metric(scheduler: object) -> bool:
    """Return True for a plateau scheduler of torch or of these packages."""
    inner = getattr(scheduler, "after_scheduler", None)
    if any(isinstance(each, ReduceLROnPlateau) for each in (scheduler, inner)):
        return True
    return package_of(scheduler) is not None and _PLATEAU in type(scheduler).__name__


def interval_mismatch(scheduler: object, interval: str) -> tuple[str, str]:
    """The message and hint if a scheduler does not act on ``interval``; empty where it does."""
    package = package_of(scheduler)
    counted = None if package is None else package.interval(scheduler)
    # `step` and `batch` both count within an epoch: what is refused is epochs against either of
    # them.
    if counted is None or (counted == "epoch") == (interval == "epoch"):
        return "", ""
    counts = "epochs" if counted == "epoch" else "optimizer steps"
    message = f"{type(scheduler).__name__} counts {counts}, so that with interval {interval} its"
    return f"{message} calls do not mean what it counts", f"use interval {counted}"
