"""Arguments of schedulers: their names, the optimizer, members, numbers."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from lrplan.observe.learning_rates import NAN


def by_name(
    original: Callable[..., Any],
    target: Any,
    arguments: tuple[Any, ...],
    keywords: Mapping[str, Any],
) -> dict[str, Any]:
    """The arguments of a constructor, by the names of its parameters."""
    try:
        bound = inspect.signature(original).bind(target, *arguments, **keywords).arguments
    except (TypeError, ValueError):
        return dict(keywords)
    given = dict(list(bound.items())[1:])  # without `self`
    extra = given.pop("kwargs", None)
    return {**given, **extra} if isinstance(extra, dict) else given


def optimizer_in(given: Mapping[str, Any], target: Any) -> Any:
    """The torch optimizer that a scheduler drives, inside of what other packages put around it."""
    found = getattr(target, "optimizer", None) or given.get("optimizer")
    for _ in range(5):
        if found is None or hasattr(type(found), "_optimizer_step_code"):
            inner = getattr(found, "optimizer", None)
            # accelerate's wrapper is an optimizer by its type, but has no life of its own.
            is_wrapper = inner is not None and "defaults" not in getattr(found, "__dict__", {})
            if not is_wrapper:
                return found
        found = getattr(found, "optimizer", None)
    return None


def members_of(given: Mapping[str, Any]) -> Iterator[Any]:
    """The values in ``given``, and in lists of it."""
    for value in given.values():
        if isinstance(value, (list, tuple)):
            yield from value
        else:
            yield value


def first_number(arguments: tuple[Any, ...], keywords: Mapping[str, Any]) -> float | None:
    """The metric or the epoch that a tick was given: NaN if it is not known; None without one."""
    for value in (*arguments, *keywords.values()):
        if value is not None:
            number = number_of(value)
            return NAN if number is None else number
    return None


def number_of(value: Any) -> float | None:
    """``value`` as a float; None for other objects, and for a tensor on a device."""
    device = getattr(value, "device", None)
    if device is not None and getattr(device, "type", "cpu") != "cpu":
        return None  # reading it would wait for the device
    try:
        return float(value)
    except (TypeError, ValueError, RuntimeError):
        return None
