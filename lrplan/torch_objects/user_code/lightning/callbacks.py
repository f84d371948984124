"""Callbacks that a module gives to its trainer in ``configure_callbacks``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from lrplan.torch_objects.user_code.lightning.analysis import Analysis
from lrplan.torch_objects.user_code.lightning.source import readable_source
from lrplan.torch_objects.user_code.lightning.trainer_hooks import MOVING_CALLBACKS
from lrplan.torch_objects.user_code.lightning.unsupported_hook import (
    UnsupportedHook,
    unsupported_at_node,
    unsupported_by_effects,
)
from lrplan.torch_objects.user_code.lightning.values import Kind, Live, Value

_RAISED = (Exception, SystemExit)
"""Errors of the user's code, which may raise anything."""

_PACKAGES = ("lightning.", "pytorch_lightning.")


def moving_callbacks(function: Any, analysis: Analysis) -> Iterator[UnsupportedHook]:
    """Yield a refusal for each callback in ``configure_callbacks`` that moves the schedule.

    The names in its source are looked at first. Then it is called, as the trainer calls it: its
    list may come from anywhere.
    """
    source = readable_source(function)
    for node in () if source is None else ast.walk(source.node):
        name = getattr(node, "attr", getattr(node, "id", ""))
        if source is not None and name in MOVING_CALLBACKS:
            yield unsupported_at_node(f"configure_callbacks gives {name}", source, node)
            return
    module: Any = analysis.module
    try:
        callbacks = module.configure_callbacks()
    except _RAISED as error:
        yield UnsupportedHook(f"configure_callbacks raises {type(error).__name__}: {error}")
        return
    for callback in callbacks if isinstance(callbacks, (list, tuple)) else [callbacks]:
        names = MOVING_CALLBACKS.intersection(each.__name__ for each in type(callback).__mro__)
        if names:
            yield UnsupportedHook(f"configure_callbacks gives {min(names)}")
            return
        yield from _of_class(type(callback), analysis)


def _of_class(cls: type, analysis: Analysis) -> Iterator[UnsupportedHook]:
    arguments: list[Value] = [Kind.UNKNOWN, Kind.TRAINER, Live(analysis.module)]
    for owner in cls.__mro__:
        if owner.__module__.startswith(_PACKAGES):
            return
        for name, function in vars(owner).items():
            if name == "setup" or name.startswith("on_"):
                outcome = analysis.outcome(function, owner, arguments, {})
                if outcome is not None and outcome.effects:
                    yield unsupported_by_effects(f"{name} of its callback {cls.__name__}", outcome)
                    return
