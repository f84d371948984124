"""Arithmetic of a script: values, and the symbols that a length is a product of."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping

from lrplan.source_code.plain_values import factors
from lrplan.source_code.values import FRACTION, LoopNumber, Number, Value

_OPERATORS: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
LARGEST = 1e15


def with_batch(op: ast.operator, left: Value, right: Value, result: Number) -> Number:
    """``result``, marked with the loop number i if it is ``i / n`` or ``epoch + i / n``."""
    if isinstance(op, ast.Div) and isinstance(left, LoopNumber) and left.start == 0:
        result.attributes[FRACTION] = left
    elif isinstance(op, ast.Add) and isinstance(left, LoopNumber) and FRACTION in right.attributes:
        result.attributes[FRACTION] = right.attributes[FRACTION]
    return result


def arithmetic(op: ast.operator, left: Value, right: Value) -> Number:
    """A number made of two, with the symbols that it is a product of."""
    value = None
    a, b = _number(left), _number(right)
    if a is not None and b is not None and type(op) in _OPERATORS:
        value = _computed(op, a, b)
    default = any(isinstance(each, Number) and each.is_default for each in (left, right))
    combined = _combined(op, left, right)
    multiple = _multiple(op, left, right)
    return Number(value=value, factors=combined, is_default=default, multiple=multiple)


def _multiple(op: ast.operator, left: Value, right: Value) -> int | None:
    """The product of two numbers as a multiple of a loader's length: ``epochs * len(loader)``."""
    if not isinstance(left, Number) or not isinstance(right, Number):
        return None
    a, b = left.multiple, right.multiple
    if isinstance(op, ast.Mult) and (a is None) != (b is None):
        times = right.value if b is None else left.value
        # A product with a float may end beside the whole number, and `int` then cuts it off.
        return (a or b or 0) * times if isinstance(times, int) else None
    if isinstance(op, (ast.Add, ast.Sub)) and a is not None and b is not None:
        is_same = left.loader == right.loader
        return (a + b if isinstance(op, ast.Add) else a - b) if is_same else None
    return None


def _number(value: Value) -> float | None:
    return value.value if isinstance(value, Number) else None


def _computed(op: ast.operator, a: float, b: float) -> float | None:
    # An exponent that fills the memory is refused, not computed.
    if isinstance(op, ast.Pow) and (abs(b) > 64 or abs(a) > 1e6):
        return None
    try:
        result = _OPERATORS[type(op)](a, b)
    except (ArithmeticError, ValueError):
        return None
    is_number = isinstance(result, (int, float)) and abs(result) < LARGEST
    return result if is_number else None


def _combined(op: ast.operator, left: Value, right: Value) -> dict[str, int] | None:
    a, b = factors(left), factors(right)
    if a is None or b is None:
        return None
    if isinstance(op, ast.Mult):
        return _product(a, b, 1)
    if isinstance(op, (ast.Div, ast.FloorDiv)):
        return _product(a, b, -1)
    if isinstance(op, (ast.Add, ast.Sub)):
        # `epochs - 5` still counts epochs.
        # A plain number has no symbols, `{}`, and takes the unit of the other: `steps + 1` counts
        # steps. Two different products, as `epochs * n + warmup`, are a length whose unit nobody
        # can tell: None.
        return a if a == b or not b else b if not a else None
    return a if isinstance(op, ast.Mod) else None


def _product(a: Mapping[str, int], b: Mapping[str, int], sign: int) -> dict[str, int]:
    # `epochs * len(loader) // accumulate` is {epochs: 1, batches:loader: 1, accumulate: -1}, and so
    # are updates, whatever the numbers are; symbols that cancel out, as in `n * bs / bs`, are left
    # out.
    powers = {key: a.get(key, 0) + sign * b.get(key, 0) for key in (*a, *b)}
    return {key: power for key, power in powers.items() if power}
