"""Calls of builtins: lengths, ranges, and what goes through loaders."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

from lrplan.source_code.call import Call
from lrplan.source_code.containers import merge_dicts, set_attribute
from lrplan.source_code.loaders import looks_like_dataset, looks_like_loader, rounds_of
from lrplan.source_code.package_names import HARMLESS, KEEPS_UNIT
from lrplan.source_code.values import (
    Constant,
    Dataset,
    DictValue,
    Iterations,
    Loader,
    Number,
    Sequence,
    Value,
)

_LENGTHS = ("range", "tqdm.trange", "tqdm.auto.trange", "tqdm.notebook.trange")


def call_builtin(call: Call, symbol: str) -> Value | None:
    """The value of a call of a builtin, or of a function of ``math``; None for other calls."""
    if symbol in KEEPS_UNIT:
        return _same_unit(call, symbol)
    if symbol in _LENGTHS:
        return _range(call)
    if symbol in _NAMESPACES:
        return merge_dicts(*call.positional, DictValue(items=dict(call.named)))
    known = _BUILTINS.get(symbol)
    if known is not None and call.positional:
        return known(call)
    return Value() if symbol in HARMLESS else None


def _next(_made: Call) -> Value:
    return Value("batch")


def _question(_made: Call) -> Value:
    return Constant(value=None, is_default=True)


def _len(call: Call) -> Value:
    return _length(call.positional[0])


def _getattr(call: Call) -> Value:
    owner, name = call.positional[0], call.argument(1)
    if isinstance(owner, DictValue) and isinstance(name, Constant):
        return owner.items.get(str(name.value), Value())
    return Value()


def _length(of: Value) -> Value:
    if isinstance(of, Loader) or looks_like_loader(of):
        return rounds_of(of).length or Number()
    if isinstance(of, Dataset):
        return Number(f"len({of.symbol})", value=of.size, factors={f"samples:{of.symbol}": 1})
    if isinstance(of, Sequence) and of.complete:
        return Number(value=len(of.items))
    if looks_like_dataset(of):
        return Number(f"len({of.symbol})", factors={f"samples:{of.symbol}": 1})
    return Number(f"len({of.symbol})", factors=None)


def _same_unit(call: Call, symbol: str) -> Value:
    numbers = [each for each in call.positional if isinstance(each, Number)]
    if symbol.endswith(("max", "min")):
        # `max(1, n)` is n, as far as its unit goes.
        numbers = [each for each in numbers if each.factors or each.value is None] or numbers
    if not numbers:
        return _converted(call, symbol)
    first = numbers[0]
    value = _rounded(symbol.rpartition(".")[2], call)
    return Number(
        first.symbol,
        value=value,
        factors=first.factors,
        is_default=any(each.is_default for each in numbers),
        # `max(1, len(loader))` and `int(len(loader))` are as long as the loader.
        multiple=first.multiple if len(call.positional) == 1 or symbol == "max" else None,
    )


def _converted(call: Call, symbol: str) -> Value:
    """``float("1e-3")``; what is not a text may be something that behaves like a number."""
    only = call.positional[0] if len(call.positional) == 1 else Value()
    if not isinstance(only, Constant) or not isinstance(only.value, str):
        return only
    kinds: Mapping[str, type[int | float]] = {"int": int, "float": float}
    try:
        return Number(value=kinds[symbol](only.value), is_default=only.is_default)
    except (KeyError, ValueError):
        return Value()


def _rounded(function: str, call: Call) -> float | None:
    """The number that ``int``, ``max`` and their like give; None where it is not known."""
    numbers = [
        each.value
        for each in call.positional
        if isinstance(each, Number) and each.value is not None
    ]
    if call.named or len(numbers) < len(call.positional):
        return None
    try:
        return _ROUNDING[function](*numbers)
    except (TypeError, ValueError, ArithmeticError):
        return None


def _range(call: Call) -> Value:
    arguments = call.positional
    last = arguments[1] if len(arguments) > 1 else arguments[0] if arguments else None
    start = arguments[0] if len(arguments) > 1 else None
    begin = start.value if isinstance(start, Number) else 0 if start is None else None
    length = last if isinstance(last, Number) else None
    if length is None and last is not None and type(last) is Value:
        length = Number(last.symbol, factors={last.symbol: 1} if last.symbol else None)
    is_plain = begin == 0 and len(arguments) < 3
    if length is not None and not is_plain and length.value is not None:
        # `range(1, epochs + 1)` has as many rounds as `range(epochs)`.
        length = Number(
            length.symbol,
            value=None if begin is None or len(arguments) > 2 else max(length.value - begin, 0),
            factors=length.factors,
            is_default=length.is_default,
        )
    return Iterations(length=length, counts=True, attributes={"start": Number(value=begin or 0)})


def _same(call: Call) -> Value:
    return call.positional[0]


def _enumerate(call: Call) -> Value:
    loop = rounds_of(call.positional[0])
    start = call.argument(1, "start")
    return replace(loop, attributes={} if start is None else {"start": start}, position=1)


def _first_rounds(call: Call) -> Value:
    """``islice(loader, n)``: at most n rounds."""
    rounds = rounds_of(call.positional[0])
    size = None if rounds.length is None else rounds.length.value
    most = call.positional[1] if len(call.positional) == 2 else None
    length = most if isinstance(most, Number) else None
    if length is not None:
        value = None if size is None or length.value is None else min(size, length.value)
        length = replace(length, value=value)
    return replace(rounds, length=length, items=None)


def _zip(call: Call) -> Value:

    # `for step, batch in zip(range(1000), loader)` is a loop over a loader that is cut at 1000
    # rounds at most: it has the loader's length. Lists that are known, as `zip(optimizers,
    # schedulers)`, are gone through item by item, so that each scheduler meets its own optimizer.
    parts = [rounds_of(each) for each in call.positional]
    loader = next((each for each in parts if each.loader), parts[0])
    length = loader.length
    if length is not None and len(parts) > 1:
        sizes = [None if each.length is None else each.length.value for each in parts]
        known = [each for each in sizes if each is not None]
        length = replace(length, value=min(known) if len(known) == len(parts) else None)
    items: list[Value] | None = None
    if all(each.items is not None for each in parts):
        columns = zip(*(each.items or [] for each in parts), strict=False)
        items = [Sequence(items=list(column)) for column in columns]
    return Iterations(length=length, loader=loader.loader, items=items)


_ROUNDING: Mapping[str, Callable[..., float]] = {
    "int": int,
    "float": float,
    "round": round,
    "max": max,
    "min": min,
    "abs": abs,
    "ceil": math.ceil,
    "floor": math.floor,
    "trunc": math.trunc,
}
_NAMESPACES = frozenset({"dict", "types.SimpleNamespace", "argparse.Namespace", "SimpleNamespace"})
_BUILTINS: Mapping[str, Callable[[Call], Value]] = {
    "len": _len,
    "setattr": set_attribute,
    "enumerate": _enumerate,
    "zip": _zip,
    "itertools.islice": _first_rounds,
    "iter": _same,
    "list": _same,
    "reversed": _same,
    "next": _next,
    "isinstance": _question,
    "hasattr": _question,
    "getattr": _getattr,
}
