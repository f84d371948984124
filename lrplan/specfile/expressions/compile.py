"""Expressions compiled to functions: a new tree of arithmetic is written from the parsed text.

The text comes from a spec and may come from a stranger, so the parsed tree is never compiled. A
translator walks it and writes a second tree from scratch, made of float constants, arithmetic and
calls of the functions in ``grammar``; a node that it does not know is refused. For example
``0.5 ** epoch if epoch < 3 else 0`` becomes the body of::

    lambda x: pow(0.5, x) if x < 3.0 else 0.0

Attributes, subscripts, strings and other names have no way into that tree. Since all its numbers
are floats, no integer can grow without bound: ``9 ** 9 ** 9`` overflows at once.
"""

from __future__ import annotations

import ast
import math
import warnings
from collections.abc import Callable, Collection, Mapping

from lrplan.catalog import nearest
from lrplan.clock.sample_counts import SampleCounts
from lrplan.specfile.expressions.grammar import (
    CONSTANTS,
    COUNTS,
    FUNCTIONS,
    LENGTHS,
    NAMES,
    OTHER_NAMES,
    SAMPLES,
    VARIABLES,
    ExpressionError,
)
from lrplan.specfile.expressions.normalize import normalize, syntax_error
from lrplan.specfile.yaml.core_schema import clip

MAX_DEPTH = 120
"""Levels of the tree; a sum of n terms has n."""

_ARGUMENT = "x"
_OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow)
_COMPARISONS = (ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE)
_SCOPE = {name: function.call for name, function in FUNCTIONS.items()}

_REFUSED: Mapping[type[ast.AST], tuple[str, str]] = {
    ast.Attribute: ("a dot after a name means nothing here", "write cos(x), not math.cos(x)"),
    ast.Lambda: ("lambda is not needed", "write only what follows its colon"),
    ast.Subscript: ("square brackets mean nothing here", ""),
    ast.List: ("a list is not a number", ""),
    ast.Tuple: ("a comma means nothing here", "the decimal sign is a point"),
    ast.BitXor: ("^ is not an operator here", "write ** for a power"),
    ast.BitAnd: ("& is not an operator here", "write `and`"),
    ast.BitOr: ("| is not an operator here", "write `or`"),
    ast.MatMult: ("@ is not an operator here", "write * for a product"),
    ast.Is: ("`is` is not an operator here", "write =="),
    ast.IsNot: ("`is not` is not an operator here", "write !="),
    ast.In: ("`in` is not an operator here", "compare with < and >"),
    ast.NotIn: ("`not in` is not an operator here", "compare with < and >"),
    ast.LShift: ("<< is not an operator here", "write < to compare"),
    ast.RShift: (">> is not an operator here", "write > to compare"),
    ast.Starred: ("a number is missing before *", ""),
    ast.Invert: ("~ is not an operator here", "write `not`"),
    ast.NamedExpr: (":= means nothing here", "write == to compare"),
}


def compile_expression(text: str, counts: SampleCounts | None = None) -> Callable[[float], float]:
    """Compile the text of an expression to a function of one number.

    Args:
        text: of the expression.
        counts: the values of ``samples``; without them, nothing has this name.

    Raises:
        ExpressionError: the text is not an expression.
    """
    body = arithmetic_tree(text, knows_samples=counts is not None)
    arguments = ast.arguments(
        posonlyargs=[],
        args=[ast.arg(_ARGUMENT)],
        kwonlyargs=[],
        kw_defaults=[],
        defaults=[],
    )
    tree = ast.fix_missing_locations(ast.Expression(ast.Lambda(arguments, body)))
    code = compile(tree, "<expression>", "eval")
    # The tree holds nothing but floats, arithmetic and calls of the functions in _SCOPE.
    scope: dict[str, object] = {"__builtins__": {}, **_SCOPE, SAMPLES: counts}
    function: Callable[[float], float] = eval(code, scope)  # noqa: S307
    return function


def arithmetic_tree(text: str, *, knows_samples: bool = True) -> ast.expr:
    """The text of an expression as a tree of floats, arithmetic and calls of known functions.

    ``samples`` is a call of a function of that name.

    Raises:
        ExpressionError: the text is not an expression.
    """
    return _Translator(text, knows_samples=knows_samples).number(_parse(normalize(text)))


def _parse(text: str) -> ast.expr:
    start = len(text) - len(text.lstrip())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python's advice on its own syntax
            tree = ast.parse(text.strip(), mode="eval").body
    except SyntaxError as error:
        raise syntax_error(text, start + max((error.offset or 1) - 1, 0)) from None
    except (MemoryError, RecursionError):
        raise ExpressionError("the expression is nested too deeply") from None
    except ValueError as error:
        raise ExpressionError(f"this is not arithmetic: {error}") from None
    _shift(tree, start)
    return tree


def _shift(tree: ast.expr, start: int) -> None:
    """Count columns from the start of the unstripped text, and refuse a tree that is too deep."""
    # Level by level, not by recursion: a deep tree is found out before anything recurses into it.
    level: list[ast.AST] = [tree]
    for _ in range(MAX_DEPTH):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        for node in level:
            if isinstance(node, ast.expr):
                node.col_offset += start
        if not level:
            return
    raise ExpressionError(f"the expression is nested more than {MAX_DEPTH} levels deep")


class _Translator:
    """Writes the new tree; it may recurse, since the depth of the parsed tree has been checked."""

    def __init__(self, text: str, *, knows_samples: bool) -> None:
        self._text = text
        self._knows_samples = knows_samples

    def number(self, node: ast.expr) -> ast.expr:
        """``node`` as an expression whose value is a float."""
        if isinstance(node, ast.Compare) or _is_not(node):
            # 1.0 or 0.0, not a bool: True + True is an int, and ints grow without bound.
            return ast.IfExp(self.truth(node), ast.Constant(1.0), ast.Constant(0.0))
        if isinstance(node, ast.BoolOp):
            return ast.BoolOp(node.op, [self.number(value) for value in node.values])
        if isinstance(node, ast.IfExp):
            test, body, orelse = self.truth(node.test), self.number(node.body), node.orelse
            return ast.IfExp(test, body, self.number(orelse))
        if isinstance(node, (ast.UnaryOp, ast.BinOp)):
            return self._operation(node)
        return self._atom(node)

    def truth(self, node: ast.expr) -> ast.expr:
        """``node`` as a condition, of which only the truth counts."""
        if isinstance(node, ast.Compare):
            return self._comparison(node)
        if isinstance(node, ast.BoolOp):
            return ast.BoolOp(node.op, [self.truth(value) for value in node.values])
        if isinstance(node, ast.UnaryOp) and _is_not(node):
            return ast.UnaryOp(node.op, self.truth(node.operand))
        return self.number(node)

    def _atom(self, node: ast.expr) -> ast.expr:
        if isinstance(node, ast.Constant):
            return self._constant(node)
        if isinstance(node, ast.Name):
            return self._name(node)
        if isinstance(node, ast.Call):
            return self._call(node)
        raise self._refused(node, node)

    def _operation(self, node: ast.UnaryOp | ast.BinOp) -> ast.expr:
        if isinstance(node, ast.UnaryOp):
            if isinstance(node.op, ast.Invert):
                raise self._refused(node.op, node)
            return ast.UnaryOp(node.op, self.number(node.operand))
        if not isinstance(node.op, _OPERATORS):
            raise self._refused(node.op, node.right)
        left, right = self.number(node.left), self.number(node.right)
        if isinstance(node.op, ast.Pow):
            # (-8.0) ** 0.5 is complex; math.pow raises ValueError: there is no real value.
            return _function_call("pow", [left, right])
        return ast.BinOp(left, node.op, right)

    def _constant(self, node: ast.Constant) -> ast.expr:
        value = node.value
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            fix = "write 1 for true and 0 for false" if isinstance(value, bool) else ""
            raise ExpressionError(f"{self._quote(node)} is not a number", node.col_offset, fix)
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if math.isinf(number):
            message = f"{self._quote(node)} is too large for a floating-point number"
            raise ExpressionError(message, node.col_offset)
        return ast.Constant(number)

    def _name(self, node: ast.Name) -> ast.expr:
        if node.id in VARIABLES:
            return ast.Name(_ARGUMENT, ast.Load())
        if node.id in CONSTANTS:
            return ast.Constant(CONSTANTS[node.id])
        if node.id in FUNCTIONS:
            message, fix = f"{node.id} is a function", f"write {node.id}(...)"
            raise ExpressionError(message, node.col_offset, fix)
        if node.id == SAMPLES and self._knows_samples:
            return _function_call(SAMPLES, [ast.Name(_ARGUMENT, ast.Load())])
        if node.id in (*LENGTHS, *COUNTS):
            raise ExpressionError(f"`{node.id}` is not known here", node.col_offset)
        raise _unknown("name", node, (*NAMES, *LENGTHS, *COUNTS))

    def _comparison(self, node: ast.Compare) -> ast.expr:
        for operator, right in zip(node.ops, node.comparators, strict=True):
            if not isinstance(operator, _COMPARISONS):
                raise self._refused(operator, right)
        operands = [self.number(value) for value in node.comparators]
        return ast.Compare(self.number(node.left), node.ops, operands)

    def _call(self, node: ast.Call) -> ast.expr:
        name = node.func
        if isinstance(name, ast.Attribute):
            raise self._refused(name, name)
        if not isinstance(name, ast.Name) or name.id in (*NAMES, *LENGTHS, *COUNTS):
            message = f"{self._quote(name)} is not a function"
            raise ExpressionError(message, name.col_offset, "write * for a product")
        if name.id not in FUNCTIONS:
            raise _unknown("function", name, FUNCTIONS)
        if node.keywords:
            raise ExpressionError("arguments have no names here", node.keywords[0].col_offset)
        arguments = [self.number(argument) for argument in node.args]
        function = FUNCTIONS[name.id]
        count = len(arguments)
        if count < function.least or (function.most is not None and count > function.most):
            message = f"{name.id} takes {function.arity}, not {count}"
            raise ExpressionError(message, node.col_offset)
        # min(x) is x here; Python's min of one argument wants a sequence.
        is_single = function.most is None and count == 1
        return arguments[0] if is_single else _function_call(name.id, arguments)

    def _refused(self, syntax: ast.AST, position: ast.expr) -> ExpressionError:
        default = (f"{self._quote(position)} is not arithmetic", "")
        if isinstance(syntax, ast.Tuple) and not syntax.elts:
            return ExpressionError("these parentheses are empty", position.col_offset)
        message, fix = _REFUSED.get(type(syntax), default)
        return ExpressionError(message, position.col_offset, fix)

    def _quote(self, node: ast.expr) -> str:
        # Columns of Python's tree are indices here: the text holds ASCII alone, as `normalize` has
        # checked, and Python counts bytes.
        end = node.end_col_offset or node.col_offset
        return f"`{self._text[node.col_offset : max(end, node.col_offset + 1)][:30]}`"


def _function_call(name: str, arguments: list[ast.expr]) -> ast.expr:
    return ast.Call(ast.Name(name, ast.Load()), arguments, [])


def _is_not(node: ast.expr) -> bool:
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)


def _unknown(kind: str, node: ast.Name, names: Collection[str]) -> ExpressionError:
    other = OTHER_NAMES.get(node.id)
    close = other if other in names else nearest(node.id, names)
    fix = f"did you mean `{close}`?" if close else f"there are {', '.join(names)}"
    if other == "total":
        fix += " It is the number of ticks in the run, or in the phase of a SequentialLR"
    return ExpressionError(f"there is no {kind} `{clip(node.id)}`", node.col_offset, fix)
