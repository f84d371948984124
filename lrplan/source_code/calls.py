"""Follows a call in a script: the objects it makes, and its effect on others."""

from __future__ import annotations

from lrplan.source_code import methods
from lrplan.source_code.builtin_calls import call_builtin
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
    LOADERS,
    SAME_AS_FIRST,
    SCALERS,
    TENSORS,
    is_get_scheduler,
    is_optimizer,
    scheduler_row,
)
from lrplan.source_code.trainers import note_setter, note_trainer, trainer_arguments
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
    Sequence,
    Table,
    Tool,
    Value,
)

_JOINS = ("filter", "itertools.chain")


def call(machine: Machine, made: Call) -> Value:
    """The value that a call gives; what it does is noted in ``machine``."""
    callee = made.callee
    if machine.trainer_arguments:
        note_trainer(machine, made)
        note_setter(machine, made)
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
    for known in (_data, _parameters, call_builtin):
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
    held = trainer_arguments(machine, made, symbol)
    if held is not None:
        return held
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
    samplers = (made.argument(3, "sampler"), made.argument(4, "batch_sampler"))
    if any(each is not None and not _is_none(each) for each in samplers):
        samples = None  # it decides how many samples an epoch has
    if samples and isinstance(batch_size, Number) and batch_size.value:
        drops = isinstance(drop, Constant) and drop.value is True
        # 10 samples in batches of 4 are 3 batches, the last one of 2, and 2 with `drop_last`. The
        # minus signs round up: -(-10 // 4) is 3.
        size = samples // batch_size.value if drops else -(-samples // batch_size.value)
    return Loader(_target(made), attributes=held, size=size)


def _is_none(value: Value) -> bool:
    return isinstance(value, Constant) and value.value is None


def _dataset_of(made: Call) -> dict[str, Value]:
    dataset = made.argument(0, "dataset")
    if dataset is None:
        return {}
    known = isinstance(dataset, Dataset)
    return {"dataset": dataset if known else Dataset(dataset.symbol, dataset.attributes)}


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
    after = methods.member_function(instance, "__post_init__")
    if start is not None:
        machine.called |= {start.node} if start.node is not None else set()
        machine.call_function(machine, start, positional, named)
    else:
        fields = [name for name, held in of.members.items() if not isinstance(held, Function)]
        given = dict(zip(fields, positional, strict=False)) | named
        instance.attributes.update(given)
        if after is not None:
            machine.call_function(machine, after, [], {})
    return instance


_PARSERS = frozenset({"argparse.ArgumentParser", "ArgumentParser"})
