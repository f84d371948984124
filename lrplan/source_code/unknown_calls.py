"""Calls of unknown code, and their possible effects on optimizers and schedulers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lrplan.schedule_code.model import Action, Loop
from lrplan.source_code.call import Call
from lrplan.source_code.interpreter import Interpreter
from lrplan.source_code.values import DictValue, Instance, Optimizer, Scheduler, Sequence, Value

_TRAINS = re.compile(r"^_?(train|fit|run_epoch|do_train)(?!.*(er|ing_args|state)$)", re.IGNORECASE)
_MAX_DEPTH = 4


def call_unknown(interpreter: Interpreter, call: Call) -> Value:
    """The value of a call of which nothing is known; what it is given escapes."""
    optimizers = [each for each in _held(call.values()) if isinstance(each, Optimizer)]
    schedulers = [each for each in _held(call.values()) if isinstance(each, Scheduler)]
    trains = bool(_TRAINS.match(call.name)) and len(optimizers) == 1 and bool(interpreter.loops)
    if trains and not schedulers:
        # `train(model, loader, optimizer)`: an epoch of training, whatever else it does.
        _train(interpreter, call, optimizers[0])
        return Value()
    # `engine.run(model, optimizer, scheduler)` of another file may call `scheduler.step()`, once an
    # epoch or not at all. From here on nothing is said about how often they are stepped: a finding
    # that the scheduler is never ticked would be a guess.
    for each in call.values():
        escape(each)
    if len(optimizers) == 1 and not schedulers and "optim" in call.name.lower():
        return optimizers[0]  # a wrapper around it
    return Value()


def _train(interpreter: Interpreter, call: Call, optimizer: Optimizer) -> None:
    place = interpreter.place(call.node)
    index = interpreter.optimizers.index(optimizer)
    step = Action(kind="optimizer_step", index=index, of="optimizer", place=place)
    interpreter.loops_met += 1
    interpreter.nodes.append(
        Loop(kind="batch", number=interpreter.loops_met, body=(step,), place=place, assumed=True)
    )


def escape(value: Value) -> None:
    """Note that code that is not read may step what ``value`` holds."""
    for each in _held([value]):
        if isinstance(each, (Optimizer, Scheduler)):
            each.escapes = True


def _held(values: Iterator[Value] | list[Value], depth: int = 0) -> Iterator[Value]:
    for value in values:
        if isinstance(value, (Optimizer, Scheduler)):
            yield value
        elif value.optimizer is not None:
            yield value.optimizer
        elif depth < _MAX_DEPTH:
            yield from _held(_inside(value), depth + 1)


def _inside(value: Value) -> list[Value]:
    if isinstance(value, Sequence):
        return value.items
    if isinstance(value, DictValue):
        return list(value.items.values())
    return list(value.attributes.values()) if isinstance(value, Instance) else []
