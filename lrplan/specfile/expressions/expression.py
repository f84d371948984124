"""An arithmetic expression of a spec as a callable: ``0.5 * (1 + cos(pi * step / 900))``.

An expression is data. Its text is parsed, every node of the tree is checked against the few that
the language has and written again, and only that new tree is compiled; it is evaluated without
builtins. All values are Python floats, so nothing can grow or run without bound.
"""

from __future__ import annotations

from collections.abc import Callable

from lrplan.clock.sample_counts import SampleCounts
from lrplan.specfile.expressions.compile import compile_expression
from lrplan.specfile.expressions.grammar import FUNCTIONS, NAMES, ExpressionError

__all__ = ["FUNCTIONS", "NAMES", "Expression", "ExpressionError"]

_DOMAINS = {
    "log": "log takes numbers above 0",
    "sqrt": "sqrt takes 0 and above",
    "pow": "pow takes no root of a negative number, and no negative power of 0",
    "**": "** takes no root of a negative number, and no negative power of 0",
}


class Expression:
    """A function of one number, in floating point, given as text.

    Names: ``epoch``, ``step``, ``x`` and ``t``, all the same number, and ``pi`` and ``e``.
    Functions: ``min max abs sqrt exp log cos sin tan floor ceil pow``; ``log`` takes a base as its
    second argument. Operators: ``+ - * / // % **``, comparisons (also chained), ``and or not``,
    ``a if c else b``. A comparison is worth 1.0 or 0.0; ``and`` and ``or`` give one of their
    operands, as in Python.

    Two expressions are equal when their texts and their counts are. They can be pickled.

    Args:
        text: at most 1000 characters.
        written: the text in the spec, where ``text`` has numbers in place of lengths.
        counts: the values of ``samples``, in a run whose batches change.

    Raises:
        ExpressionError: the text is not an expression; ``offset`` is the place.
    """

    # torch stores the __dict__ of a callable in the state of LambdaLR: it stays empty here, since
    # the compiled function could not be saved.
    __slots__ = ("__dict__", "_counts", "_function", "_text", "_written")

    _text: str
    _written: str
    _counts: SampleCounts | None
    _function: Callable[[float], float]

    def __init__(self, text: str, written: str = "", counts: SampleCounts | None = None) -> None:
        self._text = text
        self._written = written or text
        self._counts = counts
        self._function = compile_expression(text, counts)

    @property
    def text(self) -> str:
        """The expression, with numbers in place of ``total``, ``per_epoch`` and durations."""
        return self._text

    @property
    def written(self) -> str:
        """The expression as the spec has it."""
        return self._written

    @property
    def counts(self) -> SampleCounts | None:
        """The values of ``samples``, if the expression needs them."""
        return self._counts

    def with_text(self, text: str) -> Expression:
        """Another expression of the same run.

        Raises:
            ExpressionError: the text is not an expression.
        """
        return Expression(text, counts=self._counts)

    @property
    def has_lengths(self) -> bool:
        """True if the spec has a length in it that became a number."""
        return self._written != self._text

    def __call__(self, x: float) -> float:
        """Return the value at ``x``.

        Raises:
            ExpressionError: it has no value there: a division by zero, the root or logarithm of a
                negative number, or a value too large for a float.
        """
        try:
            return self._function(float(x))
        except ZeroDivisionError:
            problem, fix = "divides by zero", ""
        except OverflowError:
            problem, fix = "is too large for a floating-point number", ""
        except ValueError:
            problem, fix = "has no real value", self._domain_hint()
        raise ExpressionError(f"{self._text} {problem} at x = {_number(float(x))}", fix=fix)

    def __repr__(self) -> str:
        return self._text

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Expression):
            return NotImplemented
        return self._text == other._text and self._counts == other._counts

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> tuple[type[Expression], tuple[str, str, SampleCounts | None]]:
        return Expression, (self._text, self._written, self._counts)

    def _domain_hint(self) -> str:
        """The domains of the functions in the text, as a hint."""
        return "; ".join(rule for name, rule in _DOMAINS.items() if name in self._text)


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
