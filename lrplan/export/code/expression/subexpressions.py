"""Which parts of an expression can be computed beforehand."""

from __future__ import annotations

import ast
from itertools import pairwise as neighbours
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LONGER_THAN_A_NAME = 10


def movable(node: ast.expr, text: Callable[[ast.expr], str], room: int) -> ast.expr | None:
    """The longest part of ``node`` that is always evaluated and takes at most ``room`` characters.

    Where none does, a choice among its parts, which statements can take apart; else None.
    """
    sizes = {each: len(text(each)) for each in _always_evaluated(node)}
    worth = {each: size for each, size in sizes.items() if size > _LONGER_THAN_A_NAME}
    fitting = [each for each, size in worth.items() if size <= room]
    if fitting:
        return max(fitting, key=sizes.__getitem__)
    return next(filter(is_compound, worth), None)


def is_compound(node: ast.expr) -> bool:
    """Whether statements can take it apart: a choice, ``and``, ``or``, a chain of comparisons."""
    if isinstance(node, ast.Compare):
        return len(node.ops) > 1
    return isinstance(node, (ast.IfExp, ast.BoolOp))


def pairwise(node: ast.Compare) -> ast.BoolOp:
    """``a < b < c`` as ``a < b and b < c``."""
    operands = neighbours([node.left, *node.comparators])
    pairs = [
        ast.Compare(left, [op], [right])
        for op, (left, right) in zip(node.ops, operands, strict=True)
    ]
    return ast.BoolOp(ast.And(), list(pairs))


def replaced(node: ast.expr, part: ast.expr, name: ast.Name) -> ast.expr:
    """``node`` with ``name`` in place of ``part``; ``node`` itself is used up."""
    changed = _Replacer(part, name).visit(node)
    assert isinstance(changed, ast.expr)  # noqa: S101
    return changed


class _Replacer(ast.NodeTransformer):
    def __init__(self, part: ast.expr, name: ast.Name) -> None:
        self._part = part
        self._name = name

    def visit(self, node: ast.AST) -> ast.AST:
        return self._name if node is self._part else self.generic_visit(node)


def _always_evaluated(node: ast.expr) -> Iterator[ast.expr]:
    """The parts of ``node``, without itself, that every evaluation of it computes."""
    for child in _first_evaluated(node):
        yield child
        yield from _always_evaluated(child)


def _first_evaluated(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.IfExp):
        return [node.test]
    if isinstance(node, ast.BoolOp):
        return node.values[:1]
    if isinstance(node, ast.Compare):
        return [node.left, node.comparators[0]]
    if isinstance(node, ast.Call):
        return node.args
    if isinstance(node, ast.BinOp):
        return [node.left, node.right]
    return [node.operand] if isinstance(node, ast.UnaryOp) else []
