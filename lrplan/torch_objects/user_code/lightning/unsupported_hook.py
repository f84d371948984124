"""The reasons why a LightningModule's training is not simulated."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any

from lrplan.torch_objects.user_code.lightning.effects import Outcome
from lrplan.torch_objects.user_code.lightning.source import FunctionSource, plain_function

_FIX = (
    "let a scheduler that configure_optimizers returns do it; `loop: torch` draws those schedulers"
    " alone, in a plain loop"
)


@dataclass(frozen=True, slots=True)
class UnsupportedHook:
    """A reason why a hook keeps the curve from being simulated.

    Args:
        message: what it does, and where, in words that follow the name of the module's class.
        detail: the lines of source that do it.
        fix: what to do about it.
    """

    message: str
    detail: tuple[str, ...] = ()
    fix: str = _FIX


def unsupported_by_effects(hook: str, outcome: Outcome) -> UnsupportedHook:
    """The refusal of a hook for what it does."""
    first = outcome.effects[0]
    frames = tuple(each.frame for each in outcome.effects)
    return UnsupportedHook(f"{hook} {first.what} ({first.where})", frames)


def unsupported_at_node(what: str, source: FunctionSource, node: ast.AST) -> UnsupportedHook:
    """The refusal of what the code at ``node`` does."""
    line = getattr(node, "lineno", 1)
    return UnsupportedHook(f"{what} ({source.where(line)})", (source.at(line),))


def unsupported_without_source(hook: str, function: Any) -> UnsupportedHook:
    """The refusal of a hook that cannot be read."""
    plain = plain_function(function)
    kind = type(function).__name__ if plain is None else plain.__code__.co_filename
    return UnsupportedHook(f"{hook} is overridden, and its source cannot be read ({kind})")
