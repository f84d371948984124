"""A plan as live torch objects: an optimizer and the schedulers that drive it."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

import torch
from torch.optim import Optimizer

from lrplan.catalog.field_schedulers import FIELD
from lrplan.catalog.misspelling import misspelt
from lrplan.catalog.rows import Fact
from lrplan.errors import MissingExtraError, SpecError
from lrplan.finding import spec_problem
from lrplan.plan import FactoryPlan, OptimizerPlan, SchedulePlan, SchedulerPlan
from lrplan.specfile.problem_scope import child_path
from lrplan.torch_objects.group_view import GroupView
from lrplan.torch_objects.live_schedule import LiveSchedule, LiveScheduler
from lrplan.torch_objects.many_groups import skip_duplicate_parameter_check
from lrplan.torch_objects.schedulers import NoFieldError
from lrplan.torch_objects.stand_in import StandInOptimizer
from lrplan.torch_objects.tensor_lr import replace_lrs_by_tensors
from lrplan.torch_objects.user_code.classes import build_user_optimizer, build_user_scheduler
from lrplan.torch_objects.user_code.environment import user_code_environment
from lrplan.torch_objects.user_code.factory import build_from_factory
from lrplan.torch_objects.user_code.joined_optimizer import stepper

__all__ = ["LiveSchedule", "LiveScheduler", "build", "load_class", "without_compiler"]

_DISABLED = "__dynamo_disable"
"""The attribute of a method in which torch keeps the version that is never compiled."""


def build(
    plan: SchedulePlan,
    device: torch.device,
    *,
    prepare: Callable[[Optimizer], object] | None = None,
) -> LiveSchedule:
    """Build a new optimizer and new schedulers for ``plan``, with parameters on ``device``.

    Args:
        plan: the schedule.
        device: the device of the parameters.
        prepare: called with the optimizer before schedulers are built on it.

    Raises:
        SpecError: torch refuses an optimizer or a scheduler; the finding is at its place.
    """
    with user_code_environment(plan):
        if plan.factory is not None:
            return _build_from_factory(plan, plan.factory, device, prepare)
        optimizer = _build_optimizer(plan, device)
        if prepare is not None:
            prepare(optimizer)
        drivers = tuple(_build_driver(plan, scheduler, optimizer) for scheduler in plan.schedulers)
        return LiveSchedule(plan, optimizer, drivers, _stepper(plan.optimizer, optimizer, drivers))


def _build_from_factory(
    plan: SchedulePlan,
    factory: FactoryPlan,
    device: torch.device,
    prepare: Callable[[Optimizer], object] | None,
) -> LiveSchedule:
    if prepare is not None:
        # The user's code builds the schedulers too: nothing can be done between the two.
        message = f"`{factory.code.text}` makes optimizer and schedulers at once"
        raise _problem(plan, factory.path, message)
    return build_from_factory(plan, factory, device)


def _build_optimizer(plan: SchedulePlan, device: torch.device) -> Optimizer:
    """The optimizer of ``plan``, each group with one parameter of one weight."""
    optimizer_plan = plan.optimizer
    # lr schedules do not depend on weights, so one weight a group is enough. It is a matrix of 1 by
    # 1 because some optimizers, such as Muon, take matrices only.
    groups = [
        {"params": [torch.nn.Parameter(torch.zeros(1, 1, device=device))], **group.options}
        for group in optimizer_plan.groups
    ]
    arguments = dict(optimizer_plan.arguments)
    if optimizer_plan.code is not None:
        return build_user_optimizer(plan, optimizer_plan.code, groups)
    try:
        with without_compiler(), skip_duplicate_parameter_check():
            replace_lrs_by_tensors(optimizer_plan, arguments, groups, device)
            if optimizer_plan.row.package:
                optimizer = StandInOptimizer(groups, optimizer_plan.row, arguments)
            else:
                optimizer = load_class(optimizer_plan.row.path)(groups, **arguments)
    except Exception as error:  # noqa: BLE001  # any class may raise anything
        _refuse(plan, optimizer_plan.path, optimizer_plan.type, optimizer_plan.row.since, error)
    if not isinstance(optimizer, Optimizer):
        _refuse(
            plan, optimizer_plan.path, optimizer_plan.type, "", TypeError("it is not an Optimizer")
        )
    return optimizer


@contextmanager
def without_compiler() -> Iterator[None]:
    """Let optimizers take their parameter groups without importing ``torch._dynamo``.

    That import takes longer than most commands do, and nothing is compiled here. Afterwards torch
    is as it was: a program that compiles later gets torch's own.
    """
    # torch decorates Optimizer.add_param_group: the first call asks torch._dynamo for a version of
    # the method that is never compiled, and stores it on the method as `__dynamo_disable`; later
    # calls take what is stored. With the plain method stored beforehand, the decorator finds it
    # and never comes to the import. Releases that do it in another way have no `__wrapped__`, or
    # do not look at the attribute: they import the compiler as ever.
    method = getattr(Optimizer.add_param_group, "__wrapped__", None)
    if method is None or "torch._dynamo" in sys.modules or hasattr(method, _DISABLED):
        yield
        return
    setattr(method, _DISABLED, method)
    try:
        yield
    finally:
        delattr(method, _DISABLED)


def _build_driver(
    plan: SchedulePlan, scheduler: SchedulerPlan, optimizer: Optimizer
) -> LiveScheduler:
    """An outermost scheduler on the groups that it drives: the optimizer itself, or a view."""
    names = {group.name: index for index, group in enumerate(plan.optimizer.groups)}
    indices = tuple(names[name] for name in scheduler.groups)
    is_all_groups = indices == tuple(range(len(names)))
    target = optimizer if is_all_groups else GroupView(optimizer, indices)
    return LiveScheduler(scheduler, _build_scheduler(plan, scheduler, target), target, indices)


def _build_scheduler(plan: SchedulePlan, scheduler: SchedulerPlan, target: Optimizer) -> Any:
    # Inside out: the schedulers in a SequentialLR are built first, on the same target.
    arguments = {
        name: _live_value(plan, value, target) for name, value in scheduler.arguments.items()
    }
    if scheduler.code is not None:
        return build_user_scheduler(plan, scheduler, scheduler.code, target, arguments)
    arguments |= _run_facts(plan, scheduler)
    try:
        cls = load_class(scheduler.row.path)
        if "optimizer" in inspect.signature(cls).parameters:
            arguments["optimizer"] = target
        return cls(**arguments)
    except MissingExtraError as error:
        type_path = child_path(scheduler.path, "type")
        raise _problem(plan, type_path, f"`{scheduler.type}` {error}") from error
    except NoFieldError as error:
        path = child_path(scheduler.path, FIELD.name)
        reason = f"{scheduler.type} cannot be built: {error}"
        raise _problem(plan, path, reason, _meant_field(error)) from error
    except Exception as error:  # noqa: BLE001  # any class may raise anything
        _refuse(plan, scheduler.path, scheduler.type, scheduler.row.since, error)


def _meant_field(error: NoFieldError) -> str:
    """The hint for a field that the groups of an optimizer do not have."""
    same = {"momentum": "betas[0]", "betas[0]": "momentum"}.get(error.field, "")
    meant = same if same.partition("[")[0] in error.fields else misspelt(error.field, error.fields)
    return f"did you mean `{meant}`?" if meant else ""


def _run_facts(plan: SchedulePlan, scheduler: SchedulerPlan) -> dict[str, object]:
    """The facts about the run that an adapter asks for in its row, as keyword arguments.

    An adapter whose row wants ``epochs`` gets ``_epochs=30``: the underscore keeps these apart from
    the package's own arguments.
    """
    clock = plan.clock
    facts: dict[Fact, object] = {
        "interval": scheduler.interval,
        "frequency": scheduler.frequency,
        "steps_per_epoch": clock.steps_per_epoch,
        "epochs": clock.epochs,
        "ticks": clock.calls_in_run(scheduler.cadence),
        "outermost": any(scheduler is top for top in plan.schedulers),
    }
    # Only what the row wants: torch's own classes would refuse an argument that they do not know.
    return {f"_{name}": facts[name] for name in scheduler.row.wants}


def _live_value(plan: SchedulePlan, value: object, target: Optimizer) -> object:
    """An argument with every plan of a scheduler in it replaced by the scheduler, built."""
    if isinstance(value, SchedulerPlan):
        return _build_scheduler(plan, value, target)
    if isinstance(value, list):
        return [_live_value(plan, item, target) for item in value]
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


def _problem(plan: SchedulePlan, path: str, message: str, fix: str = "") -> SpecError:
    finding = spec_problem(
        "cannot-build",
        message,
        place=plan.position_of(path),
        file=plan.source.name,
        schedule=plan.name,
        path=path,
        fix=fix,
    )
    return SpecError([finding], plan.source)


def _stepper(
    plan: OptimizerPlan, optimizer: Optimizer, drivers: Sequence[LiveScheduler]
) -> Callable[[], object]:
    views = [each.optimizer for each in drivers if each.optimizer is not optimizer]
    step_user_optimizer = stepper([optimizer])

    def step() -> None:
        if plan.code is not None:
            step_user_optimizer()
        elif plan.row.needs_closure:
            optimizer.step(_no_loss)
        else:
            optimizer.step()
        # torch marks an optimizer when its step() is called, and a scheduler warns if the mark is
        # missing. A scheduler on a view looks at the view.
        for view in views:
            view.step()

    return step


def _no_loss() -> float:
    return 0.0
