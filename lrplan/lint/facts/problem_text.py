"""Reads the texts of spec problems, for rules that know the cause."""

from __future__ import annotations

import re

FRACTION = "is not a whole number of ticks"
"""The message of the clock for a length of 2.5."""

_STRING = re.compile(r"not the string '(.*)'$")
_INDEX = re.compile(r"(\[\d+\])+$")


def argument_in(path: str) -> str:
    """The argument that ``path`` ends with, without its index in a list."""
    return _INDEX.sub("", path).rpartition(".")[2]


def string_in(message: str) -> str | None:
    """The string in the spec, if ``message`` says that another type was expected there."""
    match = _STRING.search(message)
    return None if match is None else match[1]
