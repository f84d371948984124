"""Follows a call in a script: the objects it makes, and its effect on others."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

from lrplan.source_code import methods
from lrplan.source_code.call import Call
from lrplan.source_code.group_options import joined_parameters
from lrplan.source_code.machine import Machine
from lrplan.source_code.makers import (
    arguments_of,
    make_optimizer,
    make_scheduler,
    make_scheduler_by_name,
    make_scheduler_of_class,
)
from lrplan.source_code.opaque import call_unknown
from lrplan.source_code.package_names import (
    ACCELERATORS,
    DATASET_CALLS,
    DATASETS,
    HARMLESS,
    KEEPS_UNIT,
    LOADERS,
    SAME_AS_FIRST,
    SCALERS,
    TENSORS,
    is_get_scheduler,
    is_optimizer,
    scheduler_row,
)
from lrplan.source_code.values import (
    Class,
    Constant,
    Dataset,
    Function,
    Instance,
    Loader,
    Name,
    Number,
    Parameters,
    Rounds,
    Sequence,
    Table,
    Tool,
    Value,
)

_JOINS = ("filter", "itertools.chain")
_LENGTHS = ("range", "tqdm.trange", "tqdm.auto.trange", "tqdm.notebook.trange")


def call(machine: Machine, made: Call) -> Value:
    """The value that a call gives; what it does is noted in ``machine``."""
    callee = made.callee
    if isinstance(callee, Name):
        result = _library(machine, made, callee.symbol)
        if result is not None:
            return result
    if isinstance(callee, Function):
        machine.called |= {callee.node} if callee.node is not None else set()
        return machine.call_function(machine, callee, made.positional, made.named)
    if isinstance(callee, Class):
        return _instance(machine, made, callee)
    if made.owner is not None:
        known = methods.call_method(machine, made, made.owner, made.name)
        if known is not None:
            return known
    return call_unknown(machine, made)


def _library(machine: Machine, made: Call, symbol: str) -> Value | None:
    """The value of a call of an imported name or a builtin; None: nothing is known of it."""
    row = scheduler_row(symbol)
    if row is not None:
        return make_scheduler(machine, made, symbol, row)
    if is_get_scheduler(symbol):
        return make_scheduler_by_name(machine, made, symbol)
    if is_optimizer(symbol):
        return make_optimizer(machine, made, symbol)
    for known in (_data, _parameters, _builtin):
        value = known(made, symbol)
        if value is not None:
            return value
    return _tool(machine, made, symbol)


def _tool(machine: Machine, made: Call, symbol: str) -> Value | None:
    if symbol in SCALERS:
        machine.mixed_precision = True
        return Tool("scaler", kind="scaler")
    if symbol in ACCELERATORS:
        machine.accelerator = arguments_of(machine, made, ())
        return Tool("accelerator", kind="accelerator", table=Table(items=made.named))
    if symbol in _PARSERS:
        return Tool("parser", kind="parser", table=Table(is_options=True))
    return Sequence(items=made.positional) if symbol.endswith("amp.initialize") else None


def _data(made: Call, symbol: str) -> Value | None:
    if symbol in LOADERS:
        return _loader(made)
    if symbol in TENSORS:
        first = made.argument(0)
        return Dataset(_target(made), size=first.value if isinstance(first, Number) else None)
    if symbol in DATASET_CALLS or symbol.startswith(DATASETS):
        first = made.argument(0)
        is_whole = symbol.endswith("TensorDataset") and isinstance(first, Dataset)
        return Dataset(_target(made), size=first.size if is_whole else None)  # type: ignore[union-attr]
    if symbol in SAME_AS_FIRST and (made.positional or made.named):
        return made.argument(0, "iterable", "optimizer") or Value()
    return None


def _parameters(made: Call, symbol: str) -> Value | None:
    if symbol in _JOINS:
        return joined_parameters(made.positional[symbol == "filter" :])
    return Parameters() if symbol == "torch.nn.Parameter" else None


def _target(made: Call) -> str:
    return f"line {made.node.lineno}"


def _loader(made: Call) -> Loader:
    held = _dataset_of(made)
    dataset = held.get("dataset")
    samples = dataset.size if isinstance(dataset, Dataset) else None
    batch_size, drop = made.argument(1, "batch_size"), made.argument(8, "drop_last")
    size = None
    if samples and isinstance(batch_size, Number) and batch_size.value:
        drops = isinstance(drop, Constant) and drop.value is True
        # 10 samples in batches of 4 are 3 batches, the last one of 2, and 2 with `drop_last`. The
        # minus signs round up: -(-10 // 4) is 3.
        size = samples // batch_size.value if drops else -(-samples // batch_size.value)
    return Loader(_target(made), attributes=held, size=size)


def _dataset_of(made: Call) -> dict[str, Value]:
    dataset = made.argument(0, "dataset")
    if dataset is None:
        return {}
    known = isinstance(dataset, Dataset)
    return {"dataset": dataset if known else Dataset(dataset.symbol, dataset.attributes)}


def _builtin(made: Call, symbol: str) -> Value | None:
    if symbol in KEEPS_UNIT:
        return _same_unit(made, symbol)
    if symbol in _LENGTHS:
        return _range(made)
    if symbol in _NAMESPACES:
        return Table(items=dict(made.named))
    known = _BUILTINS.get(symbol)
    if known is not None and made.positional:
        return known(made)
    return Value() if symbol in HARMLESS else None


def _next(_made: Call) -> Value:
    return Value("batch")


def _question(_made: Call) -> Value:
    return Constant(value=None, is_default=True)


def _len(made: Call) -> Value:
    return _length(made.positional[0])


def _getattr(made: Call) -> Value:
    owner, name = made.positional[0], made.argument(1)
    if isinstance(owner, Table) and isinstance(name, Constant):
        return owner.items.get(str(name.value), Value())
    return Value()


def _length(of: Value) -> Value:
    if isinstance(of, Loader) or methods.looks_like_loader(of):
        return methods.rounds_of(of).length or Number()
    if isinstance(of, Dataset):
        return Number(f"len({of.symbol})", value=of.size, factors={f"samples:{of.symbol}": 1})
    if isinstance(of, Sequence) and of.complete:
        return Number(value=len(of.items))
    if methods.looks_like_dataset(of):
        return Number(f"len({of.symbol})", factors={f"samples:{of.symbol}": 1})
    return Number(f"len({of.symbol})", factors=None)


def _same_unit(made: Call, symbol: str) -> Value:
    numbers = [each for each in made.positional if isinstance(each, Number)]
    if symbol.endswith(("max", "min")):
        # `max(1, n)` is n, as far as its unit goes.
        numbers = [each for each in numbers if each.factors or each.value is None] or numbers
    if not numbers:
        return made.positional[0] if len(made.positional) == 1 else Value()
    first = numbers[0]
    value = _rounded(symbol.rpartition(".")[2], made)
    return Number(
        first.symbol,
        value=value,
        factors=first.factors,
        is_default=any(each.is_default for each in numbers),
        # `max(1, len(loader))` and `int(len(loader))` are as long as the loader.
        multiple=first.multiple if len(made.positional) == 1 or symbol == "max" else None,
    )


def _rounded(function: str, made: Call) -> float | None:
    """The number that ``int``, ``max`` and their like give; None where it is not known."""
    numbers = [
        each.value
        for each in made.positional
        if isinstance(each, Number) and each.value is not None
    ]
    if made.named or len(numbers) < len(made.positional):
        return None
    try:
        return _ROUNDING[function](*numbers)
    except (TypeError, ValueError, ArithmeticError):
        return None


def _range(made: Call) -> Value:
    arguments = made.positional
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
    return Rounds(length=length, counts=True, attributes={"start": Number(value=begin or 0)})


def _same(made: Call) -> Value:
    return made.positional[0]


def _enumerate(made: Call) -> Value:
    loop = methods.rounds_of(made.positional[0])
    start = made.argument(1, "start")
    return replace(loop, attributes={} if start is None else {"start": start}, position=1)


def _first_rounds(made: Call) -> Value:
    """``islice(loader, n)``: at most n rounds."""
    rounds = methods.rounds_of(made.positional[0])
    size = None if rounds.length is None else rounds.length.value
    most = made.positional[1] if len(made.positional) == 2 else None
    length = most if isinstance(most, Number) else None
    if length is not None:
        value = None if size is None or length.value is None else min(size, length.value)
        length = replace(length, value=value)
    return replace(rounds, length=length, items=None)


def _zip(made: Call) -> Value:

    # `for step, batch in zip(range(1000), loader)` is a loop over a loader that is cut at 1000
    # rounds at most: it has the loader's length. Lists that are known, as `zip(optimizers,
    # schedulers)`, are gone through item by item, so that each scheduler meets its own optimizer.
    parts = [methods.rounds_of(each) for each in made.positional]
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
    return Rounds(length=length, loader=loader.loader, items=items)


def _instance(machine: Machine, made: Call, callee: Class) -> Value:
    if callee.node is not None:
        machine.called.add(callee.node)
    scheduler = make_scheduler_of_class(machine, made, callee)
    if scheduler is not None:
        return scheduler
    return new_instance(machine, callee, made.positional, made.named)


def new_instance(
    machine: Machine, of: Class, positional: list[Value], named: dict[str, Value]
) -> Instance:
    """An object of a class of the script; its ``__init__`` is followed."""
    instance = Instance(of.symbol, type=of)
    start = methods.member_function(instance, "__init__")
    if start is not None:
        machine.called |= {start.node} if start.node is not None else set()
        machine.call_function(machine, start, positional, named)
    else:
        fields = [name for name, held in of.members.items() if not isinstance(held, Function)]
        given = dict(zip(fields, positional, strict=False)) | named
        instance.attributes.update(given)
    return instance


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
_PARSERS = frozenset({"argparse.ArgumentParser", "ArgumentParser"})
_NAMESPACES = frozenset({"dict", "types.SimpleNamespace", "argparse.Namespace", "SimpleNamespace"})
_BUILTINS: Mapping[str, Callable[[Call], Value]] = {
    "len": _len,
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
