"""Hooks that are registered on an optimizer's ``step()``, which lrplan does not call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lrplan.torch_objects.user_code.lightning.analysis import Analysis
from lrplan.torch_objects.user_code.lightning.values import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch.optim import Optimizer

_REGISTERED = ("_optimizer_step_pre_hooks", "_optimizer_step_post_hooks")


def moving_step_hooks(optimizer: Optimizer) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the effects of hooks around ``step()`` on the schedule, with the lines of source."""
    analysis = Analysis(optimizer)
    for name in _REGISTERED:
        hooks: dict[Any, Any] = getattr(optimizer, name, None) or {}
        for hook in hooks.values():
            outcome = analysis.outcome(hook, None, _arguments(hook), {})
            if outcome is None:
                yield f"a hook of its step(), {hook!r}, has no source that can be read", ()
            elif outcome.effects:
                first = outcome.effects[0]
                frames = tuple(each.frame for each in outcome.effects)
                yield f"a hook of its step() {first.what} ({first.where})", frames


def _arguments(hook: Any) -> list[Kind]:
    bound = [Kind.PLAIN] if hasattr(hook, "__self__") else []
    return [*bound, Kind.DRIVER]
