"""Calls a function when a module has been imported, or at once where it is there already."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import Any

Action = Callable[[ModuleType], object]


class ImportHook:
    """A finder on ``sys.meta_path`` that finds nothing itself, and waits for some modules.

    Args:
        actions: by the full name of a module, what is called with it once its code has run.
    """

    def __init__(self, actions: Mapping[str, Action]) -> None:
        self._waiting = dict(actions)

    def install(self) -> None:
        """Act on the modules that are there, and wait for the others."""
        for name in list(self._waiting):
            module = sys.modules.get(name)
            if module is not None:
                self._waiting.pop(name)(module)
        sys.meta_path.insert(0, self)

    def remove(self) -> None:
        """Remove the hook from the import system."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(self, name: str, *_: Any) -> ModuleSpec | None:
        """Python's question where a module is: None, or its usual place with a changed loader."""
        action = self._waiting.pop(name, None)
        if action is None:
            return None
        # This name waits no longer, so that the question comes back here only once. The parent is
        # imported already, else Python would not ask for a module in it.
        spec = find_spec(name)
        if spec is not None and spec.loader is not None:
            _act_after(spec.loader, action)
        return spec


def _act_after(loader: Any, action: Action) -> None:
    """Let ``loader`` call ``action`` after it has run the code of its module, once."""
    execute = loader.exec_module

    def exec_module(module: ModuleType) -> None:
        # Set on the loader itself and taken off again, so that the module keeps its own loader,
        # which gives tools its source.
        del loader.exec_module
        execute(module)
        action(module)

    loader.exec_module = exec_module
