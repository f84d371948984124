"""The formula of any scheduler whose row in the catalogue describes it completely.

The row names a curve, for example ``step_decay`` for StepWdScheduler, and the arguments of the
scheduler that are its parameters. Their values are read from the live scheduler, which keeps each
argument as an attribute of the same name. Whether that is so for a class is not assumed: every
formula is compared with the class itself before it is used (``verify``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from lrplan import curves
from lrplan.catalog import SchedulerRow
from lrplan.simulate.closed_form.errors import NoClosedFormError
from lrplan.simulate.closed_form.field_formula import Absolute, FieldFormula, Multiplicative
from lrplan.simulate.closed_form.tick_functions import CurveFormula
from lrplan.simulate.closed_form.torch_absolute import expression_formula
from lrplan.simulate.closed_form.torch_multiplicative import multiplicative, relative_to_start


def formula_of_row(row: SchedulerRow, scheduler: Any, index: int, last: int) -> FieldFormula:
    """The formula of ``scheduler`` for the group at ``index`` of its own.

    Args:
        row: its row.
        scheduler: the live scheduler.
        index: which of its groups.
        last: the most calls that it gets.

    Raises:
        NoClosedFormError: the row names no curve, or its first value is 0 and cannot be multiplied.
    """
    if row.name_of("function"):
        return _of_function(row, scheduler, index, last)
    if row.formula is None or row.update == "moves" or row.formula.gives != "factor":
        raise NoClosedFormError(f"{row.name} has no formula")
    curve = getattr(curves, row.formula.curve)
    values = tuple(_hashable(getattr(scheduler, name)) for name in row.formula.parameters)
    base, breakpoints = base_value(scheduler, index), tuple(_breakpoints(row, scheduler, last))
    if row.update != "multiplies":
        return Absolute(0.0, base, CurveFormula(curve, values), breakpoints)
    # A scheduler that multiplies goes on from what the group holds, so that its shape is the curve
    # over its first value. A curve that begins at 0.5 and ends at 1 is the shape 1 ... 2 on half
    # the base.
    first = float(curve(np.zeros(1), *values)[0])
    if first == 0:
        raise NoClosedFormError(f"{row.name} begins at 0, which no factor can change")
    shape = CurveFormula(relative_to_start, (curve, *values))
    # SequentialLR starts a member by the closed form of its class. A class without one multiplies
    # the current value.
    resets = hasattr(scheduler, "_get_closed_form_lr")
    return Multiplicative(
        shape, first, base * first if resets else None, first, breakpoint_ticks=breakpoints
    )


def base_value(scheduler: Any, index: int) -> float:
    """The value that a group's field began with: torch keeps it for lr, lrplan for any field."""
    values = getattr(scheduler, "base_values", None)
    return float((scheduler.base_lrs if values is None else values)[index])


def _of_function(row: SchedulerRow, scheduler: Any, index: int, last: int) -> FieldFormula:
    """The formula of a scheduler that is given an expression for its factor."""
    if row.update == "multiplies":
        return multiplicative(scheduler, index, last)
    # One function for each group, kept under the argument's name in the plural: ``lr_lambdas``.
    functions = getattr(scheduler, f"{row.name_of('function')}s")
    return expression_formula(functions[index], base_value(scheduler, index))


def _breakpoints(row: SchedulerRow, scheduler: Any, last: int) -> Iterator[Sequence[int]]:
    """The ticks up to ``last`` at which the curve bends or jumps, by the roles of the arguments."""
    edges: set[int] = set()
    for argument in row.arguments:
        if argument.role == "every":
            every = getattr(scheduler, argument.name)
            yield range(every, last + 1, every)
        elif argument.role in {"end", "ramp", "warm-up", "hold", "cycle"}:
            length = getattr(scheduler, argument.name)
            edges.update(() if length is None else (length,))
        elif argument.role == "cuts":
            edges.update(getattr(scheduler, argument.name))
    yield sorted(tick for tick in edges if 0 < tick <= last)


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
