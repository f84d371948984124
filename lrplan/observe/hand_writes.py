"""The line at which a program writes learning rates itself, where only one can have done it.

A program that writes ``group["lr"] = 0.01`` makes no call: the write is noticed at the next step
or tick. If its files have exactly one statement that writes learning rates into groups, and the
program's own code calls the step, that statement is the one. With two, or where a trainer of some
package is at work, which may write too, no line is named.
"""

from __future__ import annotations

import ast
import linecache
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from lrplan.observe.user_line import UserLines
from lrplan.recordings.model import NOWHERE

_MOST_FILES = 200
_MOST_LINES = 20_000
_GROUPS = "param_groups"


class HandWrittenLine:
    """Looks for the only statement of the user's files that writes learning rates into groups.

    Args:
        lines: knows the user's files, and numbers their lines.
    """

    def __init__(self, lines: UserLines) -> None:
        self._lines = lines
        self._modules = 0
        self._number = NOWHERE

    def number(self, frame: FrameType | None) -> int:
        """The number of its line; ``NOWHERE`` if it is not known.

        Args:
            frame: what calls the step or tick at which the new value is noticed.
        """
        if not self._is_called_by_user(frame):
            return NOWHERE
        if len(sys.modules) != self._modules:  # a file may have come
            self._modules = len(sys.modules)
            self._number = self._find()
        return self._number

    def _is_called_by_user(self, frame: FrameType | None) -> bool:
        torch = str(Path(str(sys.modules["torch"].__file__)).parent)
        while frame is not None and frame.f_code.co_filename.startswith((torch, "<lrplan ")):
            frame = frame.f_back
        return frame is not None and self._lines.belongs_to_user(frame.f_code.co_filename)

    def _find(self) -> int:
        named = {str(getattr(each, "__file__", "") or "") for each in list(sys.modules.values())}
        files = [each for each in named if each and self._lines.belongs_to_user(each)]
        if len(files) > _MOST_FILES:
            return NOWHERE
        writes = [(file, line) for file in files for line in lines_that_write_lrs(file)]
        if len(writes) != 1 or writes[0][1] == NOWHERE:
            return NOWHERE
        return self._lines.add(*writes[0])


def lines_that_write_lrs(file: str) -> list[int]:
    """The lines of a file's statements that write, or may write, learning rates into groups.

    ``NOWHERE`` stands for a statement of which it is not known: ``config["lr"] = 0.1`` or
    ``group[key] = value``.
    """
    lines = linecache.getlines(file)
    if len(lines) > _MOST_LINES:
        return [NOWHERE]
    try:
        tree = ast.parse("".join(lines))
    except (SyntaxError, ValueError, RecursionError):
        return [NOWHERE]
    groups = set(_names_of_groups(tree))
    return [line for node in ast.walk(tree) for line in _writes(node, groups)]


def _names_of_groups(tree: ast.AST) -> Iterator[str]:
    """The variables that are groups: ``for group in optimizer.param_groups``, and assigned ones."""
    for node in ast.walk(tree):
        if isinstance(node, ast.For) and _mentions_groups(node.iter):
            last = node.target.elts[-1] if isinstance(node.target, ast.Tuple) else node.target
            yield from (last.id,) if isinstance(last, ast.Name) else ()
        elif isinstance(node, ast.Assign) and _is_group(node.value, set()):
            yield from (each.id for each in node.targets if isinstance(each, ast.Name))


def _mentions_groups(node: ast.AST) -> bool:
    return any(isinstance(each, ast.Attribute) and each.attr == _GROUPS for each in ast.walk(node))


def _is_group(node: ast.AST, groups: set[str]) -> bool:
    if isinstance(node, ast.Name):
        return node.id in groups
    is_item = isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute)
    return is_item and node.value.attr == _GROUPS  # type: ignore[attr-defined]


def _writes(node: ast.AST, groups: set[str]) -> Iterator[int]:
    if isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign)):
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            stored = [each for each in ast.walk(target) if _is_stored(each)]
            yield from (each for part in stored for each in _assigned(part, groups))
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        owner, name = node.func.value, node.func.attr
        if name in {"update", "setdefault", "__setitem__"} and _is_group(owner, groups):
            yield NOWHERE
        elif name.endswith("_") and isinstance(owner, ast.Subscript):  # `group["lr"].fill_(0.1)`
            yield from _assigned(owner, groups)


def _is_stored(node: ast.AST) -> bool:
    return isinstance(getattr(node, "ctx", None), ast.Store)


def _assigned(target: ast.AST, groups: set[str]) -> Iterator[int]:
    """The line of ``group["lr"]`` as a target; ``NOWHERE`` if it may be one."""
    is_whole = isinstance(target, ast.Attribute) and target.attr == _GROUPS
    if is_whole or _is_group(target, set()):
        yield NOWHERE  # other groups, with other learning rates
    elif isinstance(target, ast.Subscript):
        is_group = _is_group(target.value, groups)
        if _is_lr(target):
            yield target.lineno if is_group else NOWHERE
        elif is_group and not isinstance(target.slice, ast.Constant):
            yield NOWHERE


def _is_lr(target: ast.Subscript) -> bool:
    return isinstance(target.slice, ast.Constant) and target.slice.value == "lr"
