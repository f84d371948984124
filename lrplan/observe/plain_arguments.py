"""The arguments that constructors were given, as far as they are plain data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_DEEPEST = 3
_LONGEST = 1_000
"""Characters of a text."""


def plain_arguments(arguments: Mapping[str, Any]) -> tuple[dict[str, object], set[str]]:
    """The arguments that are plain data, and the names of those that are not."""
    given: dict[str, object] = {}
    unknown: set[str] = set()
    for name, value in arguments.items():
        try:
            given[str(name)] = _plain(value)
        except TypeError:
            unknown.add(str(name))
    return given, unknown


def _plain(value: Any, depth: int = 0) -> object:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str) and len(value) <= _LONGEST:
        return str(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, (list, tuple)) and depth < _DEEPEST and len(value) < 10_000:
        return [_plain(each, depth + 1) for each in value]
    if getattr(value, "ndim", None) == 0 and _is_on_host(value):  # a number of numpy or torch
        return float(value)
    raise TypeError


def _is_on_host(value: Any) -> bool:
    return getattr(getattr(value, "device", None), "type", "cpu") == "cpu"
