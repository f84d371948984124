"""A Python file of assignments as data: it is parsed and never run."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import NamedTuple

from lrplan.node import Node
from lrplan.specfile.problems import Problems
from lrplan.text_position import InputText, TextPosition


class PythonFile(NamedTuple):
    """What a file assigns.

    Args:
        root: the names and their values, as a mapping.
        unread: names whose value only running the file would tell.
    """

    root: Node
    unread: Mapping[str, TextPosition]


def parse_python(source: InputText, problems: Problems) -> PythonFile | None:
    """The assignments of a file; None, and a problem, where it is not Python."""
    try:
        module = ast.parse(source.text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None) or 1
        place = TextPosition(line, 1, line, 2)
        problems.add("config-syntax", place, f"this is not valid Python: {error.args[0]}")
        return None
    entries: dict[str, Node] = {}
    unread: dict[str, TextPosition] = {}
    for statement in module.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            target = statement.targets[0]
            try:
                value = ast.literal_eval(statement.value)
            except (ValueError, TypeError, SyntaxError):
                unread[target.id] = _place(target)
                continue
            entries[target.id] = Node(
                value, _place(statement.value), _place(target), isinstance(value, str)
            )
    return PythonFile(Node(entries, TextPosition()), unread)


def _place(node: ast.expr) -> TextPosition:
    end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
    return TextPosition(node.lineno, node.col_offset + 1, end_line, end_column + 1)
