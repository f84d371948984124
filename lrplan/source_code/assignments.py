"""Assignments of a script: to names, attributes, items, and learning rates of groups."""

from __future__ import annotations

import ast
from dataclasses import replace

from lrplan.schedule_code.model import Act, AttributeWrite
from lrplan.source_code.arithmetic import arithmetic
from lrplan.source_code.containers import delete_item, forget, put, reads_name, set_item
from lrplan.source_code.describe import code_value
from lrplan.source_code.expressions import evaluate
from lrplan.source_code.machine import Machine
from lrplan.source_code.opaque import escape
from lrplan.source_code.trainers import note_written
from lrplan.source_code.values import (
    Constant,
    Groups,
    LoopNumber,
    Number,
    Scheduler,
    Scope,
    Sequence,
    Table,
    Value,
)


def assign(
    machine: Machine, target: ast.expr, value: Value, scope: Scope, statement: ast.stmt
) -> None:
    """``target = value``."""
    if isinstance(target, ast.Name) and type(value) is Number and value.value is not None:
        # A number gets the name as its symbol: `epochs = 90` makes `range(epochs)` and
        # `T_max=epochs` the same length. Without factors of its own it is that symbol.
        value = _named(value, target.id)
    if isinstance(target, ast.Subscript) and _writes_lr(target):
        owner = evaluate(machine, target.value, scope)
        if isinstance(owner, Groups):
            _write(machine, owner, statement, value)
            return
    if isinstance(target, ast.Name) and machine.repeats(scope, target.id):
        read = reads_name(getattr(statement, "value", None), target.id)
        if read and isinstance(value, (Number, Constant)) and not isinstance(value, LoopNumber):
            value = Value()  # `lr = lr / 2` in a loop: what it is in the end is not known
    bind_target(machine, target, value, scope)


def _named(value: Number, name: str) -> Number:
    if value.factors:
        return value  # what it is made of tells more than its new name
    return Number(name, value=value.value, factors={name: 1}, is_default=value.is_default)


def _writes_lr(target: ast.Subscript) -> bool:
    key = target.slice
    return isinstance(key, ast.Constant) and key.value == "lr"


def _write(machine: Machine, groups: Groups, statement: ast.stmt, value: Value) -> None:
    node = getattr(statement, "value", None)
    keeps = isinstance(statement, ast.AugAssign)
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.Div)):
        keeps = keeps or any(
            isinstance(each, ast.Subscript)
            and isinstance(each.slice, ast.Constant)
            and each.slice.value in {"lr", "initial_lr", "lr_scale", "lr_mult"}
            for each in ast.walk(node)
        )
    machine.add(
        Act(
            kind="lr_written",
            index=machine.optimizers.index(groups.of),
            of="optimizer",
            place=machine.place(statement),
            arguments=() if node is None else (code_value(machine, node, value),),
            group=groups.which,
            keeps_ratios=keeps,
        )
    )


def assign_augmented(machine: Machine, statement: ast.AugAssign, scope: Scope) -> None:
    """``target += value`` and its like."""
    value = evaluate(machine, statement.value, scope)
    target = statement.target
    if isinstance(target, ast.Subscript) and _writes_lr(target):
        owner = evaluate(machine, target.value, scope)
        if isinstance(owner, Groups):
            _write(machine, owner, statement, Number())
            return
    held = evaluate(machine, target, scope)
    if isinstance(held, LoopNumber):
        return
    if isinstance(held, Sequence):
        bind_target(machine, target, Sequence(items=held.items, complete=False), scope)
        return
    if machine.loops and isinstance(statement.op, ast.Add) and isinstance(held, (Number, Constant)):
        bind_target(
            machine, target, LoopNumber(factors=None, loop=machine.loops[-1], by_hand=True), scope
        )
        return
    is_repeated = isinstance(target, ast.Name) and machine.repeats(scope, target.id)
    result = Value() if is_repeated else arithmetic(statement.op, held, value)
    bind_target(machine, target, result, scope)


def bind_target(machine: Machine, target: ast.expr, value: Value, scope: Scope) -> None:
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
            bind_target(machine, inner, Value() if isinstance(each, ast.Starred) else held, scope)
    elif isinstance(target, ast.Attribute):
        owner = evaluate(machine, target.value, scope)
        symbol = f"{owner.symbol or machine.text(target.value)}.{target.attr}"
        if isinstance(owner, Scheduler):
            place, is_inside = machine.place(target), bool(machine.loops)
            owner.written.append(AttributeWrite(name=target.attr, place=place, in_loop=is_inside))
        note_written(machine, owner, target, value)
        put(owner, target.attr, _with_symbol(value, symbol))
    elif isinstance(target, ast.Subscript):
        _bind_item(machine, target, value, scope)


def _bind_item(machine: Machine, target: ast.Subscript, value: Value, scope: Scope) -> None:
    """``owner[key] = value``."""
    owner = evaluate(machine, target.value, scope)
    key = evaluate(machine, target.slice, scope)
    if isinstance(owner, Groups):
        machine.group_edits.append(_edit(machine, owner, target))
    if isinstance(owner, Sequence):
        set_item(machine, owner, key, value)
    elif isinstance(key, Constant) and isinstance(key.value, str):
        put(owner, key.value, value)
    else:
        escape(value)
        if isinstance(owner, Table) and not isinstance(key, Number):
            forget(owner)


def delete(machine: Machine, statement: ast.Delete, scope: Scope) -> None:
    """``del target``."""
    for target in statement.targets:
        if isinstance(target, ast.Subscript):
            owner = evaluate(machine, target.value, scope)
            delete_item(machine, owner, evaluate(machine, target.slice, scope))


def _edit(machine: Machine, groups: Groups, target: ast.expr) -> Act:
    """A write of something else than the learning rate into a group."""
    index = machine.optimizers.index(groups.of)
    place = machine.place(target)
    return Act(kind="lr_written", index=index, of="optimizer", place=place, group=groups.which)


def _with_symbol(value: Value, symbol: str) -> Value:
    """``value`` with a symbol, where it has none: what is unknown is known again by its name."""
    if type(value) is Value and not value.symbol and value.optimizer is None:
        value.symbol = symbol
    elif type(value) is Number and value.factors is None and not value.symbol:
        return replace(value, symbol=symbol, factors={symbol: 1})
    return value
