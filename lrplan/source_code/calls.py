"""Follows a call in a script: the objects it makes, and its effect on others."""

from __future__ import annotations

from lrplan.source_code import methods
from lrplan.source_code.builtin_calls import call_builtin
from lrplan.source_code.call import Call
from lrplan.source_code.group_options import joined_parameters
from lrplan.source_code.interpreter import Interpreter
from lrplan.source_code.makers import (
    arguments_of,
    make_optimizer,
    make_scheduler,
    make_scheduler_by_name,
    make_scheduler_of_class,
)
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
from lrplan.source_code.unknown_calls import call_unknown
from lrplan.source_code.values import (
    Class,
    Constant,
    Dataset,
    DictValue,
    Function,
    Instance,
    Loader,
    Name,
    Number,
    Parameters,
    Sequence,
    TrainingHelper,
    Value,
)

_JOINS = ("filter", "itertools.chain")


def value_of_call(interpreter: Interpreter, call: Call) -> Value:
    """The value that a call gives; what it does is noted in ``interpreter``."""
    callee = call.callee
    if interpreter.trainer_arguments:
        note_trainer(interpreter, call)
        note_setter(interpreter, call)
    if isinstance(callee, Name):
        result = _library(interpreter, call, callee.symbol)
        if result is not None:
            return result
    if isinstance(callee, Function):
        interpreter.called |= {callee.node} if callee.node is not None else set()
        return interpreter.call_function(interpreter, callee, call.positional, call.named)
    if isinstance(callee, Class):
        return _instance(interpreter, call, callee)
    if call.owner is not None:
        known = methods.call_method(interpreter, call, call.owner, call.name)
        if known is not None:
            return known
    return call_unknown(interpreter, call)


def _library(interpreter: Interpreter, call: Call, symbol: str) -> Value | None:
    """The value of a call of an imported name or a builtin; None: nothing is known of it."""
    row = scheduler_row(symbol)
    if row is not None:
        return make_scheduler(interpreter, call, symbol, row)
    if is_get_scheduler(symbol):
        return make_scheduler_by_name(interpreter, call, symbol)
    if is_optimizer(symbol):
        return make_optimizer(interpreter, call, symbol)
    for known in (_data, _parameters, call_builtin):
        value = known(call, symbol)
        if value is not None:
            return value
    return _tool(interpreter, call, symbol)


def _tool(interpreter: Interpreter, call: Call, symbol: str) -> Value | None:
    if symbol in SCALERS:
        interpreter.mixed_precision = True
        return TrainingHelper("scaler", kind="scaler")
    if symbol in ACCELERATORS:
        interpreter.accelerator = arguments_of(interpreter, call, ())
        return TrainingHelper("accelerator", kind="accelerator", table=DictValue(items=call.named))
    held = trainer_arguments(interpreter, call, symbol)
    if held is not None:
        return held
    if symbol in _PARSERS:
        return TrainingHelper("parser", kind="parser", table=DictValue(is_options=True))
    return Sequence(items=call.positional) if symbol.endswith("amp.initialize") else None


def _data(call: Call, symbol: str) -> Value | None:
    if symbol in LOADERS:
        return _loader(call)
    if symbol in TENSORS:
        first = call.argument(0)
        return Dataset(_target(call), size=first.value if isinstance(first, Number) else None)
    if symbol in DATASET_CALLS or symbol.startswith(DATASETS):
        first = call.argument(0)
        of_tensors = symbol.endswith("TensorDataset")
        size = first.size if of_tensors and isinstance(first, Dataset) else None
        return Dataset(_target(call), size=size)
    if symbol in SAME_AS_FIRST and (call.positional or call.named):
        return call.argument(0, "iterable", "optimizer") or Value()
    return None


def _parameters(call: Call, symbol: str) -> Value | None:
    if symbol in _JOINS:
        return joined_parameters(call.positional[symbol == "filter" :])
    return Parameters() if symbol == "torch.nn.Parameter" else None


def _target(call: Call) -> str:
    return f"line {call.node.lineno}"


def _loader(call: Call) -> Loader:
    held = _dataset_of(call)
    dataset = held.get("dataset")
    samples = dataset.size if isinstance(dataset, Dataset) else None
    batch_size, drop = call.argument(1, "batch_size"), call.argument(8, "drop_last")
    size = None
    samplers = (call.argument(3, "sampler"), call.argument(4, "batch_sampler"))
    if any(each is not None and not _is_none(each) for each in samplers):
        samples = None  # it decides how many samples an epoch has
    if samples and isinstance(batch_size, Number) and batch_size.value:
        drops = isinstance(drop, Constant) and drop.value is True
        # 10 samples in batches of 4 are 3 batches, the last one of 2, and 2 with `drop_last`. The
        # minus signs round up: -(-10 // 4) is 3.
        size = samples // batch_size.value if drops else -(-samples // batch_size.value)
    return Loader(_target(call), attributes=held, size=size)


def _is_none(value: Value) -> bool:
    return isinstance(value, Constant) and value.value is None


def _dataset_of(call: Call) -> dict[str, Value]:
    dataset = call.argument(0, "dataset")
    if dataset is None:
        return {}
    known = isinstance(dataset, Dataset)
    return {"dataset": dataset if known else Dataset(dataset.symbol, dataset.attributes)}


def _instance(interpreter: Interpreter, call: Call, callee: Class) -> Value:
    if callee.node is not None:
        interpreter.called.add(callee.node)
    scheduler = make_scheduler_of_class(interpreter, call, callee)
    if scheduler is not None:
        return scheduler
    return new_instance(interpreter, callee, call.positional, call.named)


def new_instance(
    interpreter: Interpreter, of: Class, positional: list[Value], named: dict[str, Value]
) -> Instance:
    """An object of a class of the script; its ``__init__`` is followed."""
    instance = Instance(of.symbol, type=of)
    start = methods.member_function(instance, "__init__")
    after = methods.member_function(instance, "__post_init__")
    if start is not None:
        interpreter.called |= {start.node} if start.node is not None else set()
        interpreter.call_function(interpreter, start, positional, named)
    else:
        fields = [name for name, held in of.members.items() if not isinstance(held, Function)]
        given = dict(zip(fields, positional, strict=False)) | named
        instance.attributes.update(given)
        if after is not None:
            interpreter.call_function(interpreter, after, [], {})
    return instance


_PARSERS = frozenset({"argparse.ArgumentParser", "ArgumentParser"})
