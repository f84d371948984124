"""A plan as live torch objects: an optimizer and the schedulers that drive it."""

from __future__ import annotations

import importlib
import inspect
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

import torch
from torch.optim import Optimizer

from lrplan.build.view import GroupView
from lrplan.errors import MissingExtraError, SpecError
from lrplan.finding import spec_problem
from lrplan.spec.plan import SchedulerPlan

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lrplan.catalog.row import Fact
    from lrplan.spec.plan import OptimizerPlan, SchedulePlan


@dataclass(frozen=True, slots=True)
class Driver:
    """A live scheduler, the plan it came from, and the indices of the groups it drives."""

    plan: SchedulerPlan
    scheduler: Any
    """A ``torch.optim.lr_scheduler`` scheduler; Any, because plateau has a ``step`` of its own."""
    optimizer: Optimizer
    """What the scheduler was built on: the optimizer itself, or a view of some groups."""
    groups: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Built:
    """The live objects of one schedule."""

    optimizer: Optimizer
    drivers: tuple[Driver, ...]
    step: Callable[[], object] = field(repr=False)
    """One ``optimizer.step()``, with a closure where the optimizer needs one."""


def build(plan: SchedulePlan, device: torch.device) -> Built:
    """Fresh objects for ``plan``, parameters on ``device``; nothing else is touched.

    Raises:
        SpecError: torch refuses an optimizer or a scheduler; the finding stands at its place.
    """
    optimizer = _optimizer(plan, device)
    drivers = tuple(_driver(plan, scheduler, optimizer) for scheduler in plan.schedulers)
    return Built(optimizer, drivers, _stepper(plan.optimizer, optimizer, drivers))


def _optimizer(plan: SchedulePlan, device: torch.device) -> Optimizer:
    wanted = plan.optimizer
    groups = [
        {"params": [torch.nn.Parameter(torch.zeros(1, 1, device=device))], **group.options}
        for group in wanted.groups
    ]
    try:
        made = load_class(wanted.row.path)(groups, **wanted.arguments)
    except Exception as error:  # noqa: BLE001  # any class may raise anything
        _refuse(plan, wanted.path, wanted.type, wanted.row.since, error)
    if not isinstance(made, Optimizer):
        _refuse(plan, wanted.path, wanted.type, "", TypeError("it is not an Optimizer"))
    return made


def _driver(plan: SchedulePlan, scheduler: SchedulerPlan, optimizer: Optimizer) -> Driver:
    names = [group.name for group in plan.optimizer.groups]
    indices = tuple(names.index(name) for name in scheduler.groups)
    as_they_are = indices == tuple(range(len(names)))
    target = optimizer if as_they_are else GroupView(optimizer, indices)
    return Driver(scheduler, _scheduler(plan, scheduler, target), target, indices)


def _scheduler(plan: SchedulePlan, scheduler: SchedulerPlan, target: Optimizer) -> Any:
    arguments = {name: _live(plan, value, target) for name, value in scheduler.arguments.items()}
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
        "ticks": clock.ticks(scheduler.interval) // scheduler.frequency,
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
    plan: OptimizerPlan, optimizer: Optimizer, drivers: Sequence[Driver]
) -> Callable[[], object]:
    views = [each.optimizer for each in drivers if each.optimizer is not optimizer]

    def step() -> None:
        if plan.row.needs_closure:
            optimizer.step(_no_loss)
        else:
            optimizer.step()
        for view in views:
            view.step()

    return step


def _no_loss() -> float:
    return 0.0
