"""LightningModules that factories make, recognised by their class without importing Lightning."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import getattr_static
from typing import Any

_NAME = "LightningModule"
_PACKAGES = ("lightning.pytorch", "pytorch_lightning")


def lightning_base(cls: type) -> type | None:
    """Lightning's own ``LightningModule`` among the bases of ``cls``; None without one."""
    return next((each for each in cls.__mro__ if _is_lightnings(each)), None)


def is_lightning_module(thing: object) -> bool:
    """Return True if ``thing`` is an object of a LightningModule's class."""
    return lightning_base(type(thing)) is not None


def own_classes(cls: type) -> Iterator[type]:
    """The classes whose methods come before those of Lightning's ``LightningModule``."""
    for each in cls.__mro__:
        if _is_lightnings(each):
            return
        yield each


def overrides(module: object, hook: str) -> Iterator[tuple[type, Any]]:
    """Every definition of ``hook`` that hides Lightning's own, the one that is called first.

    A function put on the object itself hides all of its classes'.
    """
    own = vars(module).get(hook)
    if own is not None:
        yield type(module), own
    for cls in own_classes(type(module)):
        if hook in vars(cls):
            yield cls, getattr_static(cls, hook)


def _is_lightnings(cls: type) -> bool:
    home = f"{cls.__module__}."
    return cls.__name__ == _NAME and home.startswith(tuple(f"{each}." for each in _PACKAGES))
