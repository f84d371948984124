"""Builds optimizers and schedulers of the user's own classes, and checks what they return."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from torch.optim import Optimizer

from lrplan.plan import SchedulePlan, SchedulerPlan, UserCode
from lrplan.text import join_words
from lrplan.torch_objects.user_code.checked_calls import call, load_for, refusal
from lrplan.torch_objects.user_code.environment import user_code_environment
from lrplan.torch_objects.user_code.package_schedulers import interval_mismatch, package_of

_COUNT_NAMES = {"epoch", "t", "step", "num_updates"}


def build_user_optimizer(
    plan: SchedulePlan, code: UserCode, groups: list[dict[str, Any]]
) -> Optimizer:
    """Build an optimizer of the user's own class on ``groups``.

    Raises:
        SpecError: it cannot be loaded or built, or is not an optimizer with an lr.
    """
    optimizer_plan = plan.optimizer
    with user_code_environment(plan):
        function = load_for(plan, code, optimizer_plan.path)
        optimizer: Optimizer = call(
            plan, function, code.text, optimizer_plan.path, [groups], optimizer_plan.arguments
        )
    check_optimizer(plan, optimizer, code.text, optimizer_plan.path)
    if len(optimizer.param_groups) != len(groups):
        count = f"{len(optimizer.param_groups)} parameter groups of {len(groups)}"
        raise refusal(plan, optimizer_plan.path, f"`{code.text}` makes {count}")
    return optimizer


def check_optimizer(plan: SchedulePlan, result: object, text: str, path: str) -> None:
    """Check that ``result`` is an optimizer of torch whose groups have an lr.

    Raises:
        SpecError: it is not.
    """
    if not isinstance(result, Optimizer):
        message = f"`{text}` gives {type(result).__name__}, not a torch.optim.Optimizer"
        raise refusal(plan, path, message)
    if not all("lr" in group for group in result.param_groups):
        raise refusal(plan, path, f"`{text}` has a parameter group without `lr`")


def build_user_scheduler(
    plan: SchedulePlan,
    scheduler: SchedulerPlan,
    code: UserCode,
    target: Optimizer,
    arguments: Mapping[str, object],
) -> Any:
    """Build a scheduler of the user's own class; ``target`` is its ``optimizer`` or first argument.

    Raises:
        SpecError: it cannot be loaded or built, or its ``step()`` cannot be called as a loop does.
    """
    with user_code_environment(plan):
        function, path = load_for(plan, code, scheduler.path), scheduler.path
        if _takes_optimizer_by_name(function) and "optimizer" not in arguments:
            named = {"optimizer": target, **arguments}
            built = call(plan, function, code.text, path, [], named)
        else:
            built = call(plan, function, code.text, path, [target], arguments)
        built = _object_to_tick(plan, scheduler, built)
    check_step(plan, built, code.text, path, monitor=scheduler.monitor)
    return built


def _object_to_tick(plan: SchedulePlan, scheduler: SchedulerPlan, built: Any) -> Any:
    """The object whose ``step()`` is called: an adapter for a class derived from a package's."""
    package = package_of(built)
    # A scheduler inside another one is called by that one.
    if package is None or not any(scheduler is top for top in plan.schedulers):
        return built
    message, fix = interval_mismatch(built, scheduler.interval)
    if message:
        raise refusal(plan, scheduler.path, message, fix=fix)
    return package.adapt(built, scheduler.interval)


def check_step(
    plan: SchedulePlan, result: object, text: str, path: str, *, monitor: str | None
) -> None:
    """Check that ``step()`` of a scheduler can be called with a metric or with nothing.

    Raises:
        SpecError: it has none, or needs other arguments than a metric.
    """
    step = getattr(result, "step", None)
    if not callable(step):
        message = f"`{text}` gives {type(result).__name__}, which has no step() to call"
        raise refusal(plan, path, message)
    needed = needs(step)
    if needs_count(step):
        message = f"step() of `{text}` needs {join_words(needed)}, which no loop here gives"
        fix = "give an object whose step() counts its own calls and hands the count on"
        raise refusal(plan, path, message, fix=fix)
    if needed and monitor is None:
        fix = "name the metric with `monitor`, and give it in `metrics`"
        raise refusal(plan, path, f"step() of `{text}` needs `{needed[0]}`", fix=fix)


def needs_count(step: Any) -> bool:
    """Return True if ``step`` needs a count of steps or epochs, or more than one argument."""
    # torch's step() needs nothing, a plateau's `metrics`, timm's `epoch` or `num_updates`. lrplan
    # has a metric to give; a count under an unknown protocol it has not.
    needed = needs(step)
    return len(needed) > 1 or bool(_COUNT_NAMES.intersection(needed))


def needs(step: Any) -> list[str]:
    """The names of the arguments without a default, which ``step`` cannot be called without."""
    try:
        parameters = inspect.signature(step).parameters.values()
    except (TypeError, ValueError):
        return []  # not written in Python
    several = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [
        each.name for each in parameters if each.default is each.empty and each.kind not in several
    ]


def takes_metric(step: Any) -> Any:
    """Return ``step`` as a function of the metric, also where it takes that by name only."""
    name = next(iter(needs(step)), "")
    if not name or inspect.signature(step).parameters[name].kind != inspect.Parameter.KEYWORD_ONLY:
        return step
    return lambda metric: step(**{name: metric})


def _takes_optimizer_by_name(function: Any) -> bool:
    try:
        return "optimizer" in inspect.signature(function).parameters
    except (TypeError, ValueError):
        return False
