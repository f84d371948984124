"""A plan as live torch objects: an optimizer and the schedulers that drive it."""

from __future__ import annotations

import importlib
import inspect
from typing import TYPE_CHECKING, Any, NoReturn

import torch
from torch.optim import Optimizer

from lrplan.errors import MissingExtraError, SpecError
from lrplan.finding import spec_problem
from lrplan.plan import SchedulerPlan
from lrplan.torch_objects.group_view import GroupView
from lrplan.torch_objects.live_schedule import LiveSchedule, LiveScheduler
from lrplan.torch_objects.tensor_lr import put_tensors
from lrplan.torch_objects.user_code.classes import own_optimizer, own_scheduler
from lrplan.torch_objects.user_code.environment import user_code_environment
from lrplan.torch_objects.user_code.factory import build_from_factory
from lrplan.torch_objects.user_code.joined_optimizer import stepper
from lrplan.torch_objects.without_compiler import without_compiler

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lrplan.catalog.rows import Fact
    from lrplan.plan import FactoryPlan, OptimizerPlan, SchedulePlan

__all__ = ["LiveSchedule", "LiveScheduler", "build", "load_class"]


def build(
    plan: SchedulePlan,
    device: torch.device,
    *,
    prepare: Callable[[Optimizer], object] | None = None,
) -> LiveSchedule:
    """Fresh objects for ``plan``, parameters on ``device``; nothing else is touched.

    Args:
        plan: the schedule.
        device: where parameters live.
        prepare: called with the optimizer before schedulers are built on it.

    Raises:
        SpecError: torch refuses an optimizer or a scheduler; the finding stands at its place.
    """
    with user_code_environment(plan):
        if plan.factory is not None:
            return _made(plan, plan.factory, device, prepare)
        optimizer = _optimizer(plan, device)
        if prepare is not None:
            prepare(optimizer)
        drivers = tuple(_driver(plan, scheduler, optimizer) for scheduler in plan.schedulers)
        return LiveSchedule(plan, optimizer, drivers, _stepper(plan.optimizer, optimizer, drivers))


def _made(
    plan: SchedulePlan,
    factory: FactoryPlan,
    device: torch.device,
    prepare: Callable[[Optimizer], object] | None,
) -> LiveSchedule:
    if prepare is not None:
        # Its code builds the schedulers too: there is nothing in between.
        message = f"`{factory.code.text}` makes optimizer and schedulers at once"
        raise _problem(plan, factory.path, message)
    return build_from_factory(plan, factory, device)


def _optimizer(plan: SchedulePlan, device: torch.device) -> Optimizer:
    wanted = plan.optimizer
    groups = [
        {"params": [torch.nn.Parameter(torch.zeros(1, 1, device=device))], **group.options}
        for group in wanted.groups
    ]
    arguments = dict(wanted.arguments)
    if wanted.code is not None:
        return own_optimizer(plan, wanted.code, groups)
    try:
        with without_compiler():
            put_tensors(wanted, arguments, groups, device)
            made = load_class(wanted.row.path)(groups, **arguments)
    except Exception as error:  # noqa: BLE001  # any class may raise anything
        _refuse(plan, wanted.path, wanted.type, wanted.row.since, error)
    if not isinstance(made, Optimizer):
        _refuse(plan, wanted.path, wanted.type, "", TypeError("it is not an Optimizer"))
    return made


def _driver(plan: SchedulePlan, scheduler: SchedulerPlan, optimizer: Optimizer) -> LiveScheduler:
    names = [group.name for group in plan.optimizer.groups]
    indices = tuple(names.index(name) for name in scheduler.groups)
    as_they_are = indices == tuple(range(len(names)))
    target = optimizer if as_they_are else GroupView(optimizer, indices)
    return LiveScheduler(scheduler, _scheduler(plan, scheduler, target), target, indices)


def _scheduler(plan: SchedulePlan, scheduler: SchedulerPlan, target: Optimizer) -> Any:
    arguments = {name: _live(plan, value, target) for name, value in scheduler.arguments.items()}
    if scheduler.code is not None:
        return own_scheduler(plan, scheduler, scheduler.code, target, arguments)
    arguments |= _facts(plan, scheduler)
    try:
        cls = load_class(scheduler.row.path)
        if "optimizer" in inspect.signature(cls).parameters:
            arguments["optimizer"] = target
        return cls(**arguments)
    except MissingExtraError as error:
        raise _problem(plan, scheduler.path, f"`{scheduler.type}` {error}") from error
    except Exception as error:  # noqa: BLE001  # any class may raise anything
        _refuse(plan, scheduler.path, scheduler.type, scheduler.row.since, error)


def _facts(plan: SchedulePlan, scheduler: SchedulerPlan) -> dict[str, object]:
    """What an adapter asks for, as keyword arguments."""
    clock = plan.clock
    known: dict[Fact, object] = {
        "interval": scheduler.interval,
        "frequency": scheduler.frequency,
        "steps_per_epoch": clock.steps_per_epoch,
        "epochs": clock.epochs,
        "ticks": clock.calls_in_run(*scheduler.rate),
        "outermost": any(scheduler is top for top in plan.schedulers),
    }
    return {f"_{name}": known[name] for name in scheduler.row.wants}


def _live(plan: SchedulePlan, value: object, target: Optimizer) -> object:
    if isinstance(value, SchedulerPlan):
        return _scheduler(plan, value, target)
    if isinstance(value, list):
        return [_live(plan, item, target) for item in value]
    return value


def load_class(path: str) -> Any:
    """The class at ``module:Class``, a path of the catalogue."""
    module, _, name = path.partition(":")
    return getattr(importlib.import_module(module), name)


def _refuse(plan: SchedulePlan, path: str, kind: str, since: str, error: Exception) -> NoReturn:
    if isinstance(error, AttributeError) and since:
        reason = f"torch {torch.__version__} has no {kind}; it came with torch {since}"
    else:
        reason = f"{kind} cannot be built: {error or type(error).__name__}"
    raise _problem(plan, path, reason) from error


def _problem(plan: SchedulePlan, path: str, message: str) -> SpecError:
    finding = spec_problem(
        "cannot-build",
        message,
        place=plan.place(path),
        file=plan.source.name,
        schedule=plan.name,
        path=path,
    )
    return SpecError([finding], plan.source)


def _stepper(
    plan: OptimizerPlan, optimizer: Optimizer, drivers: Sequence[LiveScheduler]
) -> Callable[[], object]:
    views = [each.optimizer for each in drivers if each.optimizer is not optimizer]
    own = stepper([optimizer])

    def step() -> None:
        if plan.code is not None:
            own()
        elif plan.row.needs_closure:
            optimizer.step(_no_loss)
        else:
            optimizer.step()
        for view in views:
            view.step()

    return step


def _no_loss() -> float:
    return 0.0
