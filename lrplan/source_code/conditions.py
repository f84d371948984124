"""Judges a condition: true, false, true in some rounds of a loop, or not known."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, replace

from lrplan.schedule_code.model import When
from lrplan.source_code.interpreter import Interpreter
from lrplan.source_code.values import (
    Constant,
    LoopNumber,
    Name,
    Number,
    Optimizer,
    Scheduler,
    Scope,
    Sequence,
    Value,
)

Evaluate = Callable[[Interpreter, ast.expr, Scope], Value]
_NEGATED: dict[type[ast.cmpop], type[ast.cmpop]] = {ast.NotEq: ast.Eq, ast.NotIn: ast.In}


@dataclass(frozen=True, slots=True)
class Truth:
    """The outcome of a condition, as far as it is known.

    Args:
        value: True or False where it is the same in every round.
        when: the rounds of the loop in which it is true.
        count: the n of every n-th round, and the expression that gives it.
        negated: it is true in the other rounds.
        by_hand: the program counts the rounds itself.
        also_last: it is true in the last round as well.
        symbol: what is compared with ``constant``, where the outcome is not known.
    """

    value: bool | None = None
    when: When | None = None
    loop: int = 0
    count: Value | None = None
    count_node: ast.expr | None = None
    offset: int = 0
    negated: bool = False
    also_last: bool = False
    by_hand: bool = False
    symbol: str = ""
    constant: object = None
    default: bool = True

    def __invert__(self) -> Truth:
        value = None if self.value is None else not self.value
        return replace(
            self, value=value, negated=not self.negated, default=not self.default, symbol=""
        )


NOTHING = Truth()


def truth(interpreter: Interpreter, test: ast.expr, scope: Scope, evaluate: Evaluate) -> Truth:
    """The outcome of ``test``, as far as it is known."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return ~truth(interpreter, test.operand, scope, evaluate)
    if isinstance(test, ast.BoolOp):
        parts = [truth(interpreter, each, scope, evaluate) for each in test.values]
        return _joined(parts, all_needed=isinstance(test.op, ast.And))
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        return _compared(interpreter, test, scope, evaluate)
    if isinstance(test, ast.BinOp) and isinstance(test.op, ast.Mod):
        return ~_every(interpreter, test, 0, scope, evaluate)
    if isinstance(test, ast.Call):
        known = _asked(interpreter, test, scope, evaluate)
        if known is not None:
            return Truth(known)
    return _truthy(evaluate(interpreter, test, scope))


def _truthy(value: Value) -> Truth:
    if isinstance(value, LoopNumber):
        return Truth(when="not_first", loop=value.loop)
    if isinstance(value, (Optimizer, Scheduler)):
        return Truth(True)
    if isinstance(value, (Constant, Number)) and value.value is not None:
        known = bool(value.value)
        return Truth(default=known) if value.is_default else Truth(known)
    if isinstance(value, Constant):
        return Truth(default=False) if value.is_default else Truth(False)
    return NOTHING


def _joined(parts: list[Truth], *, all_needed: bool) -> Truth:
    if any(each.value is (not all_needed) for each in parts):
        return Truth(not all_needed)
    open_parts = [each for each in parts if each.value is None]
    if not open_parts:
        return Truth(all_needed)
    in_rounds = [each for each in open_parts if each.when is not None]
    if in_rounds:
        # `(i + 1) % k == 0 or i + 1 == len(loader)`: the first one says how often.
        also_last = not all_needed and any(each.when == "last" for each in in_rounds[1:])
        return replace(in_rounds[0], also_last=also_last)
    if len(open_parts) == 1:
        return open_parts[0]
    combine = all if all_needed else any
    return Truth(default=combine(each.default for each in open_parts))


def _compared(
    interpreter: Interpreter, test: ast.Compare, scope: Scope, evaluate: Evaluate
) -> Truth:
    op, right_node = test.ops[0], test.comparators[0]
    if type(op) in _NEGATED:
        swapped = ast.Compare(test.left, [_NEGATED[type(op)]()], test.comparators)
        return ~_compared(interpreter, ast.copy_location(swapped, test), scope, evaluate)
    left_node = test.left
    is_remainder = isinstance(left_node, ast.BinOp) and isinstance(left_node.op, ast.Mod)
    if isinstance(op, ast.Eq) and isinstance(left_node, ast.BinOp) and is_remainder:
        offset = evaluate(interpreter, right_node, scope)
        remainder = offset.value if isinstance(offset, Number) else None
        return _every(interpreter, left_node, remainder, scope, evaluate)
    left = evaluate(interpreter, test.left, scope)
    right = evaluate(interpreter, right_node, scope)
    if isinstance(op, (ast.Is, ast.IsNot)):
        known = _is(left, right)
        return known if isinstance(op, ast.Is) else ~known
    number = _loop_number(interpreter, test.left, scope, evaluate)
    if number is not None:
        return _in_rounds(op, number, right)
    if _loop_number(interpreter, right_node, scope, evaluate) is not None:
        return NOTHING
    return _of_constants(interpreter, op, left, right)


def _of_constants(interpreter: Interpreter, op: ast.cmpop, left: Value, right: Value) -> Truth:
    if left.symbol == "__name__":
        return Truth(True)
    if isinstance(op, ast.In):
        return _in(interpreter, left, right)
    if isinstance(op, ast.Eq):
        return _equal(interpreter, left, right)
    a, b = _value(left), _value(right)
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        known = {ast.Lt: a < b, ast.LtE: a <= b, ast.Gt: a > b, ast.GtE: a >= b}.get(type(op))
        if known is not None:
            uncertain = _is_default(left) or _is_default(right)
            return Truth(default=known) if uncertain else Truth(known)
    return NOTHING


def _value(value: Value) -> object:
    return value.value if isinstance(value, (Constant, Number)) else None


def _is_default(value: Value) -> bool:
    return isinstance(value, (Constant, Number)) and value.is_default


def _is(left: Value, right: Value) -> Truth:
    if not (isinstance(right, Constant) and right.value is None):
        return NOTHING
    if isinstance(left, Constant):
        known = left.value is None
        return Truth(default=known) if left.is_default else Truth(known)
    if type(left) in (Value, Name) or _is_default(left):
        return Truth(default=False)
    return Truth(False)


def _equal(interpreter: Interpreter, left: Value, right: Value) -> Truth:
    constant, other = (right, left) if isinstance(right, (Constant, Number)) else (left, right)
    known = _value(constant)
    if known is None:
        return NOTHING
    # On the way on which `args.sched == "cosine"` was taken to be true, a later `args.sched ==
    # "step"` is false, and `args.sched in ("cosine", "poly")` true: the script is read as one run,
    # and not as a mix of two that cannot happen.
    if other.symbol in interpreter.assumed and other.symbol:
        return Truth(interpreter.assumed[other.symbol] == known)
    value = _value(other)
    if value is not None and not _is_default(other):
        return Truth(value == known)
    default = True if value is None else value == known
    return Truth(symbol=other.symbol, constant=known, default=default)


def _in(interpreter: Interpreter, left: Value, right: Value) -> Truth:
    if isinstance(right, Sequence) and right.complete and left.symbol in interpreter.assumed:
        return Truth(interpreter.assumed[left.symbol] in [_value(each) for each in right.items])
    return NOTHING


def _asked(
    interpreter: Interpreter, test: ast.Call, scope: Scope, evaluate: Evaluate
) -> bool | None:
    """``isinstance`` and ``hasattr`` of an optimizer or a scheduler."""
    function = test.func
    asks = isinstance(function, ast.Name) and function.id in {"isinstance", "hasattr"}
    if not asks or len(test.args) != 2:
        return None
    subject, asked = (evaluate(interpreter, each, scope) for each in test.args)
    if function.id == "hasattr":  # type: ignore[attr-defined]
        of_torch = isinstance(subject, Scheduler) and subject.module.startswith("torch")
        return True if of_torch and _value(asked) == "get_last_lr" else None
    if not isinstance(subject, Scheduler) or not subject.type:
        return None
    classes = asked.items if isinstance(asked, Sequence) else [asked]
    names = {each.symbol.rpartition(".")[2] for each in classes}
    return subject.type in names or (
        bool(names & {"LRScheduler", "_LRScheduler"}) and subject.module.startswith("torch")
    )


def _loop_number(
    interpreter: Interpreter, node: ast.expr, scope: Scope, evaluate: Evaluate
) -> tuple[LoopNumber, int] | None:
    """The loop variable in ``node`` and what is added to it: ``epoch + 1``."""
    shift = 0
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
        added = node.right
        if isinstance(added, ast.Constant) and isinstance(added.value, int):
            shift = added.value if isinstance(node.op, ast.Add) else -added.value
            node = node.left
    if not isinstance(node, (ast.Name, ast.Attribute)):
        return None
    value = evaluate(interpreter, node, scope)
    return (value, shift) if isinstance(value, LoopNumber) else None


def _every(
    interpreter: Interpreter, node: ast.BinOp, remainder: object, scope: Scope, evaluate: Evaluate
) -> Truth:
    number = _loop_number(interpreter, node.left, scope, evaluate)
    count = evaluate(interpreter, node.right, scope)
    if number is None:
        return NOTHING
    # Example: `(i + 1) % 4 == 0` holds where i + 1 is 4, 8, ...: with a remainder of 0 and a
    # shift of 1, `offset` is -1, so rounds 3, 7, 11 of those that begin at 0. In `enumerate(loader,
    # 1)` i is 1 in round 0, which shifts by one more.
    variable, shift = number
    at = remainder if isinstance(remainder, int) else 0
    first = at - shift - variable.start
    if not isinstance(remainder, int):
        # Not known: some rounds, and none that a rule or a plan takes for the last of each n.
        first -= 2 * max(first + 2, 0)
    return Truth(
        when="every",
        loop=variable.loop,
        count=count,
        count_node=node.right,
        offset=first,
        by_hand=variable.by_hand,
    )


def _in_rounds(op: ast.cmpop, number: tuple[LoopNumber, int], right: Value) -> Truth:
    variable, shift = number
    at = right.value if isinstance(right, Number) else None
    # `if epoch + 1 > 5` is about round 5 on, and so is `if epoch >= 5`. A short run of four epochs
    # has no round 5, and does not need it: what matters is that the branch is taken in some rounds
    # and not in the first. Only the limits 0 and 1, which mean the first round, are told apart.
    limit = None if at is None else at - shift - variable.start
    when: When
    if isinstance(op, ast.Gt):
        when = "not_first" if limit == 0 else "late"
    elif isinstance(op, ast.GtE):
        when = "not_first" if limit == 1 else "late"
        if limit is not None and limit <= 0:
            return Truth(True)
    elif isinstance(op, ast.Lt):
        when = "first" if limit == 1 else "early"
    elif isinstance(op, ast.LtE):
        when = "first" if limit == 0 else "early"
    else:
        when = "first" if isinstance(op, ast.Eq) and limit == 0 else "last"
    return Truth(when=when, loop=variable.loop)
