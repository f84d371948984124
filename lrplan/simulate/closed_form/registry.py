"""The registry of formulas: from a live scheduler to the formulas of its fields.

Lengths, factors and base learning rates are read from the live object, and not from the spec: what
its constructor made of its arguments is what it steps with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from torch.optim import lr_scheduler, swa_utils

from lrplan import curves
from lrplan.simulate.closed_form import torch_absolute, torch_multiplicative
from lrplan.simulate.closed_form.errors import NoClosedFormError
from lrplan.simulate.closed_form.field_formula import Absolute
from lrplan.simulate.closed_form.lrplan_schedulers import FORMULAS
from lrplan.simulate.closed_form.tick_functions import Formula
from lrplan.torch_objects.schedulers import GradualWarmupScheduler

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lrplan.simulate.closed_form.field_formula import FieldFormula

StartedBy = Literal["built", "entered", "initial"]
"""The way in which a scheduler came to its tick 0: it was built, ``SequentialLR`` entered it at a
milestone, or ``GradualWarmupScheduler`` started it again."""

_WITH_MOMENTUM: Mapping[str, Callable[[Any, int, int], Mapping[str, FieldFormula]]] = {
    "CyclicLR": torch_absolute.cyclic,
    "OneCycleLR": torch_absolute.one_cycle,
}

_BY_BASE: Mapping[str, Callable[[Any, float, int], FieldFormula]] = {
    **torch_multiplicative.BY_BASE,
    "CosineAnnealingLR": torch_absolute.cosine,
    "CosineAnnealingWarmRestarts": torch_absolute.warm_restarts,
}


def formulas_of(
    scheduler: Any, index: int, last: int, started_by: StartedBy
) -> Mapping[str, FieldFormula]:
    """Return the formulas of ``scheduler`` for one of its groups, by field.

    Args:
        scheduler: one that holds no others, or a gradual warm-up without what follows it.
        index: of the group among its own.
        last: the most calls that it gets.
        started_by: the way in which it came to its tick 0.

    Raises:
        NoClosedFormError: there is no formula.
    """
    kind, name = type(scheduler), type(scheduler).__name__
    if kind in FORMULAS:
        return {scheduler.param_group_field: FORMULAS[kind](scheduler, index, last)}
    if kind is GradualWarmupScheduler:
        return {"lr": _gradual(scheduler, index)}
    if kind is swa_utils.SWALR:
        return {"lr": torch_absolute.swa(scheduler, index, built=started_by != "initial")}
    if kind is not getattr(lr_scheduler, name, None):
        raise NoClosedFormError(f"{name} has no formula here")
    return _of_torch(name, scheduler, index, last)


def _of_torch(name: str, scheduler: Any, index: int, last: int) -> Mapping[str, FieldFormula]:
    if name in _WITH_MOMENTUM:
        return _WITH_MOMENTUM[name](scheduler, index, last)
    if name == "MultiplicativeLR":
        return {"lr": torch_multiplicative.multiplicative(scheduler, index, last)}
    if name == "LambdaLR":
        return {
            "lr": torch_absolute.expression_formula(
                scheduler.lr_lambdas[index], _base(scheduler, index)
            )
        }
    if name not in _BY_BASE:
        raise NoClosedFormError(f"{name} has no formula")
    return {"lr": _BY_BASE[name](scheduler, _base(scheduler, index), last)}


def _base(scheduler: Any, index: int) -> float:
    return float(scheduler.base_lrs[index])


def _gradual(scheduler: GradualWarmupScheduler, index: int) -> Absolute:
    multiplier, total = scheduler.multiplier, scheduler.total_epoch
    shape = Formula(curves.gradual_warmup, (multiplier, total))
    return Absolute(0.0, float(scheduler.base_lrs[index]), shape, breakpoint_ticks=([total],))
