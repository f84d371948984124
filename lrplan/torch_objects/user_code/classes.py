"""Optimizers and schedulers of the user's own classes."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from torch.optim import Optimizer

from lrplan.text import join_words
from lrplan.torch_objects.user_code.checked_calls import call, load_for, refusal
from lrplan.torch_objects.user_code.environment import user_code_environment
from lrplan.torch_objects.user_code.package_schedulers import mismatch, package_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lrplan.plan import SchedulePlan, SchedulerPlan, UserCode

_COUNTS = {"epoch", "t", "step", "num_updates"}


def own_optimizer(plan: SchedulePlan, code: UserCode, groups: list[dict[str, Any]]) -> Optimizer:
    """An optimizer of the user's own class on ``groups``.

    Raises:
        SpecError: it cannot be loaded or built, or is no optimizer that has a rate.
    """
    wanted = plan.optimizer
    with user_code_environment(plan):
        function = load_for(plan, code, wanted.path)
        made: Optimizer = call(plan, function, code.text, wanted.path, [groups], wanted.arguments)
    check_optimizer(plan, made, code.text, wanted.path)
    if len(made.param_groups) != len(groups):
        count = f"{len(made.param_groups)} parameter groups of {len(groups)}"
        raise refusal(plan, wanted.path, f"`{code.text}` makes {count}")
    return made


def check_optimizer(plan: SchedulePlan, made: object, text: str, path: str) -> None:
    """Whether ``made`` is an optimizer of torch whose groups have a rate.

    Raises:
        SpecError: it is not.
    """
    if not isinstance(made, Optimizer):
        message = f"`{text}` gives {type(made).__name__}, not a torch.optim.Optimizer"
        raise refusal(plan, path, message)
    if not all("lr" in group for group in made.param_groups):
        raise refusal(plan, path, f"`{text}` has a parameter group without `lr`")


def own_scheduler(
    plan: SchedulePlan,
    scheduler: SchedulerPlan,
    code: UserCode,
    target: Optimizer,
    arguments: Mapping[str, object],
) -> Any:
    """A scheduler of the user's own class on ``target``: its ``optimizer``, or first argument.

    Raises:
        SpecError: it cannot be loaded or built, or its ``step()`` is nothing that can be called.
    """
    with user_code_environment(plan):
        function, path = load_for(plan, code, scheduler.path), scheduler.path
        if _takes_it_by_name(function) and "optimizer" not in arguments:
            named = {"optimizer": target, **arguments}
            made = call(plan, function, code.text, path, [], named)
        else:
            made = call(plan, function, code.text, path, [target], arguments)
        made = _ticked(plan, scheduler, made)
    check_step(plan, made, code.text, path, monitor=scheduler.monitor)
    return made


def _ticked(plan: SchedulePlan, scheduler: SchedulerPlan, made: Any) -> Any:
    """What is called for a scheduler that is derived from one of another package."""
    package = package_of(made)
    # What stands inside another scheduler is called by that one.
    if package is None or not any(scheduler is top for top in plan.schedulers):
        return made
    message, fix = mismatch(made, scheduler.interval)
    if message:
        raise refusal(plan, scheduler.path, message, fix=fix)
    return package.adapt(made, scheduler.interval)


def check_step(
    plan: SchedulePlan, made: object, text: str, path: str, *, monitor: str | None
) -> None:
    """Whether ``step()`` of a scheduler can be called as it will be.

    Raises:
        SpecError: it has none, or needs other arguments than a metric.
    """
    step = getattr(made, "step", None)
    if not callable(step):
        message = f"`{text}` gives {type(made).__name__}, which has no step() to call"
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
    """Tell whether ``step`` has to be told a count of steps or epochs, or several things."""
    needed = needs(step)
    return len(needed) > 1 or bool(_COUNTS.intersection(needed))


def needs(step: Any) -> list[str]:
    """The arguments without which ``step`` cannot be called."""
    try:
        parameters = inspect.signature(step).parameters.values()
    except (TypeError, ValueError):
        return []  # not written in Python
    several = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [
        each.name for each in parameters if each.default is each.empty and each.kind not in several
    ]


def _takes_it_by_name(function: Any) -> bool:
    try:
        return "optimizer" in inspect.signature(function).parameters
    except (TypeError, ValueError):
        return False
