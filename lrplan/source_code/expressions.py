"""The value of an expression of a script."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping

from lrplan.source_code import calls
from lrplan.source_code.arithmetic import LARGEST, arithmetic, with_batch
from lrplan.source_code.attributes import attribute_of
from lrplan.source_code.call import Call
from lrplan.source_code.conditions import truth
from lrplan.source_code.group_options import joined_parameters
from lrplan.source_code.interpreter import Interpreter
from lrplan.source_code.values import (
    Constant,
    DictValue,
    Function,
    Groups,
    Name,
    Number,
    Optimizer,
    Parameters,
    Scheduler,
    Scope,
    Sequence,
    Value,
    child,
)

_MOST_ITEMS = 10_000
_MOST_ROUNDS = 8
"""Items of a list for which the element of a comprehension is evaluated."""


def evaluate(interpreter: Interpreter, node: ast.expr | None, scope: Scope) -> Value:
    """The value of ``node``; what is not known is a ``Value`` of no special kind."""
    read = None if node is None else _READERS.get(type(node))
    if read is None:
        for inner in () if node is None else ast.iter_child_nodes(node):
            if isinstance(inner, ast.expr):
                evaluate(interpreter, inner, scope)
        return Value()
    return read(interpreter, node, scope)


def _constant(_interpreter: Interpreter, node: ast.Constant, _scope: Scope) -> Value:
    value = node.value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        # `1e999` is infinite, and an integer of a thousand digits is not a float.
        return Number(value=value if abs(value) < LARGEST else None)
    return Constant(value=value) if isinstance(value, (str, bool, type(None))) else Value()


def _name(_interpreter: Interpreter, node: ast.Name, scope: Scope) -> Value:
    found = scope.find(node.id)
    if found is None:
        # A name that is bound nowhere: a builtin, or one that a star import brings.
        found = Name(node.id)
        scope.outermost.names[node.id] = found
    return found


def _attribute(interpreter: Interpreter, node: ast.Attribute, scope: Scope) -> Value:
    return attribute_of(evaluate(interpreter, node.value, scope), node.attr)


def _subscript(interpreter: Interpreter, node: ast.Subscript, scope: Scope) -> Value:
    owner = evaluate(interpreter, node.value, scope)
    if isinstance(node.slice, ast.Slice):
        return Groups(of=owner.of) if isinstance(owner, Groups) else Value()
    key = evaluate(interpreter, node.slice, scope)
    if isinstance(owner, Groups):
        return _of_groups(owner, key)
    if isinstance(owner, Sequence) and isinstance(key, Number) and key.value is not None:
        at = int(key.value)
        return owner.items[at] if -len(owner.items) <= at < len(owner.items) else Value()
    if not isinstance(key, Constant) or not isinstance(key.value, str):
        return Value()
    held = owner.items.get(key.value) if isinstance(owner, DictValue) else None
    return child(owner, key.value) if held is None else held


def _of_groups(groups: Groups, key: Value) -> Value:
    if isinstance(key, Constant):
        return Value(f"param_groups.{key.value}")
    which = key.value if isinstance(key, Number) else None
    return Groups(of=groups.of, which="?" if which is None else str(which))


def _items(interpreter: Interpreter, nodes: list[ast.expr], scope: Scope) -> Sequence:
    result = Sequence()
    for each in nodes:
        if isinstance(each, ast.Starred):
            inner = evaluate(interpreter, each.value, scope)
            known = isinstance(inner, Sequence)
            result.items += inner.items if isinstance(inner, Sequence) else []
            result.complete &= known and inner.complete  # type: ignore[attr-defined]
        else:
            result.items.append(evaluate(interpreter, each, scope))
    return result


def _list(interpreter: Interpreter, node: ast.List | ast.Tuple, scope: Scope) -> Value:
    return _items(interpreter, node.elts, scope)


def _dict(interpreter: Interpreter, node: ast.Dict, scope: Scope) -> Value:
    table = DictValue()
    for key, value in zip(node.keys, node.values, strict=True):
        held = evaluate(interpreter, value, scope)
        name = None if key is None else evaluate(interpreter, key, scope)
        if key is None and isinstance(held, DictValue):
            table.items.update(held.items)
            table.is_open |= held.is_open
        elif isinstance(name, Constant) and isinstance(name.value, str):
            table.items[name.value] = _named(held, name.value)
            table.nodes[name.value] = value
        else:
            table.is_open = True
    return table


def _named(value: Value, name: str) -> Value:
    """A literal number under ``name``, which is then its symbol; other values as they are."""
    # In `cfg = {"epochs": 90}` the 90 counts epochs because of its key. Without the name,
    # `cfg["epochs"]` later would be a bare 90, and no rule could see that it is not a number of
    # steps.
    if type(value) is Number and not value.symbol and value.value is not None:
        return Number(name, value=value.value, factors=value.factors or {name: 1})
    return value


def _binary(interpreter: Interpreter, node: ast.BinOp, scope: Scope) -> Value:
    left, right = evaluate(interpreter, node.left, scope), evaluate(interpreter, node.right, scope)
    if isinstance(left, Sequence) and isinstance(right, Sequence) and isinstance(node.op, ast.Add):
        return _joined(left, right)
    parameters = joined_parameters([left, right])
    return parameters or with_batch(node.op, left, right, arithmetic(node.op, left, right))


def _joined(left: Sequence, right: Sequence) -> Sequence:
    # A list that is added to itself 40 times would fill the memory.
    if len(left.items) + len(right.items) > _MOST_ITEMS:
        return Sequence(complete=False)
    items = [*left.items, *right.items]
    return Sequence(items=items, complete=left.complete and right.complete)


def _unary(interpreter: Interpreter, node: ast.UnaryOp, scope: Scope) -> Value:
    held = evaluate(interpreter, node.operand, scope)
    if isinstance(node.op, ast.USub) and isinstance(held, Number):
        value = None if held.value is None else -held.value
        # `-(-n // k)` and `-n` keep what they count.
        return Number(value=value, factors=held.factors, is_default=held.is_default)
    return Value()


def _conditional(interpreter: Interpreter, node: ast.IfExp, scope: Scope) -> Value:
    known = truth(interpreter, node.test, scope, evaluate)
    if known.value is None:
        taken = interpreter.choices.take(interpreter.text(node.test), 2, 0)
        return evaluate(interpreter, node.body if taken == 0 else node.orelse, scope)
    return evaluate(interpreter, node.body if known.value else node.orelse, scope)


def _either(interpreter: Interpreter, node: ast.BoolOp, scope: Scope) -> Value:
    values = [evaluate(interpreter, each, scope) for each in node.values]
    if isinstance(node.op, ast.Or) and isinstance(values[0], (Optimizer, Scheduler, Number)):
        return values[0]
    return Value()


def _comprehension(
    interpreter: Interpreter, node: ast.ListComp | ast.GeneratorExp | ast.SetComp, scope: Scope
) -> Value:
    inner = Scope(outer=scope)
    for generator in node.generators:
        source = evaluate(interpreter, generator.iter, scope)
        items = source.items if isinstance(source, Sequence) else None
        if items and len(node.generators) == 1 and not generator.ifs:
            results = []
            for each in items[:_MOST_ROUNDS]:
                if isinstance(generator.target, ast.Name):
                    inner.names[generator.target.id] = each
                results.append(evaluate(interpreter, node.elt, inner))
            complete = source.complete and len(items) <= _MOST_ROUNDS  # type: ignore[attr-defined]
            return Sequence(items=results, complete=complete)
        for name in ast.walk(generator.target):
            if isinstance(name, ast.Name):
                inner.names[name.id] = Value(name.id)
    evaluate(interpreter, node.elt, inner)
    is_filter = isinstance(source, Parameters) and isinstance(node.elt, ast.Name)
    return Parameters() if is_filter else Sequence(complete=False)


def _lambda(interpreter: Interpreter, node: ast.Lambda, scope: Scope) -> Value:
    defaults = defaults_of(interpreter, node.args, scope)
    return Function("<lambda>", node=node, scope=scope, defaults=defaults)


def defaults_of(
    interpreter: Interpreter, arguments: ast.arguments, scope: Scope
) -> dict[str, Value]:
    """The defaults of positional parameters: they are computed where a function is defined."""
    names = [each.arg for each in (*arguments.posonlyargs, *arguments.args)]
    pairs = zip(reversed(names), reversed(arguments.defaults), strict=False)
    return {name: evaluate(interpreter, default, scope) for name, default in pairs}


def _call(interpreter: Interpreter, node: ast.Call, scope: Scope) -> Value:
    interpreter.count()
    owner = None
    if isinstance(node.func, ast.Attribute):
        owner = evaluate(interpreter, node.func.value, scope)
        callee = attribute_of(owner, node.func.attr)
    else:
        callee = evaluate(interpreter, node.func, scope)
    positional = _items(interpreter, node.args, scope)
    named: dict[str, Value] = {}
    spreads_unknown = False
    for keyword in node.keywords:
        held = evaluate(interpreter, keyword.value, scope)
        if keyword.arg is not None:
            named[keyword.arg] = held
        elif isinstance(held, DictValue):
            named.update(held.items)
            spreads_unknown |= held.is_open
        else:
            spreads_unknown = True
    made = Call(node, callee, owner, positional.items, named, spreads_unknown)
    return calls.value_of_call(interpreter, made)


def _await(interpreter: Interpreter, node: ast.Await, scope: Scope) -> Value:
    return evaluate(interpreter, node.value, scope)


def _walrus(interpreter: Interpreter, node: ast.NamedExpr, scope: Scope) -> Value:
    held = evaluate(interpreter, node.value, scope)
    scope.bind(node.target.id, held)
    return held


def _text(interpreter: Interpreter, node: ast.JoinedStr, scope: Scope) -> Value:
    for part in node.values:
        if isinstance(part, ast.FormattedValue):
            evaluate(interpreter, part.value, scope)
    return Value()


_READERS: Mapping[type[ast.expr], Callable[..., Value]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Subscript: _subscript,
    ast.List: _list,
    ast.Tuple: _list,
    ast.Dict: _dict,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.IfExp: _conditional,
    ast.BoolOp: _either,
    ast.ListComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.SetComp: _comprehension,
    ast.Lambda: _lambda,
    ast.Call: _call,
    ast.Await: _await,
    ast.NamedExpr: _walrus,
    ast.JoinedStr: _text,
}
