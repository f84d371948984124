"""Callbacks that a module gives to its trainer in ``configure_callbacks``."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from lrplan.torch_objects.user_code.lightning.refusal import Refusal, at_node, by_effects
from lrplan.torch_objects.user_code.lightning.source import plain_function, readable_source
from lrplan.torch_objects.user_code.lightning.trainer_hooks import MOVING_CALLBACKS
from lrplan.torch_objects.user_code.lightning.values import Kind, Live

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lrplan.torch_objects.user_code.lightning.analysis import Analysis
    from lrplan.torch_objects.user_code.lightning.values import Value


def moving_callbacks(function: Any, analysis: Analysis) -> Iterator[Refusal]:
    """Yield a refusal for each callback in ``configure_callbacks`` that moves the schedule."""
    plain, source = plain_function(function), readable_source(function)
    if plain is None or source is None:
        return
    for node in ast.walk(source.node):
        name = getattr(node, "attr", getattr(node, "id", ""))
        if name in MOVING_CALLBACKS:
            yield at_node(f"configure_callbacks gives {name}", source, node)
            return
        cls = plain.__globals__.get(name)
        if isinstance(node, ast.Name) and isinstance(cls, type):
            yield from _of_class(cls, analysis)


def _of_class(cls: type, analysis: Analysis) -> Iterator[Refusal]:
    given: list[Value] = [Kind.UNKNOWN, Kind.TRAINER, Live(analysis.module)]
    for name, function in vars(cls).items():
        if name == "setup" or name.startswith("on_"):
            outcome = analysis.outcome(function, cls, given, {})
            if outcome is not None and outcome.effects:
                yield by_effects(f"{name} of its callback {cls.__name__}", outcome)
                return
