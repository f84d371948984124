"""Expressions of a spec as the bodies of Python functions."""

from __future__ import annotations

import ast
import math
import textwrap
from collections.abc import Mapping
from itertools import pairwise
from types import MappingProxyType

from lrplan.clock.sample_counts import SampleCounts
from lrplan.export.code.literals import WIDTH
from lrplan.specfile.expressions.compile import arithmetic_tree
from lrplan.specfile.expressions.expression import Expression
from lrplan.specfile.expressions.grammar import SAMPLES

_CONSTANTS: Mapping[float, str] = MappingProxyType({math.pi: "pi", math.e: "e"})
_BUILTINS = frozenset(("abs", "max", "min"))
_INTEGERS_BELOW = 1e9
"""Whole numbers below this are written as integers; products of a few of them stay exact."""
_EXPONENTS_BELOW = 16
"""Whole exponents below this are written with ``**``."""
_MARGIN = " " * 4


MAX_STAGES = 1_000
"""Stages of a run that are written into code."""


def samples_body(counts: SampleCounts, argument: str) -> list[str]:
    """The statement of a function that returns the samples before a tick called ``argument``.

    Each stage adds what its step has more than one of the stage before: batches of 32, and of 64
    from step 10 on, are ``32 * max(0, step) + 32 * max(0, step - 10)``.
    """
    rises = [new - old for old, new in pairwise((0, *counts.sizes))]
    # No line ends inside a pair: text is not wrapped at a no-break space.
    pairs = (
        f"({begin},\N{NO-BREAK SPACE}{more}),"
        for begin, more in zip(counts.begins, rises, strict=True)
    )
    position = argument if counts.per_tick == 1 else f"{counts.per_tick} * {argument}"
    position += f" + {counts.since}" if counts.since else ""
    less = f" - {int(counts.before)}" if counts.before else ""
    inner = 2 * _MARGIN
    lines = textwrap.wrap(" ".join(pairs), WIDTH, initial_indent=inner, subsequent_indent=inner)
    return [
        f"{_MARGIN}# Where the batch grows, and the samples that each step has more from there on.",
        f"{_MARGIN}rises = (",
        *(line.replace("\N{NO-BREAK SPACE}", " ") for line in lines),
        f"{_MARGIN})",
        f"{_MARGIN}return sum(more * max(0, {position} - begin) for begin, more in rises){less}",
    ]


def function_body(expression: Expression, argument: str, samples: str = "") -> list[str]:
    """The statement, indented, of a function of ``argument`` that returns the expression.

    An expression that is too long for a line is wrapped between parentheses, where Python takes a
    line end for a space.

    Args:
        expression: a checked expression of a spec.
        argument: the name of the number (step, batch, epoch or tick) that it is a function of.
        samples: the name of the function that counts samples, if the expression needs one.
    """
    # From the checked tree, not from the text: what is written is what was checked.
    tree = _ToPython(argument, samples).visit(arithmetic_tree(expression.text))
    text = ast.unparse(tree)
    if len(line := f"{_MARGIN}return {text}") <= WIDTH:
        return [line]
    # No token of an expression holds a space, so every space is a place where Python allows a line
    # end between parentheses.
    inner = 2 * _MARGIN
    lines = textwrap.wrap(
        text,
        WIDTH,
        initial_indent=inner,
        subsequent_indent=inner,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [f"{_MARGIN}return (", *lines, f"{_MARGIN})"]


class _ToPython(ast.NodeTransformer):
    """Turns a checked tree into one that needs nothing but ``math``, and is read easily.

    In a checked tree every number is a float, every power a call of ``pow`` and the variable is
    ``x``: ``0.5 * (1 + cos(pi * t / 100))`` is
    ``0.5 * (1.0 + cos(3.141592653589793 * x / 100.0))``. It becomes
    ``0.5 * (1 + math.cos(math.pi * step / 100))``.
    """

    def __init__(self, argument: str, samples: str) -> None:
        self._argument = argument
        self._samples = samples

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """The variable, as the function calls it."""
        return _name(self._argument if node.id == "x" else node.id)

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        """A number: ``pi`` and ``e`` by their names, whole ones without their ``.0``."""
        value = node.value
        if not isinstance(value, float):
            return node
        if value in _CONSTANTS:
            return _in_math(_CONSTANTS[value])
        whole = value.is_integer() and value < _INTEGERS_BELOW
        return ast.Constant(int(value) if whole else value)

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """A function of ``math`` or of Python, or a power if ``**`` gives the same."""
        arguments = [self.visit(each) for each in node.args]
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name == "pow" and _is_same_as_operator(*node.args):
            base, exponent = arguments
            # Powers of integers grow without bound, those of floats overflow.
            number = _number(node.args[0])
            left = base if number is None or number in _CONSTANTS else ast.Constant(number)
            return ast.BinOp(left, ast.Pow(), exponent)
        if name == SAMPLES:
            return ast.Call(_name(self._samples), arguments, [])
        function = _name(name) if name in _BUILTINS else _in_math(name)
        return ast.Call(function, arguments, [])


def _name(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())


def _in_math(name: str) -> ast.Attribute:
    return ast.Attribute(_name("math"), name, ast.Load())


def _is_same_as_operator(base: ast.expr, exponent: ast.expr) -> bool:
    """Return True if ``**`` gives what ``math.pow`` does: a real number, in bounded time.

    ``(-8.0) ** (1 / 3)`` is complex and ``((step**15) ** 15) ** 15`` an integer with more digits
    than there is memory: both are left to ``math.pow``, which works with floats.
    """
    power, number = _number(exponent), _number(base)
    if power is not None and power.is_integer() and power < _EXPONENTS_BELOW:
        return not any(_is_power(node) for node in ast.walk(base))
    return number is not None and number > 0


def _is_power(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "pow"


def _number(node: ast.expr) -> float | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, float) else None
