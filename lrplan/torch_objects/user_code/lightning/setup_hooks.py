"""Hooks that the trainer calls before ``configure_optimizers``, and lrplan does not.

``setup`` and ``prepare_data`` load data. What they set, ``configure_optimizers`` may read.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from lrplan.torch_objects.user_code.lightning.module import overrides
from lrplan.torch_objects.user_code.lightning.source import (
    read_attributes,
    readable_source,
    set_attributes,
)
from lrplan.torch_objects.user_code.lightning.unsupported_hook import UnsupportedHook

_HOOKS = ("prepare_data", "setup")
_FIX = "set it in __init__, or name a function that sets it and returns the module"


def missed_setup(module: Any, factory: Any) -> Iterator[UnsupportedHook]:
    """Hooks that set what ``configure_optimizers`` reads.

    Args:
        module: the module.
        factory: what made it; one that calls such a hook itself has no need of the trainer's call.
    """
    called = _called(factory)
    read = _attributes_read(module, "configure_optimizers", {})
    for hook in _HOOKS:
        if hook in called:
            continue
        function = next((each for _, each in overrides(module, hook)), None)
        source = None if function is None else readable_source(function)
        for name, line in () if source is None else set_attributes(function):
            if name in read and source is not None:
                where = source.where(line)
                message = f"{hook} sets `{name}` ({where}), which configure_optimizers reads"
                yield UnsupportedHook(message, (source.at(line),), _FIX)
                break


def _called(factory: Any) -> set[str]:
    """The names of methods that a function calls."""
    source = None if isinstance(factory, type) else readable_source(factory)
    nodes = [] if source is None else list(ast.walk(source.node))
    calls = [node.func for node in nodes if isinstance(node, ast.Call)]
    return {each.attr for each in calls if isinstance(each, ast.Attribute)}


def _attributes_read(module: Any, name: str, known: dict[str, set[str]]) -> set[str]:
    """Attributes of ``self`` that a method reads, and those that the methods among them read."""
    if name in known:
        return known[name]
    names = known[name] = set[str]()
    for _, function in overrides(module, name):
        source = readable_source(function)
        names |= set() if source is None else read_attributes(source.node)
    for each in tuple(names):
        names |= _attributes_read(module, each, known)
    return names
