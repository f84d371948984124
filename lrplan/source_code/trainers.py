"""The Trainer of transformers in a script: its arguments, and schedules that are not theirs."""

from __future__ import annotations

import ast

from lrplan.source_code.call import Call
from lrplan.source_code.interpreter import Interpreter
from lrplan.source_code.makers import arguments_of
from lrplan.source_code.package_names import TRAINER_ARGUMENTS
from lrplan.source_code.plain_values import code_value
from lrplan.source_code.values import Class, Constant, Function, Sequence, Value

_TRAINER = "Trainer"
_MAKES_ITS_OWN = ("create_optimizer", "create_scheduler", "create_optimizer_and_scheduler")
_SETTER = "set_"
_DEEPEST = 8


def trainer_arguments(interpreter: Interpreter, call: Call, symbol: str) -> Value | None:
    """The value of ``TrainingArguments(...)``; None: the call is none, or is not understood."""
    if symbol not in TRAINER_ARGUMENTS or call.spreads_unknown or len(call.positional) > 1:
        return None
    value = Value()
    interpreter.trainer_arguments.append((value, arguments_of(interpreter, call, ())))
    return value


def note_written(
    interpreter: Interpreter, owner: Value, target: ast.Attribute, value: Value
) -> None:
    """Note ``args.learning_rate = ...``, which holds from there on."""
    for each, given in interpreter.trainer_arguments:
        if each is owner:
            given[target.attr] = code_value(interpreter, target, value)


def note_setter(interpreter: Interpreter, call: Call) -> None:
    """Note ``args.set_lr_scheduler(...)`` and its like, which are not followed."""
    is_setter = call.name.startswith(_SETTER)
    if is_setter and any(each is call.owner for each, _ in interpreter.trainer_arguments):
        interpreter.own_schedules.append(interpreter.place(call.node))


def note_trainer(interpreter: Interpreter, call: Call) -> None:
    """Note a Trainer that is given an optimizer, or whose class makes one in its own way."""
    callee = call.callee
    is_own = isinstance(callee, Class) and _is_trainer(callee) and _makes_its_own(callee)
    if is_own or (_is_trainer(callee) and _gives_optimizer(call.named.get("optimizers"))):
        interpreter.own_schedules.append(interpreter.place(call.node))


def _gives_optimizer(given: Value | None) -> bool:
    if given is None or (isinstance(given, Constant) and given.value is None):
        return False
    items = given.items if isinstance(given, Sequence) and given.complete else [given]
    return any(not isinstance(each, Constant) or each.value is not None for each in items)


def _is_trainer(callee: Value, depth: int = 0) -> bool:
    if isinstance(callee, Class):
        return depth < _DEEPEST and any(_is_trainer(base, depth + 1) for base in callee.bases)
    return callee.symbol.endswith(_TRAINER)


def _makes_its_own(of: Class, depth: int = 0) -> bool:
    if any(isinstance(of.members.get(name), Function) for name in _MAKES_ITS_OWN):
        return True
    bases = [base for base in of.bases if isinstance(base, Class)]
    return depth < _DEEPEST and any(_makes_its_own(base, depth + 1) for base in bases)
