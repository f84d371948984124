"""A schedule whose optimizer and schedulers come out of the user's own code."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch

from lrplan.build.built import Built
from lrplan.build.user.attaching import Attaching
from lrplan.build.user.calling import call, loaded, refusal
from lrplan.build.user.classes import check_optimizer
from lrplan.build.user.contained import contained
from lrplan.build.user.joined import Joined, stepper
from lrplan.build.user.returned import Returned, ShapeError, returned
from lrplan.build.user.trainer import Trainer, attach
from lrplan.spec.optimizer import DEFAULT_GROUP
from lrplan.spec.plan import GroupPlan
from lrplan.spec.scope import child_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from torch.optim import Optimizer

    from lrplan.spec.plan import FactoryPlan, SchedulePlan


def made(plan: SchedulePlan, factory: FactoryPlan, device: torch.device) -> Built:
    """What the factory makes, with the plan that follows from it; new tensors are on ``device``.

    Raises:
        SpecError: its code cannot be loaded, raises, or returns something else.
    """
    trainer = Trainer(plan.clock)
    with contained(plan), torch.device(device):
        held, source = _run(plan, factory, trainer)
    try:
        found = returned(held)
    except ShapeError as error:
        message = f"`{factory.code.text}`: {error}"
        raise refusal(plan, factory.path, message, fix=error.fix) from None
    for each in found.optimizers:
        check_optimizer(plan, each, factory.code.text, factory.path)
    return replace(_built(plan, factory, found), keep=(trainer, source))


def _run(plan: SchedulePlan, factory: FactoryPlan, trainer: Trainer) -> tuple[Any, Any]:
    """What the code returns, and what it was asked of."""
    text, path = factory.code.text, factory.path
    source = loaded(plan, factory.code, path)
    if isinstance(source, type) or not hasattr(source, "configure_optimizers"):
        where = child_path(path, "arguments")
        source = call(plan, source, text, where, [], factory.arguments)
    elif factory.arguments:
        raise refusal(plan, path, f"`{text}` is an object: there is nothing to give arguments to")
    if not hasattr(source, "configure_optimizers"):
        return source, None
    attach(source, trainer)
    text = f"{text}.configure_optimizers"
    return call(plan, source.configure_optimizers, text, path, [], {}), source


def _built(plan: SchedulePlan, factory: FactoryPlan, found: Returned) -> Built:
    optimizers = list({id(each): each for each in found.optimizers}.values())
    groups = tuple(GroupPlan(name) for name in group_names(optimizers))
    whole = optimizers[0] if len(optimizers) == 1 else Joined(optimizers)
    attaching = Attaching(plan, factory, whole, optimizers, tuple(each.name for each in groups))
    drivers = tuple(map(attaching.driver, found.schedulers))
    attaching.check()
    known = replace(
        plan,
        optimizer=replace(plan.optimizer, groups=groups),
        schedulers=tuple(driver.plan for driver in drivers),
    )
    return Built(known, whole, drivers, stepper(optimizers))


def group_names(optimizers: Sequence[Optimizer]) -> list[str]:
    """A name for each group: its own, its number, or ``all`` for one that is alone.

    The names of several optimizers' groups begin with their class, and its number where it has
    several: ``Adam0/decay``, or ``Adam0`` for one with a single group.
    """
    kinds = Counter(type(each).__name__ for each in optimizers)
    seen: Counter[str] = Counter()
    found: list[str] = []
    for each in optimizers:
        kind = type(each).__name__
        number = str(seen[kind]) if kinds[kind] > 1 else ""
        seen[kind] += 1
        own = list(_names(each))
        if len(optimizers) > 1:
            prefix = f"{kind}{number}"
            own = [prefix] if own == [DEFAULT_GROUP] else [f"{prefix}/{name}" for name in own]
        found += own
    return found


def _names(optimizer: Optimizer) -> Iterator[str]:
    groups = optimizer.param_groups
    own = [str(group.get("name", index)) for index, group in enumerate(groups)]
    if len(groups) == 1 and "name" not in groups[0]:
        yield DEFAULT_GROUP
    else:
        yield from own if len(set(own)) == len(own) else map(str, range(len(groups)))
