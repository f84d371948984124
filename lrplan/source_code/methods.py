"""Calls of methods in a script: of optimizers, schedulers, loaders, parsers and accelerators."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from lrplan.events import EventKind
from lrplan.schedule_code.model import Action, Owner
from lrplan.source_code.call import Call
from lrplan.source_code.containers import LIST_METHODS, TABLE_METHODS
from lrplan.source_code.interpreter import Interpreter, as_optimizer
from lrplan.source_code.loaders import looks_like_loader
from lrplan.source_code.options import (
    add_argument,
    as_option,
    parse_args,
    parse_known,
    same_parser,
    set_defaults,
)
from lrplan.source_code.plain_values import code_value
from lrplan.source_code.unknown_calls import escape
from lrplan.source_code.values import (
    FRACTION,
    SHARD,
    BoundMethod,
    Class,
    Constant,
    DictValue,
    Function,
    Groups,
    Instance,
    Loader,
    Name,
    Optimizer,
    Parameters,
    Scheduler,
    Sequence,
    TrainingHelper,
    Value,
)
from lrplan.text_position import START, TextPosition

_OPTIMIZER = re.compile(r"(^|[._])(opt|optim|optimizer)(_?\w{0,6})$|optimizer$", re.IGNORECASE)


def member_function(instance: Instance, name: str) -> Function | None:
    """A method of an object of a class of the script, bound to it."""
    pending: list[Value] = [instance.type]
    for each in pending:
        if isinstance(each, Class) and len(pending) < 40:
            found = each.members.get(name)
            if isinstance(found, Function):
                return Function(found.symbol, node=found.node, scope=found.scope, owner=instance)
            pending += each.bases
    return None


def call_method(interpreter: Interpreter, call: Call, owner: Value, name: str) -> Value | None:
    """The value of ``owner.name(...)``; None: nothing is known of it."""
    for kind, methods in _METHODS.items():
        if isinstance(owner, kind):
            method = methods.get(name)
            return None if method is None else method(interpreter, call, owner)
    if name == "add_event_handler":
        _attach(interpreter, call)
    if name in {"backward", "manual_backward"}:
        return _act(interpreter, call, "backward", 0, "optimizer")
    if type(owner) is Value and (owner.optimizer or _OPTIMIZER.search(owner.symbol)):
        optimizer_method = _OF_OPTIMIZER.get(name)
        if optimizer_method is not None:
            optimizer = as_optimizer(interpreter, owner, call.node)
            return None if optimizer is None else optimizer_method(interpreter, call, optimizer)
    if isinstance(owner, Instance) or name in _PARAMETERS:
        return _of_object(interpreter, owner, name)
    if name == "optimizer_step" and call.positional:  # of torch_xla
        return _scaler_step(interpreter, call, owner)
    return Value() if name in _HARMLESS else None


def _of_object(interpreter: Interpreter, owner: Value, name: str) -> Value | None:
    """The value of a method of a base class that is not read: it may step what the object holds."""
    if name in _PARAMETERS:
        return Parameters(f"{owner.symbol}.{name}()")
    if isinstance(owner, Instance) and not _has_unread_base(owner.type):
        # `self.model(x)`: something that the object holds is called.
        return interpreter.configured.get(name)
    if name in interpreter.configured:
        return interpreter.configured[name]
    escape(owner)
    return Value()


def _has_unread_base(of: Class, depth: int = 0) -> bool:
    return any(
        depth > _DEEPEST or _has_unread_base(base, depth + 1)
        if isinstance(base, Class)
        else base.symbol not in _KNOWN_BASES
        for base in of.bases
    )


_DEEPEST = 8
_KNOWN_BASES = frozenset({"object", "torch.nn.Module", "abc.ABC"})
"""Bases that step nothing."""
_PARAMETERS = frozenset({"parameters", "trainable_parameters"})
_HARMLESS = frozenset({"append", "update", "info", "debug", "log", "format", "add_scalar", "items"})


def _act(interpreter: Interpreter, call: Call, kind: EventKind, index: int, of: Owner) -> Value:
    arguments = tuple(
        code_value(interpreter, node, value)
        for node, value in zip(call.node.args, call.positional, strict=False)
    ) + tuple(
        code_value(interpreter, keyword.value, call.named[keyword.arg])
        for keyword in call.node.keywords
        if keyword.arg in call.named and keyword.arg is not None
    )
    place = interpreter.place(call.node)
    name = _name_place(interpreter, call)
    interpreter.add(
        Action(
            kind=kind,
            index=index,
            of=of,
            place=place,
            arguments=arguments,
            name_place=name,
            argument_place=_argument_place(interpreter, call, name),
            is_given_batch=any(FRACTION in each.attributes for each in call.positional),
        )
    )
    return Value()


def _name_place(interpreter: Interpreter, call: Call) -> TextPosition:
    whole = interpreter.place(call.node.func)
    start = whole.end_column - len(call.name)
    return TextPosition(whole.end_line, start, whole.end_line, whole.end_column)


def _argument_place(interpreter: Interpreter, call: Call, name: TextPosition) -> TextPosition:
    whole = interpreter.place(call.node)
    inside = TextPosition(name.end_line, name.end_column, whole.end_line, whole.end_column)
    text = interpreter.text_at(inside)
    if not text.startswith("(") or "\n" in text:
        return START
    line = whole.end_line
    return TextPosition(line, name.end_column + 1, line, whole.end_column - 1)


def _on_optimizer(kind: EventKind) -> Callable[[Interpreter, Call, Optimizer], Value]:
    def act(interpreter: Interpreter, call: Call, owner: Optimizer) -> Value:
        return _act(interpreter, call, kind, interpreter.optimizers.index(owner), "optimizer")

    return act


def _on_scheduler(kind: EventKind) -> Callable[[Interpreter, Call, Scheduler], Value]:
    def act(interpreter: Interpreter, call: Call, owner: Scheduler) -> Value:
        index = interpreter.schedulers.index(owner)
        if kind == "scheduler_tick":
            interpreter.ticked[index] = interpreter.loops
        return _act(interpreter, call, kind, index, "scheduler")

    return act


def _last_lr(interpreter: Interpreter, call: Call, owner: Scheduler) -> Value:
    """``get_last_lr()``: after a tick in the same round it is the value of the next update."""
    index = interpreter.schedulers.index(owner)
    if interpreter.loops and interpreter.ticked.get(index) == interpreter.loops:
        read = Action(kind="lr_read", index=index, place=interpreter.place(call.node))
        interpreter.reads_after_ticks.append((read, interpreter.loops[-1]))
    return Value()


def _attach(interpreter: Interpreter, call: Call) -> None:
    """``engine.add_event_handler(event, scheduler)`` of ignite."""
    event, scheduler = call.argument(0), call.argument(1)
    if isinstance(event, Name) and ".Events." in event.symbol and isinstance(scheduler, Scheduler):
        act = Action(
            kind="scheduler_tick",
            index=interpreter.schedulers.index(scheduler),
            place=interpreter.place(call.node),
        )
        interpreter.handlers.append((act, event.symbol.rpartition(".")[2]))


def _nothing(_interpreter: Interpreter, _made: Call, _owner: Value) -> Value:
    return Value()


def _scaler_step(interpreter: Interpreter, call: Call, owner: Value) -> Value:
    optimizer = as_optimizer(interpreter, call.argument(0, "optimizer"), call.node)
    if optimizer is not None:
        interpreter.add(
            Action(
                kind="optimizer_step",
                index=interpreter.optimizers.index(optimizer),
                of="optimizer",
                place=interpreter.place(call.node),
                scaled=isinstance(owner, TrainingHelper),
            )
        )
    return Value()


def _scale(_interpreter: Interpreter, _made: Call, _owner: Value) -> Value:
    return Value("loss")


def _prepare(_interpreter: Interpreter, call: Call, _owner: TrainingHelper) -> Value:
    prepared = [_prepared(each) for each in call.positional]
    return prepared[0] if len(prepared) == 1 else Sequence(items=prepared)


def _prepared(value: Value) -> Value:
    """The value of ``prepare`` of accelerate: each process has a share of a loader's batches."""
    if isinstance(value, Scheduler):
        value.prepared = True
    elif looks_like_loader(value) and not value.symbol.endswith(SHARD):
        size = value.size if isinstance(value, Loader) else None
        return Loader(f"{value.symbol}{SHARD}", value.attributes, size=size)
    return value


def _accelerator_backward(interpreter: Interpreter, call: Call, _owner: TrainingHelper) -> Value:
    return _act(interpreter, call, "backward", 0, "optimizer")


def _tool(interpreter: Interpreter, call: Call, owner: TrainingHelper) -> Value | None:
    method = _OF_TOOL.get((owner.kind, call.name))
    return None if method is None else method(interpreter, call, owner)


def _table_get(_interpreter: Interpreter, call: Call, owner: DictValue) -> Value:
    key = call.argument(0)
    if isinstance(key, Constant) and isinstance(key.value, str):
        if key.value in owner.items:
            return owner.items[key.value]
        if len(call.positional) > 1:
            return as_option(call.positional[1], key.value)
    return Value()


def _values(_interpreter: Interpreter, call: Call, owner: DictValue) -> Value:
    if call.name == "items":
        pairs = [[Constant(value=key), held] for key, held in owner.items.items()]
        return Sequence(items=[Sequence(items=list(each)) for each in pairs])
    return Sequence(items=list(owner.items.values()))


def _super(_interpreter: Interpreter, _made: Call, _owner: BoundMethod) -> Value:
    return Value()


_OF_OPTIMIZER: Mapping[str, Callable[[Interpreter, Call, Optimizer], Value]] = {
    "step": _on_optimizer("optimizer_step"),
    "add_param_group": _on_optimizer("group_added"),
    "state_dict": _on_optimizer("state_saved"),
    "load_state_dict": _on_optimizer("state_loaded"),
    "zero_grad": _nothing,
    "train": _nothing,
    "eval": _nothing,
}
_OF_SCHEDULER: Mapping[str, Callable[[Interpreter, Call, Scheduler], Value]] = {
    "step": _on_scheduler("scheduler_tick"),
    "step_update": _on_scheduler("scheduler_tick"),
    "get_lr": _on_scheduler("lr_read"),
    "state_dict": _on_scheduler("state_saved"),
    "load_state_dict": _on_scheduler("state_loaded"),
    "get_last_lr": _last_lr,
}
_OF_TOOL: Mapping[tuple[str, str], Callable[[Interpreter, Call, TrainingHelper], Value]] = {
    ("scaler", "step"): _scaler_step,
    ("scaler", "scale"): _scale,
    ("scaler", "unscale_"): _nothing,
    ("scaler", "update"): _nothing,
    ("accelerator", "prepare"): _prepare,
    ("accelerator", "prepare_data_loader"): _prepare,
    ("accelerator", "prepare_scheduler"): _prepare,
    ("accelerator", "backward"): _accelerator_backward,
    ("accelerator", "clip_grad_norm_"): _nothing,
    ("parser", "add_argument"): add_argument,
    ("parser", "add_argument_group"): same_parser,
    ("parser", "parse_args"): parse_args,
    ("parser", "set_defaults"): set_defaults,
    ("parser", "parse_known_args"): parse_known,
}
_TOOL_METHODS: Mapping[str, Callable[..., Value | None]] = {name: _tool for _, name in _OF_TOOL}
_METHODS: Mapping[type[Value], Mapping[str, Callable[..., Value | None]]] = {
    Optimizer: _OF_OPTIMIZER,
    Scheduler: _OF_SCHEDULER,
    TrainingHelper: _TOOL_METHODS,
    DictValue: {"get": _table_get, "values": _values, "items": _values, **TABLE_METHODS},
    Sequence: LIST_METHODS,
    Groups: {},
}
