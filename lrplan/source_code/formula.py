"""A function of a script as an expression of specs: ``lambda epoch: 0.95 ** epoch``."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from itertools import islice

from lrplan.source_code.values import Function, Number, Scope, Value

VARIABLE = "x"
"""The name of the number that the function is given."""
_FUNCTIONS = frozenset(
    {"min", "max", "abs", "sqrt", "exp", "log", "cos", "sin", "tan", "floor", "ceil", "pow"}
)
_CONSTANTS = frozenset({"pi", "e"})
_MODULES = frozenset({"math", "np", "numpy"})
_OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow)
_MOST_PARTS = 200
_LONGEST = 1_000

Evaluate = Callable[[ast.expr, Scope], Value]
Names = Mapping[str, ast.expr]
"""What the names inside of the function stand for."""


class NoFormulaError(Exception):
    """A function is not an expression that a spec can have."""


def formula_of(function: Function, evaluate: Evaluate) -> tuple[str, bool]:
    """The value of a function of one number, as an expression of ``x``.

    Args:
        function: a lambda, or a function whose body is assignments, conditions and returns.
        evaluate: gives the value of a name or an attribute.

    Returns:
        the expression, empty where there is none, and True if the default of an option is in it.
    """
    node, scope = function.node, function.scope or Scope()
    if node is None or function.owner is not None:
        return "", False
    reader = _Reader(evaluate, scope)
    try:
        names = reader.parameters(node.args, function.defaults)
        body = (
            reader.expression(node.body, names)
            if isinstance(node, ast.Lambda)
            else reader.block(node.body, names)
        )
    except (NoFormulaError, RecursionError):
        return "", False
    text = " ".join(ast.unparse(body).split())
    return (text, reader.has_default) if len(text) <= _LONGEST else ("", False)


class _Reader:
    def __init__(self, evaluate: Evaluate, scope: Scope) -> None:
        self._evaluate = evaluate
        self._scope = scope
        self._parts = 0
        self.has_default = False

    def parameters(
        self, arguments: ast.arguments, defaults: Mapping[str, Value]
    ) -> dict[str, ast.expr]:
        """The names of the parameters: the first one varies, others have defaults."""
        own = [*arguments.posonlyargs, *arguments.args]
        extra = arguments.vararg or arguments.kwarg or arguments.kwonlyargs
        if not own or extra or len(arguments.defaults) < len(own) - 1:
            raise NoFormulaError
        names: dict[str, ast.expr] = {own[0].arg: ast.Name(VARIABLE)}
        for each in own[1:]:
            names[each.arg] = self._value(defaults.get(each.arg, Value()))
        return names

    def block(self, statements: Sequence[ast.stmt], names: Names) -> ast.expr:
        """The value that a body returns."""
        names = dict(names)
        for index, statement in enumerate(statements):
            if isinstance(statement, ast.Return) and statement.value is not None:
                return self.expression(statement.value, names)
            if isinstance(statement, ast.If):
                rest = statements[index + 1 :]
                return ast.IfExp(
                    self.expression(statement.test, names),
                    self.block([*statement.body, *rest], names),
                    self.block([*statement.orelse, *rest], names),
                )
            target = statement.targets[0] if isinstance(statement, ast.Assign) else None
            if isinstance(statement, ast.Assign) and isinstance(target, ast.Name):
                names[target.id] = self.expression(statement.value, names)
            elif not _says_nothing(statement):
                break
        raise NoFormulaError

    def expression(self, node: ast.expr, names: Names) -> ast.expr:
        """``node`` with what its names stand for."""
        self._parts += 1
        if self._parts > _MOST_PARTS:
            raise NoFormulaError
        read = _PARTS.get(type(node))
        if read is None:
            raise NoFormulaError
        made: ast.expr = read(self, node, names)
        return made

    def constant(self, node: ast.Constant, _names: Names) -> ast.expr:
        """A number."""
        return _number(node.value)

    def name(self, node: ast.expr, names: Names) -> ast.expr:
        """A parameter, a name of the function, or a value from around it."""
        if isinstance(node, ast.Name) and node.id in names:
            # What a name stands for counts each time: `a = x + x`, `b = a + a`, ... doubles.
            self._parts += sum(1 for _ in islice(ast.walk(names[node.id]), _MOST_PARTS))
            return names[node.id]
        constant = _of_math(node)
        if constant in _CONSTANTS:
            return ast.Name(constant)
        return self._value(self._evaluate(node, self._scope))

    def _value(self, value: Value) -> ast.expr:
        if not isinstance(value, Number) or value.value is None:
            raise NoFormulaError
        self.has_default |= value.is_default
        return _number(value.value)

    def binary(self, node: ast.BinOp, names: Names) -> ast.expr:
        """The expression of an arithmetic operation."""
        if not isinstance(node.op, _OPERATORS):
            raise NoFormulaError
        left, right = self.expression(node.left, names), self.expression(node.right, names)
        return ast.BinOp(left, node.op, right)

    def unary(self, node: ast.UnaryOp, names: Names) -> ast.expr:
        """A sign, or ``not``."""
        if isinstance(node.op, ast.Invert):
            raise NoFormulaError
        return ast.UnaryOp(node.op, self.expression(node.operand, names))

    def comparison(self, node: ast.Compare, names: Names) -> ast.expr:
        """``step < warmup``."""
        kinds = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)
        if not all(isinstance(each, kinds) for each in node.ops):
            raise NoFormulaError
        others = [self.expression(each, names) for each in node.comparators]
        return ast.Compare(self.expression(node.left, names), node.ops, others)

    def either(self, node: ast.BoolOp, names: Names) -> ast.expr:
        """``and`` and ``or``."""
        return ast.BoolOp(node.op, [self.expression(each, names) for each in node.values])

    def conditional(self, node: ast.IfExp, names: Names) -> ast.expr:
        """``a if c else b``."""
        parts = (self.expression(each, names) for each in (node.test, node.body, node.orelse))
        return ast.IfExp(*parts)

    def call(self, node: ast.Call, names: Names) -> ast.expr:
        """A function that expressions of specs have."""
        if node.keywords:
            raise NoFormulaError
        arguments = [self.expression(each, names) for each in node.args]
        function = node.func.id if isinstance(node.func, ast.Name) else _of_math(node.func)
        if function == "float" and len(arguments) == 1:
            return arguments[0]
        if function not in _FUNCTIONS or function in names or self._is_own(function):
            raise NoFormulaError
        return ast.Call(ast.Name(function), arguments, [])

    def _is_own(self, name: str) -> bool:
        """Return True if the script has a function of that name."""
        return isinstance(self._scope.find(name), Function)


def _of_math(node: ast.expr) -> str:
    """The name of what ``math`` or numpy has; empty for everything else."""
    is_attribute = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    if is_attribute and node.value.id in _MODULES:  # type: ignore[attr-defined]
        return node.attr  # type: ignore[attr-defined, no-any-return]
    return ""


def _number(value: object) -> ast.expr:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise NoFormulaError
    return ast.UnaryOp(ast.USub(), ast.Constant(-value)) if value < 0 else ast.Constant(value)


def _says_nothing(statement: ast.stmt) -> bool:
    """Return True for a docstring."""
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


_PARTS: Mapping[type[ast.expr], Callable[..., ast.expr]] = {
    ast.Constant: _Reader.constant,
    ast.Name: _Reader.name,
    ast.Attribute: _Reader.name,
    ast.BinOp: _Reader.binary,
    ast.UnaryOp: _Reader.unary,
    ast.Compare: _Reader.comparison,
    ast.BoolOp: _Reader.either,
    ast.IfExp: _Reader.conditional,
    ast.Call: _Reader.call,
}
