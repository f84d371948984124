"""Assignments of a script: to names, attributes, items, and learning rates of groups."""

from __future__ import annotations

import ast
from dataclasses import replace

from lrplan.schedule_code.model import Action, AttributeWrite
from lrplan.source_code.arithmetic import arithmetic
from lrplan.source_code.containers import delete_item, mark_changed, put, reads_name, set_item
from lrplan.source_code.expressions import evaluate
from lrplan.source_code.interpreter import Interpreter
from lrplan.source_code.plain_values import code_value
from lrplan.source_code.trainers import note_written
from lrplan.source_code.unknown_calls import escape
from lrplan.source_code.values import (
    Constant,
    DictValue,
    Groups,
    LoopNumber,
    Number,
    Scheduler,
    Scope,
    Sequence,
    Value,
)


def assign(
    interpreter: Interpreter, target: ast.expr, value: Value, scope: Scope, statement: ast.stmt
) -> None:
    """``target = value``."""
    if isinstance(target, ast.Name) and type(value) is Number and value.value is not None:
        # A number gets the name as its symbol: `epochs = 90` makes `range(epochs)` and
        # `T_max=epochs` the same length. If it has no factors itself, it is that symbol.
        value = _named(value, target.id)
    if isinstance(target, ast.Subscript) and _writes_lr(target):
        owner = evaluate(interpreter, target.value, scope)
        if isinstance(owner, Groups):
            _write(interpreter, owner, statement, value)
            return
    if isinstance(target, ast.Name) and interpreter.repeats(scope, target.id):
        read = reads_name(getattr(statement, "value", None), target.id)
        if read and isinstance(value, (Number, Constant)) and not isinstance(value, LoopNumber):
            value = Value()  # `lr = lr / 2` in a loop: what it is in the end is not known
    bind_target(interpreter, target, value, scope)


def _named(value: Number, name: str) -> Number:
    if value.factors:
        return value  # what it is made of says more than its new name
    return Number(name, value=value.value, factors={name: 1}, is_default=value.is_default)


def _writes_lr(target: ast.Subscript) -> bool:
    key = target.slice
    return isinstance(key, ast.Constant) and key.value == "lr"


def _write(interpreter: Interpreter, groups: Groups, statement: ast.stmt, value: Value) -> None:
    node = getattr(statement, "value", None)
    keeps = isinstance(statement, ast.AugAssign)
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.Div)):
        keeps = keeps or any(
            isinstance(each, ast.Subscript)
            and isinstance(each.slice, ast.Constant)
            and each.slice.value in {"lr", "initial_lr", "lr_scale", "lr_mult"}
            for each in ast.walk(node)
        )
    interpreter.add(
        Action(
            kind="lr_written",
            index=interpreter.optimizers.index(groups.of),
            of="optimizer",
            place=interpreter.place(statement),
            arguments=() if node is None else (code_value(interpreter, node, value),),
            group=groups.which,
            keeps_ratios=keeps,
        )
    )


def assign_augmented(interpreter: Interpreter, statement: ast.AugAssign, scope: Scope) -> None:
    """``target += value`` and its like."""
    value = evaluate(interpreter, statement.value, scope)
    target = statement.target
    if isinstance(target, ast.Subscript) and _writes_lr(target):
        owner = evaluate(interpreter, target.value, scope)
        if isinstance(owner, Groups):
            _write(interpreter, owner, statement, Number())
            return
    held = evaluate(interpreter, target, scope)
    if isinstance(held, LoopNumber):
        return
    if isinstance(held, Sequence):
        bind_target(interpreter, target, Sequence(items=held.items, complete=False), scope)
        return
    if (
        interpreter.loops
        and isinstance(statement.op, ast.Add)
        and isinstance(held, (Number, Constant))
    ):
        bind_target(
            interpreter,
            target,
            LoopNumber(factors=None, loop=interpreter.loops[-1], by_hand=True),
            scope,
        )
        return
    is_repeated = isinstance(target, ast.Name) and interpreter.repeats(scope, target.id)
    result = Value() if is_repeated else arithmetic(statement.op, held, value)
    bind_target(interpreter, target, result, scope)


def bind_target(interpreter: Interpreter, target: ast.expr, value: Value, scope: Scope) -> None:
    """Bind the names in ``target`` to what ``value`` holds."""
    if isinstance(target, ast.Name):
        scope.bind(target.id, _with_symbol(value, target.id))
    elif isinstance(target, (ast.Tuple, ast.List)):
        items = value.items if isinstance(value, Sequence) else []
        for index, each in enumerate(target.elts):
            held = items[index] if index < len(items) else Value()
            inner = each.value if isinstance(each, ast.Starred) else each
            if isinstance(inner, ast.Name) and type(held) is Number and held.value is not None:
                held = _named(held, inner.id)
            bind_target(
                interpreter, inner, Value() if isinstance(each, ast.Starred) else held, scope
            )
    elif isinstance(target, ast.Attribute):
        owner = evaluate(interpreter, target.value, scope)
        symbol = f"{owner.symbol or interpreter.text(target.value)}.{target.attr}"
        if isinstance(owner, Scheduler):
            place, is_inside = interpreter.place(target), bool(interpreter.loops)
            owner.written.append(AttributeWrite(name=target.attr, place=place, in_loop=is_inside))
        note_written(interpreter, owner, target, value)
        put(owner, target.attr, _with_symbol(value, symbol))
    elif isinstance(target, ast.Subscript):
        _bind_item(interpreter, target, value, scope)


def _bind_item(interpreter: Interpreter, target: ast.Subscript, value: Value, scope: Scope) -> None:
    """``owner[key] = value``."""
    owner = evaluate(interpreter, target.value, scope)
    key = evaluate(interpreter, target.slice, scope)
    if isinstance(owner, Groups):
        interpreter.group_edits.append(_edit(interpreter, owner, target))
    if isinstance(owner, Sequence):
        set_item(interpreter, owner, key, value)
    elif isinstance(key, Constant) and isinstance(key.value, str):
        put(owner, key.value, value)
    else:
        escape(value)
        if isinstance(owner, DictValue) and not isinstance(key, Number):
            mark_changed(owner)


def delete(interpreter: Interpreter, statement: ast.Delete, scope: Scope) -> None:
    """``del target``."""
    for target in statement.targets:
        if isinstance(target, ast.Subscript):
            owner = evaluate(interpreter, target.value, scope)
            delete_item(interpreter, owner, evaluate(interpreter, target.slice, scope))


def _edit(interpreter: Interpreter, groups: Groups, target: ast.expr) -> Action:
    """A write of something else than the learning rate into a group."""
    index = interpreter.optimizers.index(groups.of)
    place = interpreter.place(target)
    return Action(kind="lr_written", index=index, of="optimizer", place=place, group=groups.which)


def _with_symbol(value: Value, symbol: str) -> Value:
    """``value`` with ``symbol`` if it has none: uses of an unknown value are matched by name."""
    if type(value) is Value and not value.symbol and value.optimizer is None:
        value.symbol = symbol
    elif type(value) is Number and value.factors is None and not value.symbol:
        return replace(value, symbol=symbol, factors={symbol: 1})
    return value
