"""The values that expressions in hooks stand for: drivers, live objects, or plain data."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from inspect import getattr_static
from types import FunctionType, ModuleType
from typing import Any

from torch import Tensor
from torch.nn import Module
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau

MISSING = object()
"""The result for an attribute that an object does not have."""

DRIVERS = frozenset({"optimizers", "lr_schedulers", "lr_scheduler_configs"})
"""Attributes of the trainer, and methods of the module, that give optimizers and schedulers."""

_LONGEST = 100
"""Elements of a container that are looked at."""
_DEEPEST = 3
"""Containers inside of each other that are looked into."""
_DRIVERS = (Optimizer, LRScheduler, ReduceLROnPlateau)
_FRAMEWORKS = frozenset(
    {"torch", "lightning", "pytorch_lightning", "lightning_fabric", "torchmetrics"}
)


class Kind(Enum):
    """A value that is not an object known beforehand."""

    PLAIN = "plain"
    """Numbers, tensors, text: nothing by which a schedule can be moved."""
    UNKNOWN = "unknown"
    DRIVER = "driver"
    """An optimizer, a parameter group, a scheduler, or a collection of such."""
    TRAINER = "trainer"
    """Lightning's trainer, and the objects that it has."""


@dataclass(frozen=True, eq=False, slots=True)
class Live:
    """An existing object: an attribute of the module, a function of its file."""

    value: Any


@dataclass(frozen=True, eq=False, slots=True)
class Method:
    """A function found in a class."""

    function: Any
    owner: Live
    cls: type


@dataclass(frozen=True, eq=False, slots=True)
class Parent:
    """The result of ``super()`` inside a method of ``cls``."""

    cls: type
    owner: Live


HARMLESS = Live(object())
"""An object of a class that is neither an optimizer's nor a scheduler's."""

Value = Kind | Live | Method | Parent


def join_values(values: Iterable[Value]) -> Value:
    """The value that may be any of ``values``: a driver if one of them is."""
    candidates = list(values)
    if Kind.DRIVER in candidates:
        return Kind.DRIVER
    if len(candidates) == 1:
        return candidates[0]
    return Kind.UNKNOWN if Kind.UNKNOWN in candidates else Kind.PLAIN


def moves_schedule(thing: object, depth: int = _DEEPEST) -> bool:
    """Return True if ``thing`` can move a schedule: it is a driver, holds one, or is a group.

    Args:
        thing: any object.
        depth: how far containers are looked into.
    """
    if isinstance(thing, _DRIVERS):
        return True
    # A group is a dict with `lr` and a list of tensors as `params`. Containers are searched: a
    # module may hold {"opts": [adam, sgd]}; only so deep and so far, for it may also hold its whole
    # data.
    if isinstance(thing, (dict, list, tuple)):
        inside = list(thing.values() if isinstance(thing, dict) else thing)[:_LONGEST]
        is_group = isinstance(thing, dict) and "lr" in thing and _are_parameters(thing)
        return is_group or (depth > 0 and any(moves_schedule(each, depth - 1) for each in inside))
    if isinstance(thing, (Module, type, FunctionType, ModuleType)):
        return False
    return isinstance(_own(thing).get("optimizer"), Optimizer)


def _are_parameters(group: dict[Any, Any]) -> bool:
    parameters = group.get("params")
    return isinstance(parameters, list) and all(isinstance(each, Tensor) for each in parameters)


def is_optimizer_or_scheduler_class(cls: type) -> bool:
    """Return True if objects of ``cls`` are optimizers or schedulers."""
    return issubclass(cls, _DRIVERS)


def is_of_framework(thing: object) -> bool:
    """Return True if torch, Lightning, torchmetrics or Python itself has defined ``thing``."""
    home = getattr(thing, "__module__", None) or ""
    root = str(home).partition(".")[0]
    return root in _FRAMEWORKS or root in sys.stdlib_module_names


def attribute(thing: object, name: str) -> Any:
    """The attribute of ``thing``, without running code of its class; or ``MISSING``."""
    own = _own(thing)
    for attributes in (own, *(own.get(key) for key in ("_modules", "_parameters", "_buffers"))):
        if isinstance(attributes, dict) and name in attributes:
            return attributes[name]
    return getattr_static(thing, name, MISSING)


def defining_class(cls: type, name: str) -> type:
    """The class that defines the attribute ``name`` which ``cls`` has."""
    return next((each for each in cls.__mro__ if name in vars(each)), cls)


def _own(thing: object) -> dict[str, Any]:
    try:
        return dict(vars(thing))
    except TypeError:  # it has slots, or is a builtin
        return {}
