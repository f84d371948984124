"""Reads the problems that a spec's values have, for rules that know what is behind them."""

from __future__ import annotations

import re

FRACTION = "is not a whole number of ticks"
"""The message of the clock for a length of 2.5."""

_STRING = re.compile(r"not the string '(.*)'$")
_INDEX = re.compile(r"(\[\d+\])+$")


def argument(path: str) -> str:
    """The argument that ``path`` ends in, without the place in a list."""
    return _INDEX.sub("", path).rpartition(".")[2]


def is_milestone(path: str) -> bool:
    """Return True if it is one of a list of milestones."""
    return argument(path) == "milestones"


def string_in(message: str) -> str | None:
    """The text that stands where something else belongs, if that is what ``message`` says."""
    match = _STRING.search(message)
    return None if match is None else match[1]
