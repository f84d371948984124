"""A scheduler of a plan as the call that builds it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from lrplan.catalog import SchedulerRow
from lrplan.errors import UsageError
from lrplan.export.code.classes import WARMUP_OVER
from lrplan.export.code.factor_schedulers import factor, factor_formula
from lrplan.export.code.field_schedulers import (
    piecewise,
    ramp,
    restarts,
    write_lambda_param_scheduler,
)
from lrplan.export.code.formatting import Brackets, Item, call
from lrplan.export.code.gradual_warmup import gradual
from lrplan.export.code.warmup_over import warmup_over
from lrplan.export.code.writer import Writer
from lrplan.plan import SchedulerPlan


def write_scheduler(writer: Writer, scheduler: SchedulerPlan) -> Brackets:
    """The call that builds ``scheduler``, such as ``StepLR(optimizer, step_size=30)``.

    Raises:
        UsageError: it cannot be built from torch alone.
    """
    row = scheduler.row
    if row.path == row.per_group_class:
        name = writer.parts.include(row.path.rpartition(":")[2])
        return call(name, Item(writer.target), *writer.arguments(scheduler))
    formula = factor_formula(scheduler)
    if formula is not None:
        return factor(writer, scheduler, formula)
    if not row.path.startswith("torch."):
        handler = _handler(row)
        if handler is None:
            raise UsageError(
                f"{scheduler.type} comes with {row.family}; code for it needs more than torch"
            )
        return handler(writer, scheduler)
    if writer.spread:
        return _lambda(writer, scheduler)
    first = () if row.container == "chained" else (Item(writer.target),)
    return call(scheduler.type, *first, *writer.arguments(scheduler))


def _lambda(writer: Writer, scheduler: SchedulerPlan) -> Brackets:
    """A LambdaLR that holds the groups it does not drive at their lr."""
    functions = writer.by_group(scheduler.arguments["lr_lambda"], "factor")
    return writer.lambda_lr(writer.over_all_groups(functions))


def _handler(row: SchedulerRow) -> Callable[[Writer, SchedulerPlan], Brackets] | None:
    """The function that writes a scheduler which is more than a factor on the initial value."""
    if row.name_of("function"):
        return write_lambda_param_scheduler
    if row.name == WARMUP_OVER:
        return warmup_over
    return None if row.formula is None else _BY_CURVE.get(row.formula.curve)


_BY_CURVE: Mapping[str, Callable[[Writer, SchedulerPlan], Brackets]] = MappingProxyType(
    {
        "cosine": ramp,
        "cosine_warmup_restarts": restarts,
        "gradual_warmup": gradual,
        "linear": ramp,
        "piecewise_constant": piecewise,
        "piecewise_linear": piecewise,
    }
)
