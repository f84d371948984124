"""Packages that are loaded when something of them is first used."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from types import ModuleType
from typing import Any


def defer(name: str) -> None:
    """Delay ``import name`` until an attribute of the module is read.

    Many commands end before that: numpy takes nearly as long to load as an empty program of Typer,
    and neither a rule's page nor a mistake in a spec needs numbers. Programs that import lrplan as
    a library are not affected, since only the command line calls this.

    Args:
        name: of a package; nothing happens if it is loaded already or not installed.
    """
    if name in sys.modules:
        return
    spec = find_spec(name)
    if spec is None or spec.loader is None:
        return
    # `importlib.util.LazyLoader` would not wait: on Python 3.11 the import statement itself asks
    # for `__spec__`, and that is enough for it.
    module = _Deferred(name)
    module.__spec__ = spec
    sys.modules[name] = module


class _Deferred(ModuleType):
    """An empty module that loads the real one when an attribute is read."""

    def __getattr__(self, attribute: str) -> Any:
        loaded = sys.modules.get(self.__name__)
        if loaded is not None and loaded is not self:
            # A program that lrplan runs has loaded it in the meantime: never a second time.
            return getattr(loaded, attribute)
        spec = self.__spec__
        # Before the module runs: while it does, its own imports ask it for names that are not there
        # yet, and each of them would come here again.
        self.__class__ = ModuleType  # type: ignore[assignment]  # what it is from here on
        if spec is not None and spec.loader is not None:
            self.__loader__, self.__file__ = spec.loader, spec.origin
            self.__package__ = spec.name
            self.__path__ = spec.submodule_search_locations or []
            spec.loader.exec_module(self)
        return getattr(self, attribute)
