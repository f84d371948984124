"""Code for schedulers that drive any field of a group, or compute its values by a function."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from lrplan.catalog import Argument
from lrplan.export.code.classes import ENTRY, FIELD
from lrplan.export.code.formatting import INDENT, Brackets, Item, Node, call, sequence, statement
from lrplan.export.code.literals import literal
from lrplan.export.code.writer import Writer
from lrplan.plan import SchedulerPlan

_ENTRY_OF_TUPLE = re.compile(r"(\w+)\[(\d+)\]")


def field_of(scheduler: SchedulerPlan) -> str:
    """The field that ``scheduler`` itself drives."""
    argument = scheduler.row.argument("param_group_field")
    if argument is None:
        return "lr"
    return str(scheduler.arguments.get(argument.name, argument.default))


def drives_lr(scheduler: SchedulerPlan) -> bool:
    """Return True if ``scheduler``, or any inside it, drives the learning rate."""
    return any(field_of(each) == "lr" for each in scheduler.walk())


def fields_of(scheduler: SchedulerPlan) -> set[str]:
    """Every field that ``scheduler``, or any inside it, drives."""
    return {field for each in scheduler.walk() for field in _own_fields(each)}


def _own_fields(scheduler: SchedulerPlan) -> Iterator[str]:
    field = field_of(scheduler)
    yield "momentum" if field == "betas[0]" else field
    cycles = scheduler.row.argument("cycle_momentum")
    if cycles is not None and scheduler.arguments.get(cycles.name, cycles.default):
        yield "momentum"


def field_scheduler(writer: Writer, field: str, bodies: Sequence[Sequence[str]]) -> Brackets:
    """A scheduler of ``field`` whose value for each group is computed by a body of its own.

    A body is the indented statements of a function of ``tick`` and ``initial``.
    """
    wish = "learning_rate" if field == "lr" else field
    shared = len(set(map(tuple, bodies))) == 1
    names = [
        writer.parts.function(
            wish if shared else f"{group}_{wish}", "tick: int, initial: float", body
        )
        for group, body in zip(writer.top.groups, bodies, strict=True)
    ]
    # `curves=[momentum, momentum]` of two groups is `[momentum] * len(optimizer.param_groups)`.
    curves: Node = sequence(names)
    if shared and len(names) > 1:
        curves = f"[{names[0]}] * len({writer.target}.param_groups)"
    entry = _ENTRY_OF_TUPLE.fullmatch(field)
    target: tuple[Item, ...] = (Item(literal(field)),)
    if entry is not None:
        target = (Item(literal(entry[1])), Item(entry[2], "index="))
    name = writer.parts.include(FIELD if entry is None else ENTRY)
    return call(name, Item(writer.target), *target, Item(curves, "curves="))


def write_lambda_param_scheduler(writer: Writer, scheduler: SchedulerPlan) -> Brackets:
    """``LambdaParamScheduler``: the initial value times an expression, per group."""
    functions = writer.by_group(scheduler.arguments["param_lambda"], "factor")
    bodies = [[f"    return initial * {name}(tick)"] for name in functions]
    return field_scheduler(writer, field_of(scheduler), bodies)


def ramp(writer: Writer, scheduler: SchedulerPlan) -> Brackets:
    """``LinearParamScheduler`` and ``CosineParamScheduler``: from a value to a value."""
    own = scheduler.row.formula
    formula = writer.parts.formula("linear" if own is None else own.curve)
    starts = _each(writer, scheduler, "start_value")
    ends = _each(writer, scheduler, "end_value")
    total = writer.argument(scheduler, argument_of(scheduler, "total_steps"), "total")
    bodies = []
    for start, end in zip(starts, ends, strict=True):
        first = "initial" if start is None else literal(start)
        arguments = (Item(first, "start="), Item(literal(end), "end="), total)
        bodies.append(statement("return ", call(formula, Item("tick"), *arguments), INDENT))
    return field_scheduler(writer, field_of(scheduler), bodies)


def piecewise(writer: Writer, scheduler: SchedulerPlan) -> Brackets:
    """``PiecewiseConstant`` and ``PiecewiseLinear``: values, or factors on the initial one."""
    is_factor = scheduler.arguments.get("factors") is not None
    if scheduler.row.argument("milestones") is None:
        formula, names = "piecewise_linear", {"points": "points"}
    else:
        formula, names = "piecewise_constant", {"milestones": "milestones", "values": "values"}
    if is_factor:
        *_, last = names
        names["factors"] = names.pop(last)
    arguments = [
        writer.argument(scheduler, argument_of(scheduler, own), name) for own, name in names.items()
    ]
    computed = call(writer.parts.formula(formula), Item("tick"), *arguments)
    body = statement("return initial * " if is_factor else "return ", computed, INDENT)
    return field_scheduler(writer, field_of(scheduler), [body] * len(writer.top.groups))


def restarts(writer: Writer, scheduler: SchedulerPlan) -> Brackets:
    """``CosineAnnealingWarmUpRestarts``: cycles between the initial value and a peak."""
    formula = writer.parts.formula("cosine_warmup_restarts")
    names = {"eta_max": "peak", "T_0": "first", "T_mult": "mult", "T_up": "warmup"}
    arguments = [
        writer.argument(scheduler, argument_of(scheduler, own), name)
        for own, name in (*names.items(), ("gamma", "gamma"))
        if own in scheduler.arguments or own == "eta_max"
    ]
    computed = call(formula, Item("tick"), Item("initial", "floor="), *arguments)
    body = statement("return ", computed, INDENT)
    return field_scheduler(writer, field_of(scheduler), [body] * len(writer.top.groups))


def _each(writer: Writer, scheduler: SchedulerPlan, name: str) -> Iterable[object]:
    value = scheduler.arguments.get(name)
    return value if isinstance(value, list) else [value] * len(writer.top.groups)


def argument_of(scheduler: SchedulerPlan, name: str) -> Argument:
    """The argument called ``name``, which its row has."""
    return next(each for each in scheduler.row.arguments if each.name == name)
