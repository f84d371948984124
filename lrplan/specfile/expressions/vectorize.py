"""An expression at many ticks at once, with the values that it has tick by tick."""

from __future__ import annotations

import ast
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from lrplan.specfile.expressions.compile import checked_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import NDArray

    from lrplan.specfile.expressions.expression import Expression

    FloatArray = NDArray[np.float64]

_CHUNK = 1 << 14
"""Ticks evaluated together: what a step leaves behind then stays near the processor."""

_ROUNDED = frozenset({"exp", "log", "cos", "sin", "tan", "pow"})
"""Functions whose last bit numpy and Python may round differently."""

_ABRUPT = frozenset({"floor", "ceil"})
"""Functions that make a step of a difference in the last bit."""

_WAVES = frozenset({"cos", "sin", "tan"})
"""Functions that make anything of a difference in the last bit where the number is huge."""

_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "abs": np.fabs,
    "sqrt": np.sqrt,
    "exp": np.exp,
    "cos": np.cos,
    "sin": np.sin,
    "tan": np.tan,
    "floor": np.floor,
    "ceil": np.ceil,
    "pow": np.power,
}

_OPERATORS: Mapping[type[ast.AST], Callable[..., Any]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
    ast.FloorDiv: np.floor_divide,
    ast.Mod: np.remainder,
    ast.UAdd: np.positive,
    ast.USub: np.negative,
    ast.Eq: np.equal,
    ast.NotEq: np.not_equal,
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
}


def values(expression: Expression, ticks: FloatArray) -> FloatArray:
    """``expression`` at each of ``ticks``: what it gives when called, to 1e-12 of its size.

    Arrays are used where that cannot make a difference. Where an expression compares or rounds
    what ``cos`` and the like gave, or leaves the floating-point numbers, it is called tick by tick.

    Raises:
        ExpressionError: it has no value at one of them.
    """
    tree, sensitive = _parsed(expression.text)
    if not sensitive:
        try:
            return _in_chunks(tree, ticks)
        except FloatingPointError:
            pass  # called below, it either says what is wrong or has a value all the same
    called = map(expression, ticks.tolist())
    return np.fromiter(called, dtype=np.float64, count=len(ticks))


def thresholds(expression: Expression) -> list[int]:
    """The whole numbers above 0 that ``expression`` compares something with, sorted."""
    tree, _ = _parsed(expression.text)
    compared = (node for node in ast.walk(tree) if isinstance(node, ast.Compare))
    sides = (side for node in compared for side in (node.left, *node.comparators))
    numbers = (side.value for side in sides if isinstance(side, ast.Constant))
    return sorted({int(each) for each in numbers if isinstance(each, float) and 0 < each < 1e15})


def _in_chunks(tree: ast.expr, ticks: FloatArray) -> FloatArray:
    found = np.empty(len(ticks), dtype=np.float64)
    with np.errstate(divide="raise", over="raise", invalid="raise", under="ignore"):
        for first in range(0, len(ticks), _CHUNK):
            part = slice(first, first + _CHUNK)
            found[part] = _value(tree, ticks[part])
    return found


@lru_cache(maxsize=256)
def _parsed(text: str) -> tuple[ast.expr, bool]:
    tree = checked_tree(text)
    sensitive = any(map(_is_rounded, _compared(tree)))
    return tree, sensitive


def _compared(tree: ast.expr) -> Iterator[ast.expr]:
    """Every part of which more is asked than its size: compared, rounded, waved, or a condition."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            yield from (node.left, *node.comparators)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, (ast.FloorDiv, ast.Mod)):
            yield from (node.left, node.right)
        elif isinstance(node, ast.Call) and _name(node) in _ABRUPT | _WAVES:
            yield from node.args
        elif isinstance(node, ast.IfExp):
            yield from _conditions(node.test)
        elif isinstance(node, ast.BoolOp):
            yield from node.values


def _conditions(test: ast.expr) -> Iterator[ast.expr]:
    """A condition that is a number; of any other kind the parts are found by themselves."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        yield from _conditions(test.operand)
    elif not isinstance(test, (ast.Compare, ast.BoolOp)):
        yield test


def _is_rounded(tree: ast.expr) -> bool:
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    return any(_name(call) in _ROUNDED for call in calls)


def _name(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _value(node: ast.expr, x: FloatArray) -> Any:
    """A number for each of ``x``, or one for all."""
    if isinstance(node, ast.Name):
        return x
    if isinstance(node, ast.BinOp):
        return _OPERATORS[type(node.op)](_value(node.left, x), _value(node.right, x))
    if isinstance(node, ast.UnaryOp):
        return _OPERATORS[type(node.op)](_value(node.operand, x))
    if isinstance(node, ast.IfExp):
        return _chosen(node, x)
    if isinstance(node, ast.BoolOp):
        return _first_that_decides(node, x)
    return _called(node, x) if isinstance(node, ast.Call) else np.float64(ast.literal_eval(node))


def _called(node: ast.Call, x: FloatArray) -> Any:
    name, arguments = _name(node), [_value(argument, x) for argument in node.args]
    if name in ("min", "max"):
        return (np.minimum if name == "min" else np.maximum).reduce(np.broadcast_arrays(*arguments))
    if name == "log":
        logs = [np.log(argument) for argument in arguments]
        return logs[0] if len(logs) == 1 else np.divide(*logs)
    return _FUNCTIONS[name](*arguments)


def _chosen(node: ast.IfExp, x: FloatArray) -> Any:
    """Each branch at those of ``x`` that it is for, and at no other: it may have no value there."""
    test = np.broadcast_to(_truth(node.test, x), x.shape)
    if test.all():
        return _value(node.body, x)
    if not test.any():
        return _value(node.orelse, x)
    found = np.empty_like(x)
    found[test] = _value(node.body, x[test])
    found[~test] = _value(node.orelse, x[~test])
    return found


def _first_that_decides(node: ast.BoolOp, x: FloatArray) -> FloatArray:
    """``and`` and ``or`` of numbers: one of them, those after it left alone."""
    found = np.empty_like(x)
    left = np.arange(len(x))
    for value in node.values:
        found[left] = _value(value, x[left])
        goes_on = found[left] != 0 if isinstance(node.op, ast.And) else found[left] == 0
        left = left[goes_on]
    return found


def _truth(node: ast.expr, x: FloatArray) -> Any:
    """Whether a condition holds for each of ``x``."""
    if isinstance(node, ast.Compare):
        sides = [_value(side, x) for side in (node.left, *node.comparators)]
        holds = [
            _OPERATORS[type(operator)](left, right)
            for operator, left, right in zip(node.ops, sides, sides[1:], strict=False)
        ]
        return np.logical_and.reduce(np.broadcast_arrays(*holds))
    if isinstance(node, ast.BoolOp):
        return _both_or_either(node, x)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return np.logical_not(_truth(node.operand, x))
    return np.not_equal(_value(node, x), 0)


def _both_or_either(node: ast.BoolOp, x: FloatArray) -> NDArray[np.bool_]:
    holds = np.full(len(x), isinstance(node.op, ast.And))
    for value in node.values:
        left = np.flatnonzero(holds if isinstance(node.op, ast.And) else ~holds)
        holds[left] = _truth(value, x[left])
    return holds
