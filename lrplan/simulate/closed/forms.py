"""The formulas of a live scheduler, read from the scheduler itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from torch.optim import lr_scheduler, swa_utils

from lrplan import curves
from lrplan.build.custom import GradualWarmupScheduler
from lrplan.simulate.closed import multiplying, setting
from lrplan.simulate.closed.declined import Declined
from lrplan.simulate.closed.form import Sets
from lrplan.simulate.closed.own import OWN
from lrplan.simulate.closed.shapes import Formula

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lrplan.simulate.closed.form import Form

How = Literal["built", "entered", "initial"]
"""How a scheduler came to its tick 0: it was built, ``SequentialLR`` entered it at a milestone, or
``GradualWarmupScheduler`` started it again."""

_WITH_MOMENTUM: Mapping[str, Callable[[Any, int, int], Mapping[str, Form]]] = {
    "CyclicLR": setting.cyclic,
    "OneCycleLR": setting.one_cycle,
}

_BY_BASE: Mapping[str, Callable[[Any, float, int], Form]] = {
    **multiplying.BY_BASE,
    "CosineAnnealingLR": setting.cosine,
    "CosineAnnealingWarmRestarts": setting.warm_restarts,
}


def forms(scheduler: Any, index: int, last: int, how: How) -> Mapping[str, Form]:
    """What ``scheduler`` does to the group at ``index`` of its own, by field.

    Args:
        scheduler: one that holds no others, or a gradual warm-up without what follows it.
        index: which of its groups.
        last: the most calls that it gets.
        how: how it came to its tick 0.

    Raises:
        Declined: there is no formula.
    """
    kind, name = type(scheduler), type(scheduler).__name__
    if kind in OWN:
        return {scheduler.param_group_field: OWN[kind](scheduler, index, last)}
    if kind is GradualWarmupScheduler:
        return {"lr": _gradual(scheduler, index)}
    if kind is swa_utils.SWALR:
        return {"lr": setting.averaging(scheduler, index, built=how != "initial")}
    if kind is not getattr(lr_scheduler, name, None):
        raise Declined(f"{name} has no formula here")
    return _of_torch(name, scheduler, index, last)


def _of_torch(name: str, scheduler: Any, index: int, last: int) -> Mapping[str, Form]:
    if name in _WITH_MOMENTUM:
        return _WITH_MOMENTUM[name](scheduler, index, last)
    if name == "MultiplicativeLR":
        return {"lr": multiplying.multiplicative(scheduler, index, last)}
    if name == "LambdaLR":
        return {"lr": setting.evaluated(scheduler.lr_lambdas[index], _base(scheduler, index))}
    if name not in _BY_BASE:
        raise Declined(f"{name} has no formula")
    return {"lr": _BY_BASE[name](scheduler, _base(scheduler, index), last)}


def _base(scheduler: Any, index: int) -> float:
    return float(scheduler.base_lrs[index])


def _gradual(scheduler: GradualWarmupScheduler, index: int) -> Sets:
    multiplier, total = scheduler.multiplier, scheduler.total_epoch
    shape = Formula(curves.gradual_warmup, (multiplier, total))
    return Sets(0.0, float(scheduler.base_lrs[index]), shape, bends=([total],))
