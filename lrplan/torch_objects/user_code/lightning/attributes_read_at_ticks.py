"""Functions that a scheduler is given and that read attributes of the module at every tick.

Such a function runs at every tick, and lrplan does not see what hooks change between ticks.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from lrplan.torch_objects.user_code.lightning.module import overrides, own_classes
from lrplan.torch_objects.user_code.lightning.source import (
    read_attributes,
    readable_source,
    set_attributes,
)
from lrplan.torch_objects.user_code.lightning.unsupported_hook import UnsupportedHook

_EARLY = ("__init__", "configure_optimizers", "configure_model", "setup", "prepare_data")
_INNER = (ast.Lambda, ast.FunctionDef)
_FIX = "let the function depend on its argument alone"


def late_reads(module: Any) -> Iterator[UnsupportedHook]:
    """Yield a refusal for an attribute that a scheduler's function reads and a hook sets."""
    read = _read_later(module)
    for cls in own_classes(type(module)):
        for hook, function in vars(cls).items():
            source = None if hook in _EARLY else readable_source(function)
            for name, line in () if source is None else set_attributes(function):
                if name in read and source is not None:
                    message = (
                        f"a function of configure_optimizers reads `{name}`, which {hook} sets"
                        f" ({source.where(line)})"
                    )
                    yield UnsupportedHook(message, (source.at(line),), _FIX)
                    return


def _read_later(module: Any) -> set[str]:
    """Attributes of ``self`` read by inner functions, and by methods that are handed over."""
    names: set[str] = set()
    todo = [each for outer in _methods(module, "configure_optimizers") for each in _inner(outer)]
    seen: set[str] = set()
    for name in _handed_over(module):
        seen.add(name)
        todo += _methods(module, name)
    # A name that is a method is followed into that method; any other is an attribute that is read.
    while todo:
        for name in read_attributes(todo.pop()) - seen:
            seen.add(name)
            methods = _methods(module, name)
            names |= set() if methods else {name}
            todo += methods
    return names


def _inner(outer: ast.AST) -> list[ast.AST]:
    """Functions inside of a function."""
    return [node for node in ast.walk(outer) if isinstance(node, _INNER) and node is not outer]


def _handed_over(module: Any) -> set[str]:
    """Names of methods that ``configure_optimizers`` names and does not call."""
    names: set[str] = set()
    for outer in _methods(module, "configure_optimizers"):
        calls = (node.func for node in ast.walk(outer) if isinstance(node, ast.Call))
        called = {node.attr for node in calls if isinstance(node, ast.Attribute)}
        # `LambdaLR(optimizer, self.factor)` names a method that torch calls at every tick, when a
        # hook may have changed what it reads; `LambdaLR(optimizer, self.make_factor())` calls one
        # at once.
        names |= read_attributes(outer) - called
    return {name for name in names if _methods(module, name)}


def _methods(module: Any, name: str) -> list[ast.AST]:
    """The definitions of a method, as far as their source can be read."""
    sources = [readable_source(each) for _, each in overrides(module, name)]
    return [each.node for each in sources if each is not None]
