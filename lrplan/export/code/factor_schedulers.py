"""lrplan's own schedulers that multiply the initial value: ``LambdaLR`` and a formula."""

from __future__ import annotations

from inspect import signature

from lrplan import curves
from lrplan.catalog import Formula
from lrplan.export.code.field_schedulers import field_of, field_scheduler
from lrplan.export.code.formatting import INDENT, Brackets, Item, call, statement
from lrplan.export.code.formulas import FORMULAS
from lrplan.export.code.writer import Writer
from lrplan.plan import SchedulerPlan


def factor_formula(scheduler: SchedulerPlan) -> Formula | None:
    """The formula of a scheduler that torch alone does not have: a factor on the initial value."""
    formula = scheduler.row.formula
    if formula is None or formula.gives != "factor" or scheduler.row.path.startswith("torch."):
        return None
    return formula if formula.curve in FORMULAS else None


def _defaults(formula: Formula) -> set[str]:
    parameters = signature(getattr(curves, formula.curve)).parameters.values()
    return {each.name for each in parameters if each.default is not each.empty}


def factor(writer: Writer, scheduler: SchedulerPlan, row_formula: Formula) -> Brackets:
    """A scheduler whose value is the initial one times a formula of the tick."""
    names = row_formula.parameters
    defaults = _defaults(row_formula)
    # A default that the formula has, too, need not be written.
    arguments = [
        writer.argument(scheduler, argument, names[argument.name])
        for argument in scheduler.row.arguments
        if argument.name in names
        and (argument.name in scheduler.arguments or names[argument.name] not in defaults)
    ]
    formula = writer.parts.formula(row_formula.curve)
    field = field_of(scheduler)
    if field == "lr" and not writer.spread:
        function = call("partial", Item(formula), *arguments)
        return writer.lambda_lr(function)
    computed = call(formula, Item("tick"), *arguments)
    if field == "lr":
        lines = statement("return ", computed, INDENT)
        wish = "_".join((*writer.top.groups, "factor"))
        name = writer.parts.function(wish, "tick: int", lines)
        return writer.lambda_lr(writer.over_all_groups([name] * len(writer.top.groups)))
    lines = [*statement("factor = ", computed, INDENT), "    return initial * factor"]
    return field_scheduler(writer, field, [lines] * len(writer.top.groups))
