"""The effects of a piece of code on a schedule, as far as its source shows them."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from lrplan.torch_objects.user_code.lightning.values import Kind, Value

Position = tuple[int, int, int, int]
"""The first line and column of some source, and the last."""


def position(node: ast.Call) -> Position:
    """The position of a call in its file, which no other call has."""
    return node.lineno, node.col_offset, node.end_lineno or 0, node.end_col_offset or 0


@dataclass(frozen=True, slots=True)
class Effect:
    """A line of code that moves a schedule, or may do so.

    Args:
        what: in words that follow the name of the hook, such as ``calls a scheduler's step()``.
        where: the file and the line.
        frame: the same, with the function and the text of the line.
    """

    what: str
    where: str
    frame: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """The effects and the result of calling a function."""

    effects: tuple[Effect, ...] = ()
    result: Value = Kind.UNKNOWN
    steps: tuple[Position, ...] = ()
    """Calls that may do what Lightning's own hook does."""
