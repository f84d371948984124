"""Lists and dicts of a script that are changed after they were made."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping

from lrplan.source_code.call import Call
from lrplan.source_code.interpreter import Interpreter
from lrplan.source_code.unknown_calls import escape
from lrplan.source_code.values import (
    Constant,
    DictValue,
    Instance,
    Number,
    Scheduler,
    Sequence,
    Value,
)

_MOST_ITEMS = 20


def mark_changed(owner: Value) -> None:
    """Note that a list or a dict has changed in a way that is not known."""
    escape(owner)
    if isinstance(owner, Sequence):
        owner.items, owner.complete = [], False
    elif isinstance(owner, DictValue):
        owner.items, owner.is_open = {}, True


def put(owner: Value, name: str, value: Value) -> None:
    """``owner.name = value``, or ``owner["name"] = value``."""
    if isinstance(owner, DictValue):
        owner.items[name] = value
    else:
        owner.attributes[name] = value
        if not isinstance(owner, (Instance, Scheduler)):
            # Held by an object that is not of the script, such as a trainer.
            escape(value)


def set_attribute(call: Call) -> Value:
    """``setattr(owner, "name", value)``."""
    name = call.argument(1)
    if len(call.positional) == 3 and isinstance(name, Constant):
        put(call.positional[0], str(name.value), call.positional[2])
    return Value()


def set_item(interpreter: Interpreter, owner: Sequence, key: Value, value: Value) -> None:
    """``numbers[1] = value``."""
    at = _index(owner, key)
    if at is None or interpreter.loops:
        escape(value)
        mark_changed(owner)
    else:
        owner.items[at] = value


def delete_item(interpreter: Interpreter, owner: Value, key: Value) -> None:
    """``del numbers[1]``, ``del config["lr"]``."""
    if isinstance(owner, DictValue) and isinstance(key, Constant) and not interpreter.loops:
        owner.items.pop(str(key.value), None)
    elif isinstance(owner, Sequence) and (at := _index(owner, key)) is not None:
        _remove(interpreter, owner, at)
    else:
        mark_changed(owner)


def merge_dicts(*parts: Value) -> DictValue:
    """One dict made of several; if two have the same key, the later one wins."""
    result = DictValue()
    for each in parts:
        if isinstance(each, DictValue):
            result.items.update(each.items)
            result.nodes.update(each.nodes)
            result.is_open |= each.is_open
        else:
            result.is_open = True
    return result


def _index(owner: Sequence, key: Value) -> int | None:
    """The position that ``key`` names in a list that is known; None: it is not known."""
    if not owner.complete or not isinstance(key, Number) or key.value is None:
        return None
    at, size = int(key.value), len(owner.items)
    return at % size if -size <= at < size else None


def _remove(interpreter: Interpreter, owner: Sequence, at: int | None) -> Value:
    if at is None or interpreter.loops:
        mark_changed(owner)
        return Value()
    return owner.items.pop(at)


def _update(interpreter: Interpreter, call: Call, owner: DictValue) -> Value:
    if call.spreads_unknown or interpreter.loops:
        mark_changed(owner)
        return Value()
    new = merge_dicts(*call.positional)
    if new.is_open:
        mark_changed(owner)
    owner.items.update({**new.items, **call.named})
    return Value()


def _setdefault(interpreter: Interpreter, call: Call, owner: DictValue) -> Value:
    key, default = call.argument(0), call.argument(1) or Value()
    if not isinstance(key, Constant) or owner.is_open or interpreter.loops:
        mark_changed(owner)
        return Value()
    return owner.items.setdefault(str(key.value), default)


def _pop_key(interpreter: Interpreter, call: Call, owner: DictValue) -> Value:
    key, default = call.argument(0), call.argument(1) or Value()
    if not isinstance(key, Constant) or interpreter.loops:
        mark_changed(owner)
        return Value()
    return owner.items.pop(str(key.value), Value() if owner.is_open else default)


def _copy_table(_interpreter: Interpreter, _made: Call, owner: DictValue) -> Value:
    return merge_dicts(owner)


def _forget(_interpreter: Interpreter, _made: Call, owner: Value) -> Value:
    mark_changed(owner)
    return Value()


def _append(interpreter: Interpreter, call: Call, owner: Sequence) -> Value:
    if call.positional and len(owner.items) < _MOST_ITEMS and not interpreter.loops:
        owner.items.append(call.positional[0])
    else:
        _add_unknown(call, owner)
    return Value()


def _extend(interpreter: Interpreter, call: Call, owner: Sequence) -> Value:
    new = call.argument(0)
    if isinstance(new, Sequence) and len(owner.items) < _MOST_ITEMS and not interpreter.loops:
        owner.items += new.items
        owner.complete &= new.complete
    else:
        _add_unknown(call, owner)
    return Value()


def _add_unknown(call: Call, owner: Sequence) -> None:
    """Note that ``owner`` has further items, and that others may change what was added."""
    for each in call.positional:
        escape(each)
    owner.complete = False


def _pop_item(interpreter: Interpreter, call: Call, owner: Sequence) -> Value:
    return _remove(interpreter, owner, _index(owner, call.argument(0) or Number(value=-1)))


def _sort(interpreter: Interpreter, call: Call, owner: Sequence) -> Value:
    values = [each.value for each in owner.items if isinstance(each, Number)]
    known = [each for each in values if each is not None]
    if len(known) < len(owner.items) or not owner.complete or call.named or interpreter.loops:
        mark_changed(owner)
    else:
        numbers = dict(zip(map(id, owner.items), known, strict=True))
        owner.items.sort(key=lambda each: numbers[id(each)])
    return Value()


def _reverse(_interpreter: Interpreter, _made: Call, owner: Sequence) -> Value:
    owner.items.reverse()
    return Value()


def _copy_list(_interpreter: Interpreter, _made: Call, owner: Sequence) -> Value:
    return Sequence(items=list(owner.items), complete=owner.complete)


TABLE_METHODS: Mapping[str, Callable[[Interpreter, Call, DictValue], Value]] = {
    "update": _update,
    "setdefault": _setdefault,
    "pop": _pop_key,
    "copy": _copy_table,
    "popitem": _forget,
    "clear": _forget,
}
LIST_METHODS: Mapping[str, Callable[[Interpreter, Call, Sequence], Value]] = {
    "append": _append,
    "extend": _extend,
    "pop": _pop_item,
    "sort": _sort,
    "reverse": _reverse,
    "copy": _copy_list,
    "insert": _forget,
    "remove": _forget,
    "clear": _forget,
}


def reads_name(node: ast.AST | None, name: str) -> bool:
    """Return True if an expression reads a variable."""
    found = () if node is None else ast.walk(node)
    return any(isinstance(each, ast.Name) and each.id == name for each in found)
