"""Values of a script as plain data."""

from __future__ import annotations

import ast

from lrplan.schedule_code.model import UNKNOWN, CodeValue
from lrplan.source_code.formula import formula_of
from lrplan.source_code.interpreter import FormulaRead, Interpreter
from lrplan.source_code.values import (
    SHARD,
    Constant,
    DictValue,
    Function,
    Number,
    Scope,
    Sequence,
    Value,
)
from lrplan.text_position import TextPosition

_MAX_TEXT = 120


def to_plain(value: Value) -> tuple[object, bool]:
    """A value as a number, text, truth value, None, list or mapping, else ``UNKNOWN``.

    Returns:
        the value, and True if it is the default of an option.
    """
    if isinstance(value, Number):
        return (UNKNOWN if value.value is None else value.value), value.is_default
    if isinstance(value, Constant):
        return value.value, value.is_default
    if isinstance(value, Sequence) and value.complete:
        items = [to_plain(each) for each in value.items]
        if all(item is not UNKNOWN for item, _ in items):
            return [item for item, _ in items], any(default for _, default in items)
    if isinstance(value, DictValue) and not value.is_options and not value.is_open:
        entries = {key: to_plain(each)[0] for key, each in value.items.items()}
        if UNKNOWN not in entries.values():
            return entries, False
    return UNKNOWN, False


def code_value(interpreter: Interpreter, node: ast.expr, value: Value) -> CodeValue:
    """``value``, which ``node`` gives, as a rule sees it, but with symbols in place of units."""
    known, is_default = to_plain(value)
    text, place = interpreter.text(node)[:_MAX_TEXT], interpreter.place(node)
    formula, has_default = _formula(interpreter, value, place)
    default = is_default or has_default
    symbols = factors(value)
    is_shard = any(each.endswith(SHARD) for each in symbols or ())
    batches = in_batches(value)
    return CodeValue(text, known, symbols, place, default, formula, is_shard, batches)


def in_batches(value: Value) -> tuple[str, tuple[int, ...]] | None:
    """The loader whose length ``value`` is a multiple of, and how many times; None: there is none.

    Of a list, how many times each of its items is.
    """
    items = value.items if isinstance(value, Sequence) and value.complete else [value]
    numbers = [each for each in items if isinstance(each, Number) and each.loader]
    counts = tuple(each.multiple for each in numbers if each.multiple is not None)
    loaders = {each.loader.removesuffix(SHARD) for each in numbers}
    is_known = len(loaders) == 1 and len(counts) == len(items)
    return (loaders.pop(), counts) if is_known else None


def _formula(
    interpreter: Interpreter, value: Value, place: TextPosition
) -> tuple[str | tuple[str, ...], bool]:
    """A function as an expression of specs, or a list of them; empty for everything else."""
    functions = value.items if isinstance(value, Sequence) and value.complete else [value]
    reads: list[FormulaRead] = []

    def evaluate(node: ast.expr, scope: Scope) -> Value:
        found = interpreter.evaluate(node, scope)
        reads.append((node, scope, to_plain(found)[0]))
        return found

    made = [formula_of(each, evaluate) for each in functions if isinstance(each, Function)]
    texts = tuple(text for text, _ in made)
    if not texts or len(texts) < len(functions) or not all(texts):
        return "", False
    if reads:
        interpreter.formula_reads.append((place, reads))
    has_default = any(default for _, default in made)
    return (texts if isinstance(value, Sequence) else texts[0]), has_default


def changed_formulas(interpreter: Interpreter) -> set[TextPosition]:
    """The places of functions that read a name which has another value in the end.

    ``warm = 3``, ``lambda step: step / warm``, ``warm = 5``: a function reads its names when it is
    called, so that one expression does not have all its values.
    """
    return {
        place
        for place, reads in interpreter.formula_reads
        if any(
            to_plain(interpreter.evaluate(node, scope))[0] != value for node, scope, value in reads
        )
    }


def factors(value: Value) -> dict[str, int] | None:
    """The powers of the symbols that ``value`` is a product of; None where that is not known."""
    if isinstance(value, Number):
        return None if value.factors is None else dict(value.factors)
    if isinstance(value, Sequence):
        return _common_factors(value)
    return {value.symbol: 1} if type(value) is Value and value.symbol else None


def _common_factors(value: Sequence) -> dict[str, int] | None:
    """The symbols that all items of a list are products of: ``[epochs // 2, epochs * 3 // 4]``."""
    each = [factors(item) for item in value.items]
    same = bool(each) and value.complete and all(one == each[0] for one in each)
    return each[0] if same else None
