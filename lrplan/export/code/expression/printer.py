"""The checked tree of an expression as Python text, spaced as formatters do."""

from __future__ import annotations

import ast
import math
from types import MappingProxyType
from typing import TYPE_CHECKING

from lrplan.errors import LrplanError

if TYPE_CHECKING:
    from collections.abc import Mapping

_TERNARY, _OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _UNARY, _POWER, _ATOM = range(10)

_BINARY: Mapping[type[ast.operator], tuple[str, int]] = MappingProxyType(
    {
        ast.Add: ("+", _SUM),
        ast.Sub: ("-", _SUM),
        ast.Mult: ("*", _PRODUCT),
        ast.Div: ("/", _PRODUCT),
        ast.FloorDiv: ("//", _PRODUCT),
        ast.Mod: ("%", _PRODUCT),
    }
)
_COMPARISON: Mapping[type[ast.cmpop], str] = MappingProxyType(
    {ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
)
_CONSTANTS: Mapping[float, str] = MappingProxyType({math.pi: "math.pi", math.e: "math.e"})
_BUILTINS = frozenset(("abs", "max", "min"))
_IN_MATH = frozenset(("ceil", "cos", "exp", "floor", "log", "pow", "sin", "sqrt", "tan"))
_WHOLE_BELOW = 1e9
"""Whole numbers below this are written as integers; products of a few of them stay exact."""
_EXPONENT_BELOW = 16
"""Whole exponents below this are written with ``**``."""


def text(node: ast.expr, argument: str) -> str:
    """``node`` as Python.

    Args:
        node: a tree, or part of one, that ``lrplan.specfile.expressions.compile`` has written.
        argument: the name of the number that the expression is a function of.
    """
    return _Printer(argument).at(_TERNARY, node)


class _Printer:
    def __init__(self, argument: str) -> None:
        self._argument = argument

    def at(self, level: int, node: ast.expr) -> str:
        """``node`` where operators below ``level`` need parentheses."""
        printed, own = self._print(node)
        return printed if own >= level else f"({printed})"

    def _print(self, node: ast.expr) -> tuple[str, int]:
        if isinstance(node, ast.Constant):
            return _number(node.value), _ATOM
        if isinstance(node, ast.Name):
            return (self._argument if node.id == "x" else node.id), _ATOM
        if isinstance(node, ast.Call):
            return self._call(node)
        if isinstance(node, ast.BinOp):
            return self._binary(node)
        if isinstance(node, ast.UnaryOp):
            return self._unary(node)
        return self._choice(node)

    def _choice(self, node: ast.expr) -> tuple[str, int]:
        if isinstance(node, ast.IfExp):
            parts = (self.at(_OR, node.body), self.at(_OR, node.test))
            return f"{parts[0]} if {parts[1]} else {self.at(_TERNARY, node.orelse)}", _TERNARY
        if isinstance(node, ast.BoolOp):
            word, level = ("and", _AND) if isinstance(node.op, ast.And) else ("or", _OR)
            return f" {word} ".join(self.at(level + 1, each) for each in node.values), level
        if isinstance(node, ast.Compare):
            pairs = zip(node.ops, node.comparators, strict=True)
            rest = [f" {_COMPARISON[type(op)]} {self.at(_SUM, right)}" for op, right in pairs]
            return self.at(_SUM, node.left) + "".join(rest), _COMPARE
        raise LrplanError(f"an expression holds {type(node).__name__}")

    def _binary(self, node: ast.BinOp) -> tuple[str, int]:
        sign, level = _BINARY[type(node.op)]
        return f"{self.at(level, node.left)} {sign} {self.at(level + 1, node.right)}", level

    def _unary(self, node: ast.UnaryOp) -> tuple[str, int]:
        if isinstance(node.op, ast.Not):
            return f"not {self.at(_NOT, node.operand)}", _NOT
        sign = "-" if isinstance(node.op, ast.USub) else "+"
        printed, level = self._print(node.operand)
        # Formatters put parentheses around a power behind a sign.
        bare = level in (_UNARY, _ATOM)
        return f"{sign}{printed}" if bare else f"{sign}({printed})", _UNARY

    def _call(self, node: ast.Call) -> tuple[str, int]:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name == "pow" and _is_harmless(*node.args):
            return self._power(*node.args), _POWER
        if name not in _BUILTINS | _IN_MATH:
            raise LrplanError(f"an expression calls {name!r}")
        arguments = ", ".join(self.at(_TERNARY, each) for each in node.args)
        return f"{name if name in _BUILTINS else f'math.{name}'}({arguments})", _ATOM

    def _power(self, base: ast.expr, exponent: ast.expr) -> str:
        left, right = self.at(_ATOM, base), self.at(_UNARY, exponent)
        if _constant(base) is not None and left.isdigit():
            # Powers of integers grow without bound, those of floats overflow.
            left += ".0"
        tight = _is_name_or_number(base) and _is_simple(exponent)
        return f"{left}**{right}" if tight else f"{left} ** {right}"


def _is_harmless(base: ast.expr, exponent: ast.expr) -> bool:
    """Whether ``**`` gives what ``math.pow`` does: a real number, and in bounded time."""
    power, number = _constant(exponent), _constant(base)
    if power is not None and power.is_integer() and power < _EXPONENT_BELOW:
        # Powers of powers of integers would have more digits than there is memory.
        return not any(_is_power(node) for node in ast.walk(base))
    return number is not None and number > 0


def _is_power(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "pow"


def _constant(node: ast.expr) -> float | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, float) else None


def _is_simple(exponent: ast.expr) -> bool:
    """Whether formatters write it next to ``**`` without spaces."""
    if isinstance(exponent, ast.UnaryOp) and not isinstance(exponent.op, ast.Not):
        exponent = exponent.operand
    if isinstance(exponent, ast.Call) and _is_power(exponent) and _is_harmless(*exponent.args):
        exponent = exponent.args[0]
    return _is_name_or_number(exponent)


def _is_name_or_number(node: ast.expr) -> bool:
    return isinstance(node, (ast.Name, ast.Constant))


def _number(value: object) -> str:
    if not isinstance(value, float):
        raise LrplanError(f"an expression holds {value!r}")
    if value in _CONSTANTS:
        return _CONSTANTS[value]
    return str(int(value)) if value.is_integer() and value < _WHOLE_BELOW else repr(value)
