"""The body of a function: statements short enough to be read, that compute an expression.

A choice at the end becomes ``if`` and ``return``. What does not fit on a line is computed in parts,
but only those parts that Python would evaluate in any case: a division that a condition guards is
never moved in front of that condition.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from lrplan.export.code.expression.printer import text
from lrplan.export.code.expression.subexpressions import is_compound, movable, pairwise, replaced
from lrplan.export.code.formatting import INDENT
from lrplan.export.code.literals import WIDTH
from lrplan.specfile.expressions.compile import arithmetic_tree

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from lrplan.specfile.expressions.expression import Expression

_SHORT = 50
"""A choice up to this length stays on one line."""


def body(expression: Expression, argument: str) -> list[str]:
    """The statements, indented, of a function of ``argument`` that returns the expression."""
    tree = arithmetic_tree(expression.text)
    return list(_Body(argument).returning(tree, INDENT))


class _Body:
    def __init__(self, argument: str) -> None:
        self._argument = argument
        self._parts = 0

    def returning(self, node: ast.expr, indent: int) -> Iterator[str]:
        """Statements that return the value of ``node``."""
        unrolled = isinstance(node, ast.IfExp) and not self._is_short(node)
        while isinstance(node, ast.IfExp) and unrolled:
            test = yield from self._fitted(node.test, indent, len("if :"))
            yield f"{' ' * indent}if {self._text(test)}:"
            yield from self.returning(node.body, indent + INDENT)
            node = node.orelse
        rest = yield from self._fitted(node, indent, len("return "))
        yield f"{' ' * indent}return {self._text(rest)}"

    def _assigning(self, name: str, node: ast.expr, indent: int) -> Iterator[str]:
        """Statements that give ``name`` the value of ``node``."""
        margin, inner = " " * indent, indent + INDENT
        fits = len(f"{margin}{name} = {self._text(node)}") <= WIDTH
        if isinstance(node, ast.Compare) and len(node.ops) > 1 and not fits:
            node = pairwise(node)
        if isinstance(node, ast.IfExp) and not fits:
            test = yield from self._fitted(node.test, indent, len("if :"))
            yield f"{margin}if {self._text(test)}:"
            yield from self._assigning(name, node.body, inner)
            yield f"{margin}else:"
            yield from self._assigning(name, node.orelse, inner)
        elif isinstance(node, ast.BoolOp) and not fits:
            yield from self._assigning(name, node.values[0], indent)
            word = "if" if isinstance(node.op, ast.And) else "if not"
            for value in node.values[1:]:
                yield f"{margin}{word} {name}:"
                yield from self._assigning(name, value, inner)
        else:
            rest = yield from self._fitted(node, indent, len(f"{name} = "))
            yield f"{margin}{name} = {self._text(rest)}"

    def _fitted(self, node: ast.expr, indent: int, extra: int) -> Generator[str, None, ast.expr]:
        """Assign parts of ``node`` to names until the rest fits on a line; return the rest."""
        while len(self._text(node)) > WIDTH - indent - extra:
            part = movable(node, self._text, WIDTH - indent - len("part_99 = "))
            if part is None and not is_compound(node):
                break
            part = node if part is None else part
            self._parts += 1
            name = f"part_{self._parts}"
            if is_compound(part):
                yield f"{' ' * indent}{name}: float"
            yield from self._assigning(name, part, indent)
            node = replaced(node, part, ast.Name(name, ast.Load()))
        return node

    def _text(self, node: ast.expr) -> str:
        return text(node, self._argument)

    def _is_short(self, node: ast.IfExp) -> bool:
        nested = any(isinstance(each, ast.IfExp) for each in (node.body, node.orelse))
        return not nested and len(self._text(node)) <= _SHORT
