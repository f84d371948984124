"""Schedulers that are not torch's: where they are defined, and what steps them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from lrplan.observe.patches import Patches
from lrplan.observe.recorder import Recorder
from lrplan.observe.scheduler_ticks import SchedulerObserver


@dataclass(frozen=True, slots=True, kw_only=True)
class SchedulerPackage:
    """The schedulers of a package.

    Args:
        module: where their root classes are defined.
        roots: these classes; those below them are observed too.
        ticks: the methods that step them.
        passive: classes below the roots that only hand calls on to schedulers of torch.
        has_effect: True if a call of this method of this scheduler does anything.
    """

    module: str
    roots: tuple[str, ...]
    ticks: tuple[str, ...] = ("step",)
    passive: tuple[str, ...] = ()
    has_effect: Callable[[Any, str], bool] = field(default=lambda _scheduler, _method: True)


def _timm_has_effect(scheduler: Any, method: str) -> bool:
    """Loops call both methods of timm's schedulers; one of them does nothing."""
    in_epochs = getattr(scheduler, "t_in_epochs", True)
    return bool(in_epochs) == (method == "step")


FAMILIES = (
    SchedulerPackage(
        module="timm.scheduler.scheduler",
        roots=("Scheduler",),
        ticks=("step", "step_update"),
        has_effect=_timm_has_effect,
    ),
    SchedulerPackage(
        module="ignite.handlers.param_scheduler",
        roots=("BaseParamScheduler", "ParamGroupScheduler"),
        ticks=("__call__",),
        passive=("LRScheduler", "BatchSizeScheduler"),
    ),
    SchedulerPackage(module="mmengine.optim.scheduler.param_scheduler", roots=("_ParamScheduler",)),
    SchedulerPackage(
        module="pytorch_accelerated.schedulers.scheduler_base",
        roots=("SchedulerBase",),
        ticks=("step_update",),
    ),
    SchedulerPackage(
        module="deepspeed.runtime.lr_schedules",
        roots=("WarmupLR", "WarmupCosineLR", "OneCycle", "LRRangeTest"),
    ),
)


def observe_family(
    recorder: Recorder, patches: Patches, family: SchedulerPackage, module: ModuleType
) -> None:
    """Observe the schedulers of ``family``, which ``module`` defines."""
    passive = tuple(getattr(module, name) for name in family.passive if hasattr(module, name))
    observer = SchedulerObserver(recorder, patches, passive=passive, has_effect=family.has_effect)
    for name in family.roots:
        root = getattr(module, name, None)
        if isinstance(root, type):
            observer.watch(root, family.ticks)


def observe_accelerate(recorder: Recorder, patches: Patches, module: ModuleType) -> None:
    """Note which schedulers went through ``prepare`` of accelerate, which wraps them."""

    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        def making(self: Any, scheduler: Any, *arguments: Any, **keywords: Any) -> None:
            original(self, scheduler, *arguments, **keywords)
            recorder.safely(_note_prepared, recorder, scheduler)

        return making

    patches.wrap(module.AcceleratedScheduler, "__init__", make)


def _note_prepared(recorder: Recorder, scheduler: Any) -> None:
    live = recorder.find(scheduler)
    if live is not None:
        live.recorded.is_prepared = True
