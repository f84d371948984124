"""Values of a script as plain data."""

from __future__ import annotations

import ast

from lrplan.schedule_code.model import UNKNOWN, CodeValue
from lrplan.source_code.formula import formula_of
from lrplan.source_code.machine import Machine
from lrplan.source_code.values import SHARD, Constant, Function, Number, Sequence, Table, Value

_MAX_TEXT = 120


def plain(value: Value) -> tuple[object, bool]:
    """A value as a number, text, truth value, None, list or mapping, else ``UNKNOWN``.

    Returns:
        the value, and True if it is the default of an option.
    """
    if isinstance(value, Number):
        return (UNKNOWN if value.value is None else value.value), value.is_default
    if isinstance(value, Constant):
        return value.value, value.is_default
    if isinstance(value, Sequence) and value.complete:
        items = [plain(each) for each in value.items]
        if all(item is not UNKNOWN for item, _ in items):
            return [item for item, _ in items], any(default for _, default in items)
    if isinstance(value, Table) and not value.is_options:
        entries = {key: plain(each)[0] for key, each in value.items.items()}
        if UNKNOWN not in entries.values():
            return entries, False
    return UNKNOWN, False


def code_value(machine: Machine, node: ast.expr, value: Value) -> CodeValue:
    """``value``, which ``node`` gives, as a rule sees it, but with symbols in place of units."""
    known, is_default = plain(value)
    formula, has_default = _formula(machine, value)
    text, place = machine.text(node)[:_MAX_TEXT], machine.place(node)
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


def _formula(machine: Machine, value: Value) -> tuple[str | tuple[str, ...], bool]:
    """A function as an expression of specs, or a list of them; empty for everything else."""
    if isinstance(value, Function):
        return formula_of(value, machine.evaluate)
    if not isinstance(value, Sequence) or not value.complete or not value.items:
        return "", False
    functions = [each for each in value.items if isinstance(each, Function)]
    if len(functions) < len(value.items):
        return "", False
    made = [formula_of(each, machine.evaluate) for each in functions]
    texts = tuple(text for text, _ in made)
    return (texts, any(default for _, default in made)) if all(texts) else ("", False)


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
