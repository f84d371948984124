"""The value of an expression of a script."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping

from lrplan.source_code import calls
from lrplan.source_code.call import Call
from lrplan.source_code.conditions import truth
from lrplan.source_code.describe import factors
from lrplan.source_code.group_options import joined_parameters
from lrplan.source_code.machine import Machine
from lrplan.source_code.values import (
    FRACTION,
    Bound,
    Class,
    Constant,
    Dataset,
    Function,
    Groups,
    Instance,
    Loader,
    LoopNumber,
    ModuleValue,
    Name,
    Number,
    Optimizer,
    Parameters,
    Scheduler,
    Scope,
    Sequence,
    Table,
    Value,
    child,
)

_OPERATORS: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
_LARGEST = 1e15
_MOST_ITEMS = 10_000
_MOST_ROUNDS = 8
"""Items of a list for which the element of a comprehension is evaluated."""


def evaluate(machine: Machine, node: ast.expr | None, scope: Scope) -> Value:
    """The value of ``node``; what cannot be told is a ``Value`` of no special kind."""
    read = None if node is None else _READERS.get(type(node))
    if read is None:
        for inner in () if node is None else ast.iter_child_nodes(node):
            if isinstance(inner, ast.expr):
                evaluate(machine, inner, scope)
        return Value()
    return read(machine, node, scope)


def _constant(_machine: Machine, node: ast.Constant, _scope: Scope) -> Value:
    value = node.value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        # `1e999` is infinite, and an integer of a thousand digits is no float.
        return Number(value=value if abs(value) < _LARGEST else None)
    return Constant(value=value) if isinstance(value, (str, bool, type(None))) else Value()


def _name(_machine: Machine, node: ast.Name, scope: Scope) -> Value:
    found = scope.find(node.id)
    if found is None:
        # A name that is bound nowhere: a builtin, or one that a star import brings.
        found = Name(node.id)
        scope.outermost.names[node.id] = found
    return found


def _attribute(machine: Machine, node: ast.Attribute, scope: Scope) -> Value:
    return attribute_of(evaluate(machine, node.value, scope), node.attr)


def attribute_of(owner: Value, name: str) -> Value:
    """``owner.name``."""
    if name in owner.attributes:
        return owner.attributes[name]
    known = _held_by(owner, name)
    if known is not None:
        return known
    if isinstance(owner, Instance):
        return _member(owner, name)
    if type(owner) is Value:
        return child(owner, name)
    return Bound(f"{owner.symbol}.{name}", owner=owner, name=name)


def _held_by(owner: Value, name: str) -> Value | None:
    """The attribute ``name`` of a value of a special kind, such as an optimizer's groups."""
    found: Value | None = None
    if isinstance(owner, ModuleValue):
        found = owner.scope.names.get(name) or Name(f"{owner.symbol}.{name}")
    elif isinstance(owner, Name):
        found = Name(f"{owner.symbol}.{name}")
    elif isinstance(owner, Class):
        found = owner.members.get(name)
    elif isinstance(owner, Table):
        found = owner.items.get(name)
    elif isinstance(owner, Optimizer) and name == "param_groups":
        found = Groups(of=owner)
    elif isinstance(owner, Scheduler) and name == "optimizer":
        found = owner.drives
    elif isinstance(owner, Loader) and name == "dataset":
        found = owner.attributes[name] = Dataset(f"{owner.symbol}.dataset")
    return found


def _member(owner: Instance, name: str) -> Value:
    for each in _lineage(owner.type):
        member = each.members.get(name)
        if isinstance(member, Function):
            return Function(member.symbol, node=member.node, scope=member.scope, owner=owner)
        if member is not None:
            return member
    return child(owner, name)


def _lineage(of: Class, depth: int = 0) -> list[Class]:
    inherited = [base for base in of.bases if isinstance(base, Class)]
    further = [each for base in inherited if depth < 8 for each in _lineage(base, depth + 1)]
    return [of, *further]


def _subscript(machine: Machine, node: ast.Subscript, scope: Scope) -> Value:
    owner = evaluate(machine, node.value, scope)
    if isinstance(node.slice, ast.Slice):
        return Groups(of=owner.of) if isinstance(owner, Groups) else Value()
    key = evaluate(machine, node.slice, scope)
    if isinstance(owner, Groups):
        return _of_groups(owner, key)
    if isinstance(owner, Sequence) and isinstance(key, Number) and key.value is not None:
        at = int(key.value)
        return owner.items[at] if -len(owner.items) <= at < len(owner.items) else Value()
    if not isinstance(key, Constant) or not isinstance(key.value, str):
        return Value()
    held = owner.items.get(key.value) if isinstance(owner, Table) else None
    return child(owner, key.value) if held is None else held


def _of_groups(groups: Groups, key: Value) -> Value:
    if isinstance(key, Constant):
        return Value(f"param_groups.{key.value}")
    which = key.value if isinstance(key, Number) else None
    return Groups(of=groups.of, which="?" if which is None else str(which))


def _items(machine: Machine, nodes: list[ast.expr], scope: Scope) -> Sequence:
    result = Sequence()
    for each in nodes:
        if isinstance(each, ast.Starred):
            inner = evaluate(machine, each.value, scope)
            known = isinstance(inner, Sequence)
            result.items += inner.items if isinstance(inner, Sequence) else []
            result.complete &= known and inner.complete  # type: ignore[attr-defined]
        else:
            result.items.append(evaluate(machine, each, scope))
    return result


def _list(machine: Machine, node: ast.List | ast.Tuple, scope: Scope) -> Value:
    return _items(machine, node.elts, scope)


def _dict(machine: Machine, node: ast.Dict, scope: Scope) -> Value:
    table = Table()
    for key, value in zip(node.keys, node.values, strict=True):
        held = evaluate(machine, value, scope)
        name = None if key is None else evaluate(machine, key, scope)
        if key is None and isinstance(held, Table):
            table.items.update(held.items)
        elif isinstance(name, Constant) and isinstance(name.value, str):
            table.items[name.value] = _named(held, name.value)
            table.nodes[name.value] = value
    return table


def _named(value: Value, name: str) -> Value:
    """A literal number under ``name``, which is then its symbol; other values as they are."""
    # In `cfg = {"epochs": 90}` the 90 counts epochs because of its key. Without the name,
    # `cfg["epochs"]` later would be a bare 90, and no rule could tell that it is no number of
    # steps.
    if type(value) is Number and not value.symbol and value.value is not None:
        return Number(name, value=value.value, factors=value.factors or {name: 1})
    return value


def _binary(machine: Machine, node: ast.BinOp, scope: Scope) -> Value:
    left, right = evaluate(machine, node.left, scope), evaluate(machine, node.right, scope)
    if isinstance(left, Sequence) and isinstance(right, Sequence) and isinstance(node.op, ast.Add):
        return _joined(left, right)
    parameters = joined_parameters([left, right])
    return parameters or _with_batch(node.op, left, right, arithmetic(node.op, left, right))


def _with_batch(op: ast.operator, left: Value, right: Value, result: Number) -> Number:
    """``result`` with a note that it is ``i / n`` or ``epoch + i / n``, with the number i."""
    if isinstance(op, ast.Div) and isinstance(left, LoopNumber) and left.start == 0:
        result.attributes[FRACTION] = left
    elif isinstance(op, ast.Add) and isinstance(left, LoopNumber) and FRACTION in right.attributes:
        result.attributes[FRACTION] = right.attributes[FRACTION]
    return result


def _joined(left: Sequence, right: Sequence) -> Sequence:
    # A list that is added to itself 40 times would fill the memory.
    if len(left.items) + len(right.items) > _MOST_ITEMS:
        return Sequence(complete=False)
    items = [*left.items, *right.items]
    return Sequence(items=items, complete=left.complete and right.complete)


def arithmetic(op: ast.operator, left: Value, right: Value) -> Number:
    """A number made of two, with the symbols that it is a product of."""
    value = None
    a, b = _number(left), _number(right)
    if a is not None and b is not None and type(op) in _OPERATORS:
        value = _computed(op, a, b)
    default = any(isinstance(each, Number) and each.is_default for each in (left, right))
    combined = _combined(op, left, right)
    multiple = _multiple(op, left, right)
    return Number(value=value, factors=combined, is_default=default, multiple=multiple)


def _multiple(op: ast.operator, left: Value, right: Value) -> int | None:
    """How many times the length of a loader two numbers make: ``epochs * len(loader)``."""
    if not isinstance(left, Number) or not isinstance(right, Number):
        return None
    a, b = left.multiple, right.multiple
    if isinstance(op, ast.Mult) and (a is None) != (b is None):
        times = right.value if b is None else left.value
        # A product with a float may end beside the whole number, and `int` then cuts it off.
        return (a or b or 0) * times if isinstance(times, int) else None
    if isinstance(op, (ast.Add, ast.Sub)) and a is not None and b is not None:
        is_same = left.loader == right.loader
        return (a + b if isinstance(op, ast.Add) else a - b) if is_same else None
    return None


def _number(value: Value) -> float | None:
    return value.value if isinstance(value, Number) else None


def _computed(op: ast.operator, a: float, b: float) -> float | None:
    # An exponent that fills the memory is refused, not computed.
    if isinstance(op, ast.Pow) and (abs(b) > 64 or abs(a) > 1e6):
        return None
    try:
        result = _OPERATORS[type(op)](a, b)
    except (ArithmeticError, ValueError):
        return None
    is_number = isinstance(result, (int, float)) and abs(result) < _LARGEST
    return result if is_number else None


def _combined(op: ast.operator, left: Value, right: Value) -> dict[str, int] | None:
    a, b = factors(left), factors(right)
    if a is None or b is None:
        return None
    if isinstance(op, ast.Mult):
        return _product(a, b, 1)
    if isinstance(op, (ast.Div, ast.FloorDiv)):
        return _product(a, b, -1)
    if isinstance(op, (ast.Add, ast.Sub)):
        # `epochs - 5` still counts epochs.
        # A plain number has no symbols, `{}`, and takes the unit of the other: `steps + 1` counts
        # steps. Two different products, as `epochs * n + warmup`, are a length whose unit nobody
        # can tell: None.
        return a if a == b or not b else b if not a else None
    return a if isinstance(op, ast.Mod) else None


def _product(a: Mapping[str, int], b: Mapping[str, int], sign: int) -> dict[str, int]:
    # `epochs * len(loader) // accumulate` is {epochs: 1, batches:loader: 1, accumulate: -1}, and so
    # are updates, whatever the numbers are; symbols that cancel out, as in `n * bs / bs`, are left
    # out.
    powers = {key: a.get(key, 0) + sign * b.get(key, 0) for key in (*a, *b)}
    return {key: power for key, power in powers.items() if power}


def _unary(machine: Machine, node: ast.UnaryOp, scope: Scope) -> Value:
    held = evaluate(machine, node.operand, scope)
    if isinstance(node.op, ast.USub) and isinstance(held, Number):
        value = None if held.value is None else -held.value
        # `-(-n // k)` and `-n` keep what they count.
        return Number(value=value, factors=held.factors, is_default=held.is_default)
    return Value()


def _conditional(machine: Machine, node: ast.IfExp, scope: Scope) -> Value:
    known = truth(machine, node.test, scope, evaluate)
    if known.value is None:
        taken = machine.choices.take(machine.text(node.test), 2, 0)
        return evaluate(machine, node.body if taken == 0 else node.orelse, scope)
    return evaluate(machine, node.body if known.value else node.orelse, scope)


def _either(machine: Machine, node: ast.BoolOp, scope: Scope) -> Value:
    values = [evaluate(machine, each, scope) for each in node.values]
    if isinstance(node.op, ast.Or) and isinstance(values[0], (Optimizer, Scheduler, Number)):
        return values[0]
    return Value()


def _comprehension(
    machine: Machine, node: ast.ListComp | ast.GeneratorExp | ast.SetComp, scope: Scope
) -> Value:
    inner = Scope(outer=scope)
    for generator in node.generators:
        source = evaluate(machine, generator.iter, scope)
        items = source.items if isinstance(source, Sequence) else None
        if items and len(node.generators) == 1 and not generator.ifs:
            results = []
            for each in items[:_MOST_ROUNDS]:
                if isinstance(generator.target, ast.Name):
                    inner.names[generator.target.id] = each
                results.append(evaluate(machine, node.elt, inner))
            complete = source.complete and len(items) <= _MOST_ROUNDS  # type: ignore[attr-defined]
            return Sequence(items=results, complete=complete)
        for name in ast.walk(generator.target):
            if isinstance(name, ast.Name):
                inner.names[name.id] = Value(name.id)
    evaluate(machine, node.elt, inner)
    is_filter = isinstance(source, Parameters) and isinstance(node.elt, ast.Name)
    return Parameters() if is_filter else Sequence(complete=False)


def _lambda(machine: Machine, node: ast.Lambda, scope: Scope) -> Value:
    defaults = defaults_of(machine, node.args, scope)
    return Function("<lambda>", node=node, scope=scope, defaults=defaults)


def defaults_of(machine: Machine, arguments: ast.arguments, scope: Scope) -> dict[str, Value]:
    """The defaults of positional parameters: they are computed where a function is defined."""
    names = [each.arg for each in (*arguments.posonlyargs, *arguments.args)]
    pairs = zip(reversed(names), reversed(arguments.defaults), strict=False)
    return {name: evaluate(machine, default, scope) for name, default in pairs}


def _call(machine: Machine, node: ast.Call, scope: Scope) -> Value:
    machine.count()
    owner = None
    if isinstance(node.func, ast.Attribute):
        owner = evaluate(machine, node.func.value, scope)
        callee = attribute_of(owner, node.func.attr)
    else:
        callee = evaluate(machine, node.func, scope)
    positional = _items(machine, node.args, scope)
    named: dict[str, Value] = {}
    spreads_unknown = False
    for keyword in node.keywords:
        held = evaluate(machine, keyword.value, scope)
        if keyword.arg is not None:
            named[keyword.arg] = held
        elif isinstance(held, Table):
            named.update(held.items)
        else:
            spreads_unknown = True
    made = Call(node, callee, owner, positional.items, named, spreads_unknown)
    return calls.call(machine, made)


def _await(machine: Machine, node: ast.Await, scope: Scope) -> Value:
    return evaluate(machine, node.value, scope)


def _walrus(machine: Machine, node: ast.NamedExpr, scope: Scope) -> Value:
    held = evaluate(machine, node.value, scope)
    scope.bind(node.target.id, held)
    return held


def _text(machine: Machine, node: ast.JoinedStr, scope: Scope) -> Value:
    for part in node.values:
        if isinstance(part, ast.FormattedValue):
            evaluate(machine, part.value, scope)
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
