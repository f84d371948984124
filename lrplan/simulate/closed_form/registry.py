"""The registry of formulas: from a live scheduler to the formulas of its fields, by its row.

Lengths, factors and base learning rates are read from the live object, and not from the spec: what
its constructor made of its arguments is what it steps with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from lrplan.catalog import SCHEDULERS, SchedulerRow
from lrplan.simulate.closed_form import torch_absolute, torch_multiplicative
from lrplan.simulate.closed_form.errors import NoClosedFormError
from lrplan.simulate.closed_form.field_formula import FieldFormula
from lrplan.simulate.closed_form.lrplan_schedulers import FORMULAS
from lrplan.simulate.closed_form.row_formula import base_value, formula_of_row
from lrplan.torch_objects.builder import load_class

StartedBy = Literal["built", "entered", "initial"]
"""The way in which a scheduler came to its tick 0: it was built, ``SequentialLR`` entered it at a
milestone, or ``GradualWarmupScheduler`` started it again."""

_BY_GROUP: Mapping[str, Callable[[Any, int, int], Mapping[str, FieldFormula]]] = {
    "triangle": torch_absolute.cyclic,
    "phase": torch_absolute.one_cycle,
    "half_cosine": torch_absolute.cosine,
    "warm_restarts": torch_absolute.warm_restarts,
}

_BY_BASE: Mapping[str, Callable[[Any, float, int], FieldFormula]] = torch_multiplicative.BY_CURVE


def formulas_of(
    scheduler: Any, index: int, last: int, started_by: StartedBy
) -> Mapping[str, FieldFormula]:
    """Return the formulas of ``scheduler`` for one of its groups, by field.

    Its row in the catalogue names its curve, which is enough for most schedulers. The tables above
    are for the others: those that also change momentum, that have a floor, or whose class treats
    special lengths, such as 0, in its own way.

    Args:
        scheduler: one that holds no others, or a gradual warm-up without what follows it.
        index: of the group among its own.
        last: the most calls that it gets.
        started_by: the way in which it came to its tick 0.

    Raises:
        NoClosedFormError: there is no formula.
    """
    kind = type(scheduler)
    row = _row_of(kind)
    if row is None:
        raise NoClosedFormError(f"{kind.__name__} has no formula here")
    curve = "" if row.formula is None else row.formula.curve
    if row.family == "lrplan":
        field = getattr(scheduler, "param_group_field", "lr")
        if curve in FORMULAS:
            return {field: FORMULAS[curve](scheduler, index, last)}
        return {field: formula_of_row(row, scheduler, index, last)}
    if curve in _BY_GROUP:
        return _BY_GROUP[curve](scheduler, index, last)
    if curve in _BY_BASE:
        return {"lr": _BY_BASE[curve](scheduler, base_value(scheduler, index), last)}
    if curve == "averaging":
        return {"lr": torch_absolute.swa(scheduler, index, built=started_by != "initial")}
    return {"lr": formula_of_row(row, scheduler, index, last)}


def _row_of(kind: type) -> SchedulerRow | None:
    """The row of that very class; one of the user's own may have the same name."""
    row = SCHEDULERS.get(kind.__name__)
    if row is not None:
        return row if load_class(row.path) is kind else None
    with_subclass = (each for each in SCHEDULERS.values() if each.per_group_class)
    return next((each for each in with_subclass if load_class(each.per_group_class) is kind), None)
