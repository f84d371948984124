"""Calls that make an optimizer or a scheduler."""

from __future__ import annotations

import ast

from lrplan.catalog import OPTIMIZERS, SCHEDULERS
from lrplan.catalog.rows import SchedulerRow
from lrplan.events import EventKind
from lrplan.schedule_code.model import Action, CodeValue, Owner
from lrplan.source_code.call import Call
from lrplan.source_code.group_options import groups_of
from lrplan.source_code.interpreter import Interpreter, as_optimizer
from lrplan.source_code.package_names import BASES, positional_names, scheduler_row
from lrplan.source_code.plain_values import code_value
from lrplan.source_code.values import (
    Class,
    Constant,
    Name,
    Optimizer,
    Scheduler,
    Sequence,
    Value,
)
from lrplan.text_position import TextPosition


def make_optimizer(interpreter: Interpreter, call: Call, symbol: str) -> Optimizer:
    """The optimizer that a call makes."""
    module, _, name = symbol.rpartition(".")
    is_class = name[:1].isupper()
    optimizer = Optimizer(
        type=name if is_class else "",
        module=module,
        arguments=arguments_of(interpreter, call, _optimizer_names(name)),
        has_more_arguments=_has_more(call, _optimizer_names(name)),
        groups=groups_of(interpreter, call),
        place=interpreter.place(call.node),
    )
    interpreter.new_optimizer(optimizer)
    _note(interpreter, "optimizer_made", interpreter.optimizers.index(optimizer), optimizer.place)
    return optimizer


def _optimizer_names(name: str) -> tuple[str, ...]:
    """The names of the positional arguments of an optimizer's constructor."""
    row = OPTIMIZERS.get(name)
    return ("params", "lr") if row is None else ("params", *(each.name for each in row.arguments))


def _has_more(call: Call, names: tuple[str, ...]) -> bool:
    """Return True if a call has arguments whose names are not known."""
    if any(isinstance(each, ast.Starred) for each in call.node.args):
        return True
    spread = [each for each in call.node.keywords if each.arg is None]
    return len(call.positional) > len(names) or call.spreads_unknown or len(spread) > 1


def make_scheduler(
    interpreter: Interpreter, call: Call, symbol: str, row: tuple[SchedulerRow, str, str]
) -> Scheduler:
    """The scheduler that a call of a class of the catalogue makes."""
    return _scheduler(interpreter, call, row[1], row[2], positional_names(symbol, row[0]))


def make_scheduler_by_name(interpreter: Interpreter, call: Call, symbol: str) -> Scheduler:
    """The scheduler that ``get_scheduler(name, ...)`` makes; its type is empty for other names."""
    name = call.argument(0, "name")
    module = symbol.rpartition(".")[0]
    package = module.partition(".")[0]
    text = name.value if isinstance(name, Constant) else None
    is_known = isinstance(text, str) and not (isinstance(name, Constant) and name.is_default)
    known = is_known and text in _names_of(package)
    kind = str(text) if known else "get_scheduler"
    return _scheduler(interpreter, call, kind, module, positional_names(symbol, None))


def _names_of(package: str) -> set[str]:
    prefix = f"{package}:"
    return {name.removeprefix(prefix) for name in SCHEDULERS if name.startswith(prefix)}


def make_scheduler_of_class(interpreter: Interpreter, call: Call, of: Class) -> Scheduler | None:
    """The scheduler that a call of a class of the script makes; None for other classes."""
    if not derives_from_scheduler(of):
        return None
    name = "" if of.node is None else of.node.name
    return _scheduler(interpreter, call, name, "", ("optimizer",))


def derives_from_scheduler(of: Class, depth: int = 0) -> bool:
    """Return True if a class of the script is a scheduler of torch or derives from one."""
    for base in of.bases if depth < 8 else ():
        if isinstance(base, Class) and derives_from_scheduler(base, depth + 1):
            return True
        if isinstance(base, Name):
            symbol = base.symbol
            if symbol in BASES or scheduler_row(symbol) is not None:
                return True
    return False


def _scheduler(
    interpreter: Interpreter, call: Call, name: str, module: str, names: tuple[str, ...]
) -> Scheduler:
    at = names.index("optimizer") if "optimizer" in names else -1
    given = call.argument(at, "optimizer") if at >= 0 else call.named.get("optimizer")
    optimizer = as_optimizer(interpreter, given, call.node)
    inner = [each for value in call.values() for each in _schedulers_in(value)]
    if optimizer is None and inner:
        optimizer = inner[0].drives
    scheduler = Scheduler(
        type=name,
        module=module,
        arguments=arguments_of(interpreter, call, names),
        keywords=_keywords(interpreter, call),
        removals=_removals(interpreter, call),
        has_more_arguments=_has_more(call, names),
        inside=inner,
        drives=optimizer,
        place=interpreter.place(call.node),
        late_bound=_late_bound(call),
    )
    for each in inner:
        each.parent = scheduler
    interpreter.new_scheduler(scheduler)
    _note(interpreter, "scheduler_made", interpreter.schedulers.index(scheduler), scheduler.place)
    return scheduler


def _schedulers_in(value: Value) -> list[Scheduler]:
    if isinstance(value, Scheduler):
        return [value]
    items = value.items if isinstance(value, Sequence) else []
    return [each for each in items if isinstance(each, Scheduler)]


def _note(interpreter: Interpreter, kind: EventKind, index: int, place: TextPosition) -> None:
    of: Owner = "optimizer" if kind == "optimizer_made" else "scheduler"
    interpreter.add(Action(kind=kind, index=index, of=of, place=place))


def arguments_of(
    interpreter: Interpreter, call: Call, names: tuple[str, ...]
) -> dict[str, CodeValue]:
    """Every argument by its name, but the optimizer."""
    result: dict[str, CodeValue] = {}
    expressions = call.node.args
    starred = any(isinstance(each, ast.Starred) for each in expressions)
    positional = () if starred else zip(names, expressions, call.positional, strict=False)
    for name, expression, value in positional:
        result[name] = code_value(interpreter, expression, value)
    for keyword in call.node.keywords:
        if keyword.arg is not None and keyword.arg in call.named:
            result[keyword.arg] = code_value(interpreter, keyword.value, call.named[keyword.arg])
    for name, value in call.named.items():
        # Those of `**options`.
        result.setdefault(name, code_value(interpreter, call.node, value))
    return {name: value for name, value in result.items() if name not in {"optimizer", "params"}}


def _late_bound(call: Call) -> str:
    """The loop variable that functions among the arguments read too late; empty: there is none."""
    arguments = (*call.node.args, *(keyword.value for keyword in call.node.keywords))
    for each in arguments:
        if isinstance(each, ast.ListComp) and isinstance(each.elt, ast.Lambda):
            targets = {
                name.id
                for generator in each.generators
                for name in ast.walk(generator.target)
                if isinstance(name, ast.Name)
            }
            own = {
                parameter.arg
                for parameter in ast.walk(each.elt.args)
                if isinstance(parameter, ast.arg)
            }
            read = [name.id for name in ast.walk(each.elt.body) if isinstance(name, ast.Name)]
            late = [name for name in read if name in targets - own]
            if late:
                return late[0]
    return ""


def _keywords(interpreter: Interpreter, call: Call) -> dict[str, TextPosition]:
    return {
        each.arg: interpreter.place(each) for each in call.node.keywords if each.arg is not None
    }


def _removals(interpreter: Interpreter, call: Call) -> dict[str, TextPosition]:
    """The text from the end of the argument before to that of each keyword argument."""
    places = sorted(interpreter.place(each) for each in (*call.node.args, *call.node.keywords))
    result: dict[str, TextPosition] = {}
    for name, place in _keywords(interpreter, call).items():
        at = places.index(place)
        if at:
            before = places[at - 1]
            gap = TextPosition(before.end_line, before.end_column, place.line, place.column)
            if "#" not in interpreter.text_at(gap):
                start = (before.end_line, before.end_column)
                result[name] = TextPosition(*start, place.end_line, place.end_column)
    return result
