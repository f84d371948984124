"""Expressions evaluated with numpy at many ticks at once, equal to calling them tick by tick.

numpy and Python round ``cos``, ``exp`` and the like differently in the last bit. For most curves
that is a difference of 1e-16, which nobody sees. It matters where a tiny difference decides
something: ``1 if cos(x) >= 0 else 0``, ``floor(log(x))``, ``x % exp(1)``. Such an expression is
called tick by tick instead, and so is one that numpy finds outside the floating-point numbers.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from lrplan.arrays import BoolArray, FloatArray
from lrplan.clock.sample_counts import SampleCounts
from lrplan.specfile.expressions.compile import arithmetic_tree
from lrplan.specfile.expressions.expression import Expression
from lrplan.specfile.expressions.grammar import SAMPLES

_CHUNK = 1 << 14
"""Ticks evaluated together, so that intermediate arrays fit into the processor's cache."""

_ROUNDED_DIFFERENTLY = frozenset({"exp", "log", "cos", "sin", "tan", "pow"})
"""Functions whose last bit numpy and Python may round differently."""

_ROUNDING = frozenset({"floor", "ceil"})
"""Functions that turn a difference in the last bit into a whole step."""

_WAVES = frozenset({"cos", "sin", "tan"})
"""Functions that turn a difference in the last bit of a huge number into any value."""

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
    """The value of ``expression`` at each of ``ticks``, within 1e-12 of what a call returns.

    Raises:
        ExpressionError: it has no value at one of them.
    """
    tree, is_sensitive = _parse(expression.text)
    if expression.counts is not None:
        tree = _WithCounts(expression.counts).visit(copy.deepcopy(tree))
    if not is_sensitive:
        try:
            return _evaluate_in_chunks(tree, ticks)
        except FloatingPointError:
            pass  # a call either says what is wrong, or has a value all the same
    one_by_one = map(expression, ticks.tolist())
    return np.fromiter(one_by_one, dtype=np.float64, count=len(ticks))


def thresholds(expression: Expression) -> list[int]:
    """The whole numbers above 0 that ``expression`` compares something with, sorted."""
    tree, _ = _parse(expression.text)
    # `1 if x < 30 else 0.1` may jump at tick 30, where the check of the formula has to look
    # closely. A threshold of 60.5 counts as 60, and 61 is looked at as its neighbour.
    compared = (node for node in ast.walk(tree) if isinstance(node, ast.Compare))
    sides = (side for node in compared for side in (node.left, *node.comparators))
    numbers = (side.value for side in sides if isinstance(side, ast.Constant))
    return sorted({int(each) for each in numbers if isinstance(each, float) and 0 < each < 1e15})


class _WithCounts(ast.NodeTransformer):
    """Puts the counts themselves in place of the name of the function ``samples``."""

    def __init__(self, counts: SampleCounts) -> None:
        self._counts: Any = counts

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """A call, whose function is the counts where it is ``samples``."""
        self.generic_visit(node)
        if _name(node) == SAMPLES:
            node.func = ast.Constant(self._counts)
        return node


def _evaluate_in_chunks(tree: ast.expr, ticks: FloatArray) -> FloatArray:
    values = np.empty(len(ticks), dtype=np.float64)
    with np.errstate(divide="raise", over="raise", invalid="raise", under="ignore"):
        for first in range(0, len(ticks), _CHUNK):
            part = slice(first, first + _CHUNK)
            values[part] = _value(tree, ticks[part])
    return values


@lru_cache(maxsize=256)
def _parse(text: str) -> tuple[ast.expr, bool]:
    """The tree, and True if a difference in the last bit of some part may change the result."""
    tree = arithmetic_tree(text)
    return tree, any(map(_is_rounded_differently, _decisive_parts(tree)))


def _decisive_parts(tree: ast.expr) -> Iterator[ast.expr]:
    """Every part that is compared, rounded, inside ``cos`` and the like, or used as a condition."""
    for node in ast.walk(tree):
        # Of `1 if cos(x) >= 0 else 0` the sides `cos(x)` and `0` are compared, and the last bit of
        # the cosine decides between 1 and 0: it is called tick by tick. In `0.5 * (1 + cos(pi * x /
        # 900))` it decides nothing, and both round the arithmetic inside the cosine in the same
        # way.
        if isinstance(node, ast.Compare):
            yield from (node.left, *node.comparators)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, (ast.FloorDiv, ast.Mod)):
            yield from (node.left, node.right)
        elif isinstance(node, ast.Call) and _name(node) in _ROUNDING | _WAVES:
            yield from node.args
        elif isinstance(node, ast.IfExp):
            yield from _conditions(node.test)
        elif isinstance(node, ast.BoolOp):
            yield from node.values


def _conditions(test: ast.expr) -> Iterator[ast.expr]:
    """A condition that is a number; comparisons and ``and``/``or`` are walked by the caller."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        yield from _conditions(test.operand)
    elif not isinstance(test, (ast.Compare, ast.BoolOp)):
        yield test


def _is_rounded_differently(tree: ast.expr) -> bool:
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    return any(_name(call) in _ROUNDED_DIFFERENTLY for call in calls)


def _name(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _value(node: ast.expr, x: FloatArray) -> Any:
    """The value of ``node`` for each of ``x``, or one number for all."""
    if isinstance(node, ast.Name):
        return x
    if isinstance(node, ast.BinOp):
        return _OPERATORS[type(node.op)](_value(node.left, x), _value(node.right, x))
    if isinstance(node, ast.UnaryOp):
        return _OPERATORS[type(node.op)](_value(node.operand, x))
    if isinstance(node, ast.IfExp):
        return _conditional(node, x)
    if isinstance(node, ast.BoolOp):
        return _boolean_value(node, x)
    return _call(node, x) if isinstance(node, ast.Call) else np.float64(ast.literal_eval(node))


def _call(node: ast.Call, x: FloatArray) -> Any:
    name, arguments = _name(node), [_value(argument, x) for argument in node.args]
    if isinstance(node.func, ast.Constant):
        counts: Any = node.func.value
        return counts.at(*arguments)
    if name in ("min", "max"):
        return (np.minimum if name == "min" else np.maximum).reduce(np.broadcast_arrays(*arguments))
    if name == "log":
        logs = [np.log(argument) for argument in arguments]
        return logs[0] if len(logs) == 1 else np.divide(*logs)
    return _FUNCTIONS[name](*arguments)


def _conditional(node: ast.IfExp, x: FloatArray) -> Any:
    """The value of ``a if c else b``, each branch evaluated only at those of ``x`` that take it."""
    # In `1 / x if x > 0 else 0` the first branch has no value at 0, where Python never computes it.
    test = np.broadcast_to(_truth(node.test, x), x.shape)
    if test.all():
        return _value(node.body, x)
    if not test.any():
        return _value(node.orelse, x)
    values = np.empty_like(x)
    values[test] = _value(node.body, x[test])
    values[~test] = _value(node.orelse, x[~test])
    return values


def _boolean_value(node: ast.BoolOp, x: FloatArray) -> FloatArray:
    """The value of ``a and b`` or ``a or b`` as a number: one of the operands, as in Python."""
    # `undecided` are the indices of x where all operands so far were true (for `and`) or false (for
    # `or`): only there is the next operand computed, and its value stands unless one follows.
    values = np.empty_like(x)
    undecided = np.arange(len(x))
    for operand in node.values:
        values[undecided] = _value(operand, x[undecided])
        is_true = values[undecided] != 0
        undecided = undecided[is_true if isinstance(node.op, ast.And) else ~is_true]
    return values


def _truth(node: ast.expr, x: FloatArray) -> Any:
    """The truth of a condition for each of ``x``, or one for all."""
    if isinstance(node, ast.Compare):
        # A chain holds where each neighbouring pair does: `1 < x < 5` is `1 < x` and `x < 5`.
        sides = [_value(side, x) for side in (node.left, *node.comparators)]
        holds = [
            _OPERATORS[type(operator)](left, right)
            for operator, left, right in zip(node.ops, sides, sides[1:], strict=False)
        ]
        return np.logical_and.reduce(np.broadcast_arrays(*holds))
    if isinstance(node, ast.BoolOp):
        return _boolean_truth(node, x)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return np.logical_not(_truth(node.operand, x))
    return np.not_equal(_value(node, x), 0)


def _boolean_truth(node: ast.BoolOp, x: FloatArray) -> BoolArray:
    """The truth of ``a and b`` or ``a or b``; operands are computed only where they matter."""
    # `and` begins with true everywhere and only looks further where it still is; `or` begins with
    # false and looks where it still is. `x > 0 and 1 / x < 2` never divides by 0.
    holds = np.full(len(x), isinstance(node.op, ast.And))
    for operand in node.values:
        undecided = np.flatnonzero(holds if isinstance(node.op, ast.And) else ~holds)
        holds[undecided] = _truth(operand, x[undecided])
    return holds
