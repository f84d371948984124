"""Loops of a script: which ones go over epochs, and which over batches."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, replace
from functools import lru_cache

from lrplan.schedule_code.model import Action, CodeValue, Loop, LoopKind, Node, SomeIterations
from lrplan.source_code.expressions import evaluate
from lrplan.source_code.interpreter import Interpreter
from lrplan.source_code.loaders import rounds_of
from lrplan.source_code.plain_values import in_batches, to_plain
from lrplan.source_code.values import (
    Constant,
    Groups,
    Instance,
    Iterations,
    LoopNumber,
    Number,
    Scope,
    Sequence,
    Value,
)

EPOCH = re.compile(r"(^|_|\b)(ep|epoch|epochs|epoch_num|n_epoch)(_|$|\b)|epoch", re.IGNORECASE)
_MAX_ITEMS = 8


@dataclass(slots=True)
class LoopReading:
    """A loop whose body is being read."""

    statement: ast.For | ast.AsyncFor | ast.While
    number: int
    rounds: Iterations
    element: Value
    items: list[Value] | None = None
    """The elements, where they are few and known: the body is followed for each of them."""


def begin_loop(
    interpreter: Interpreter,
    statement: ast.For | ast.AsyncFor | ast.While,
    source: Value,
    scope: Scope,
) -> LoopReading:
    """Begin a loop over ``source``: what its variable is, and what its body changes."""
    interpreter.loops_met += 1
    number = interpreter.loops_met
    interpreter.loops = [*interpreter.loops, number]
    if isinstance(source, Groups):
        return LoopReading(statement, number, Iterations(), source, items=[Groups(of=source.of)])
    # `for optimizer in optimizers:` over a list that is known is followed once for each element, so
    # that `optimizer.step()` steps each of them. Loops over numbers are followed once, with a
    # variable that stands for the number of any round: `epoch` in `if epoch > 5`.
    rounds = rounds_of(source)
    items = rounds.items
    if items is not None and 0 < len(items) <= _MAX_ITEMS and not rounds.position:
        return LoopReading(statement, number, rounds, Value(), items=items)
    if isinstance(statement, ast.While) or not rounds.items:
        _forget_counters(statement.body, number, scope)
    return LoopReading(statement, number, rounds, _element(rounds, number))


def _element(rounds: Iterations, number: int) -> Value:
    start = rounds.attributes.get("start")
    first = start.value if isinstance(start, Number) and start.value is not None else 0
    variable = LoopNumber("", factors=None, loop=number, start=int(first))
    if rounds.counts and not rounds.position:
        return variable
    return Sequence(items=[variable, Value()]) if rounds.position else Value()


def _forget_counters(body: list[ast.stmt], number: int, scope: Scope) -> None:
    """Counters of the rounds become loop numbers: `step += 1`."""
    # Before the loop there is `step = 0`, and in it `step += 1` and `if step % 4 == 0:`. The body
    # is read once only: with `step` a plain number, nothing could be known of the condition; as the
    # number of the round it is true in every 4th.
    for target in (each for statement in body for each in _counted(statement)):
        counter = LoopNumber(factors=None, loop=number, by_hand=True)
        if isinstance(target, ast.Name):
            if isinstance(scope.find(target.id), (Number, Constant)):
                scope.bind(target.id, counter)
        elif isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
            owner = scope.find(target.value.id)
            if isinstance(owner, Instance):
                owner.attributes[target.attr] = counter


@lru_cache(maxsize=4096)
def _counted(statement: ast.stmt) -> tuple[ast.expr, ...]:
    """The names and attributes to which ``statement`` adds by ``+=``."""
    found = (each for each in ast.walk(statement) if isinstance(each, ast.AugAssign))
    return tuple(each.target for each in found if isinstance(each.op, ast.Add))


def rounds_of_while(interpreter: Interpreter, statement: ast.While, scope: Scope) -> Number | None:
    """The rounds of ``while step < steps:`` that counts ``step += 1`` in its body."""
    test = statement.test
    if not isinstance(test, ast.Compare) or not isinstance(test.left, ast.Name):
        return None
    start = scope.find(test.left.id)
    end = evaluate(interpreter, test.comparators[0], scope)
    extra = {ast.Lt: 0, ast.LtE: 1}.get(type(test.ops[0]))
    counts = _counts_by_one(statement.body, test.left.id)
    if not counts or len(test.ops) > 1 or extra is None or not isinstance(end, Number):
        return None
    if not isinstance(start, Number) or start.value is None or end.value is None:
        return replace(end, value=None)
    return replace(end, value=max(end.value - start.value + extra, 0))


def _counts_by_one(body: list[ast.stmt], name: str) -> bool:
    """Return True if each round of a loop does ``name += 1``, and nothing else changes it."""
    direct = [each for each in body if isinstance(each, ast.AugAssign)]
    ones = [
        each
        for each in direct
        if isinstance(each.target, ast.Name)
        and each.target.id == name
        and isinstance(each.op, ast.Add)
        and isinstance(each.value, ast.Constant)
        and each.value.value == 1
    ]
    stores = [
        node
        for statement in body
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store)
    ]
    return len(ones) == 1 and len(stores) == 1


def end_loop(interpreter: Interpreter, reading: LoopReading, nodes: list[Node]) -> None:
    """Note the loop, with what its body does."""
    interpreter.loops = interpreter.loops[:-1]
    if not nodes:
        return
    kind = _kind(reading, nodes)
    length = reading.rounds.length
    if kind == "epoch" and length is not None:
        interpreter.epoch_symbols |= {*(length.factors or {}), *filter(None, [length.symbol])}
    interpreter.nodes.append(
        Loop(
            kind=kind,
            number=reading.number,
            body=tuple(nodes),
            length=None if length is None else _length(interpreter, reading, length),
            place=interpreter.place(reading.statement),
        )
    )


def _length(interpreter: Interpreter, reading: LoopReading, length: Number) -> CodeValue:
    node = reading.statement
    text = length.symbol
    if not text or "(line " in text:
        text = interpreter.text(node.test if isinstance(node, ast.While) else node.iter)[:80]
    place = interpreter.place(node)
    return CodeValue(
        text,
        to_plain(length)[0],
        dict(length.factors or {}),
        place,
        length.is_default,
        in_batches=in_batches(length),
    )


def _kind(reading: LoopReading, nodes: list[Node]) -> LoopKind:
    rounds, node = reading.rounds, reading.statement
    if rounds.loader:
        return "batch"
    # Names and the loops inside decide together. Example: in `for epoch in range(90): for x in
    # loader: step` the inner loop has a loader and so batches, and the outer one is named after
    # epochs. Around a loop over epochs, `for fold in folds:` is neither. A single loop that steps
    # and is not named after epochs goes over batches, as `for it in range(10_000):`.
    inner = {each.kind for each in _loops(nodes)}
    target = "" if isinstance(node, ast.While) else ast.unparse(node.target)
    if "epoch" in inner:
        return "other"
    names_epoch = bool(EPOCH.search(target)) or (
        isinstance(node, ast.While) and bool(EPOCH.search(ast.unparse(node.test)))
    )
    if "batch" in inner:
        return "epoch" if names_epoch or _trains(nodes) else "other"
    if names_epoch:
        return "epoch"
    return "batch" if _steps_directly(nodes) else "other"


def _loops(nodes: list[Node]) -> list[Loop]:
    result: list[Loop] = []
    for node in nodes:
        if isinstance(node, Loop):
            result += [node] if _trains([node]) else []
            result += _loops(list(node.body))
        elif isinstance(node, SomeIterations):
            result += _loops([*node.body, *node.otherwise])
    return result


def _trains(nodes: list[Node]) -> bool:
    for node in nodes:
        if isinstance(node, Action):
            if node.kind in {"backward", "optimizer_step"}:
                return True
        elif _trains([*node.body, *(node.otherwise if isinstance(node, SomeIterations) else ())]):
            return True
    return False


def _steps_directly(nodes: list[Node]) -> bool:
    return _trains([each for each in nodes if not isinstance(each, Loop)])


def has_epochs(nodes: list[Node]) -> bool:
    """Return True if ``nodes`` hold a loop over epochs."""
    return any(each.kind == "epoch" for each in _loops(nodes))
