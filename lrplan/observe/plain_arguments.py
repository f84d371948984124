"""The arguments that constructors were given, as far as they are plain data."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import FunctionType
from typing import Any

_DEEPEST = 3
_LONGEST = 1_000
"""Characters of a text."""
_MOST_ARGUMENTS = 100


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


def function_in(arguments: Mapping[str, Any]) -> tuple[str, dict[str, object]]:
    """The only function among the arguments by its module and name, and what it is given.

    Arguments that ``functools.partial`` gives it are known where all of them are plain data; of
    other functions there are none. Without a function, with several, and of a lambda, the name is
    empty.
    """
    functions = [each for each in arguments.values() if isinstance(each, (partial, FunctionType))]
    if len(functions) != 1:
        return "", {}
    (function,) = functions
    inner = function.func if isinstance(function, partial) else function
    given = function.keywords if isinstance(function, partial) and not function.args else {}
    known, unknown = plain_arguments(given)
    name = f"{getattr(inner, '__module__', '')}.{getattr(inner, '__qualname__', '')}"
    is_whole = (
        "<" not in name and not unknown and len(given) <= _MOST_ARGUMENTS and len(name) <= _LONGEST
    )
    return (name, known) if is_whole else ("", {})


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
