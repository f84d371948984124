"""Builds a schedule whose optimizer and schedulers are made by the user's own code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch.optim import Optimizer

from lrplan.clock import ClockError
from lrplan.errors import SpecError
from lrplan.plan import FactoryPlan, GroupPlan, SchedulePlan
from lrplan.specfile.problem_scope import child_path
from lrplan.torch_objects.live_schedule import LiveSchedule
from lrplan.torch_objects.user_code.checked_calls import call, load_for, problem, refusal
from lrplan.torch_objects.user_code.classes import check_optimizer
from lrplan.torch_objects.user_code.environment import user_code_environment
from lrplan.torch_objects.user_code.factory_result import (
    FactoryResult,
    ShapeError,
    parse_factory_result,
)
from lrplan.torch_objects.user_code.factory_schedulers import FactorySchedulers
from lrplan.torch_objects.user_code.joined_optimizer import JoinedOptimizer, stepper
from lrplan.torch_objects.user_code.lightning.module import is_lightning_module, overrides
from lrplan.torch_objects.user_code.lightning.rules import LightningRules
from lrplan.torch_objects.user_code.lightning.setup_hooks import missed_setup
from lrplan.torch_objects.user_code.lightning.unsupported_hook import UnsupportedHook
from lrplan.torch_objects.user_code.trainer_stub import Trainer, attach
from lrplan.trace import DEFAULT_GROUP


def build_from_factory(
    plan: SchedulePlan, factory: FactoryPlan, device: torch.device
) -> LiveSchedule:
    """Run the factory and return its objects, with the plan that follows from them.

    Tensors that its code makes without naming a device are on ``device``.

    Raises:
        SpecError: its code cannot be loaded, raises, or returns something else; its objects were
            used before; or it is a LightningModule whose training cannot be simulated.
    """
    with user_code_environment(plan), torch.device(device):
        result = _run(plan, factory)
        plan = result.plan
        try:
            returned = parse_factory_result(result.returned_value)
        except ShapeError as error:
            message = f"`{factory.code.text}`: {error}"
            raise refusal(plan, factory.path, message, fix=error.fix) from None
        for each in returned.optimizers:
            check_optimizer(plan, each, factory.code.text, factory.path)
        built = _built(plan, factory, returned, result.lightning)
    return replace(built, keep=result)


@dataclass(frozen=True, slots=True)
class _Result:
    """The result of the user's code, with the objects that have to stay alive."""

    plan: SchedulePlan
    returned_value: Any
    source: Any = None
    trainer: Trainer | None = None
    lightning: LightningRules | None = None


def _run(plan: SchedulePlan, factory: FactoryPlan) -> _Result:
    text, path = factory.code.text, factory.path
    code = source = load_for(plan, factory.code, path)
    if isinstance(source, type) or not hasattr(source, "configure_optimizers"):
        where = child_path(path, "arguments")
        source = call(plan, source, text, where, [], factory.arguments)
    elif factory.arguments:
        raise refusal(plan, path, f"`{text}` is an object: there is nothing to give arguments to")
    if not hasattr(source, "configure_optimizers"):
        return _Result(plan, source)
    if is_lightning_module(source):
        plan = _with_lightnings_loop(plan)
    trainer = Trainer(plan.clock)
    attach(source, trainer, replace=plan.code_loop is not None)
    in_lightning = plan.code_loop == plan.clock.settings.loop == "lightning"
    if in_lightning:
        _refuse(plan, factory, source, missed_setup(source, code))
        if any(True for _ in overrides(source, "configure_model")):
            call(plan, source.configure_model, f"{text}.configure_model", path, [], {})
    name = f"{text}.configure_optimizers"
    returned = call(plan, source.configure_optimizers, name, path, [], {})
    rules = None
    if in_lightning:
        rules = LightningRules(source, trainer, plan.clock)
        _refuse(plan, factory, source, rules.refusals(returned))
        trainer.begin()
    return _Result(plan, returned, source, trainer, rules)


def _with_lightnings_loop(plan: SchedulePlan) -> SchedulePlan:
    try:
        return plan.with_loop_of_code("lightning")
    except ClockError as error:
        path = child_path(child_path(plan.path, "training"), error.key)
        message = f"{error.message}, and the factory makes a LightningModule"
        raise refusal(plan, path, message, fix=error.fix) from error


def _refuse(
    plan: SchedulePlan, factory: FactoryPlan, module: object, found: Iterable[UnsupportedHook]
) -> None:
    """Report every reason why a module's training cannot be simulated."""
    name = type(module).__name__
    problems = [
        problem(plan, factory.path, f"{name}: {each.message}", each.detail, each.fix)
        for each in found
    ]
    if problems:
        raise SpecError(problems, plan.source)


def _built(
    plan: SchedulePlan, factory: FactoryPlan, found: FactoryResult, lightning: LightningRules | None
) -> LiveSchedule:
    optimizers = list({id(each): each for each in found.optimizers}.values())
    groups = tuple(GroupPlan(name) for name in group_names(optimizers))
    whole = optimizers[0] if len(optimizers) == 1 else JoinedOptimizer(optimizers)
    names = tuple(each.name for each in groups)
    attaching = FactorySchedulers(plan, factory, whole, optimizers, names, lightning)
    drivers = tuple(map(attaching.driver, found.schedulers))
    attaching.check()
    known = replace(
        plan,
        optimizer=replace(plan.optimizer, groups=groups),
        schedulers=tuple(driver.plan for driver in drivers),
    )
    return LiveSchedule(known, whole, drivers, stepper(optimizers))


def group_names(optimizers: Sequence[Optimizer]) -> list[str]:
    """A name for each group: its own, its index, or ``all`` for a single one.

    The names of several optimizers' groups begin with their class, and its number where it has
    several: ``Adam0/decay``, or ``Adam0`` for one with a single group.
    """
    kinds = Counter(type(each).__name__ for each in optimizers)
    seen: Counter[str] = Counter()
    names: list[str] = []
    for each in optimizers:
        kind = type(each).__name__
        number = str(seen[kind]) if kinds[kind] > 1 else ""
        seen[kind] += 1
        own = list(_names(each))
        if len(optimizers) > 1:
            prefix = f"{kind}{number}"
            own = [prefix] if own == [DEFAULT_GROUP] else [f"{prefix}/{name}" for name in own]
        names += own
    return names


def _names(optimizer: Optimizer) -> Iterator[str]:
    groups = optimizer.param_groups
    own = [str(group.get("name", index)) for index, group in enumerate(groups)]
    if len(groups) == 1 and "name" not in groups[0]:
        yield DEFAULT_GROUP
    else:
        yield from own if len(set(own)) == len(own) else map(str, range(len(groups)))
