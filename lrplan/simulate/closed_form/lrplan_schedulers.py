"""Formulas of lrplan's own schedulers, which all set a value that follows from the tick alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lrplan import curves
from lrplan.simulate.closed_form.field_formula import Absolute
from lrplan.simulate.closed_form.tick_functions import Formula
from lrplan.simulate.closed_form.torch_absolute import expression_formula
from lrplan.torch_objects.schedulers import (
    CosineAnnealingWarmUpRestarts,
    CosineParamScheduler,
    InverseSqrtScheduler,
    LambdaParamScheduler,
    LinearParamScheduler,
    MilestoneLrScheduler,
    StepWdScheduler,
    WarmupConstantSchedule,
    WarmupCosine,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Breakpoints = tuple["Sequence[int]", ...]


def _warmup_cosine(each: WarmupCosine, index: int, last: int) -> Absolute:
    shape = Formula(curves.warmup_cosine, (each.warmup_steps, each.total_steps))
    return _times_base(each, index, shape, _within(last, each.warmup_steps, each.total_steps))


def _warmup_constant(each: WarmupConstantSchedule, index: int, last: int) -> Absolute:
    shape = Formula(curves.linear_warmup, (each.warmup_steps,))
    return _times_base(each, index, shape, _within(last, each.warmup_steps))


def _inverse_sqrt(each: InverseSqrtScheduler, index: int, last: int) -> Absolute:
    shape = Formula(curves.inverse_sqrt, (each.warmup_steps,))
    return _times_base(each, index, shape, _within(last, each.warmup_steps))


def _milestones(each: MilestoneLrScheduler, index: int, last: int) -> Absolute:
    shape = Formula(curves.milestone_decay, (tuple(each.milestones), each.gamma))
    return _times_base(each, index, shape, _within(last, *each.milestones))


def _steps(each: StepWdScheduler, index: int, last: int) -> Absolute:
    shape = Formula(curves.step_decay, (each.every, each.gamma))
    return _times_base(each, index, shape, (range(each.every, last + 1, each.every),))


def _ramp(curve: Callable[..., Any]) -> Callable[[Any, int, int], Absolute]:
    def form(each: Any, index: int, last: int) -> Absolute:
        starts = each.base_values if each.start_values is None else each.start_values
        start, end = float(starts[index]), float(each.end_values[index])
        shape = Formula(curve, (start, end, each.total_steps))
        return Absolute(0.0, 1.0, shape, _within(last, each.total_steps))

    return form


def _lambda(each: LambdaParamScheduler, index: int, last: int) -> Absolute:
    del last
    return expression_formula(each.param_lambdas[index], float(each.base_values[index]))


def _restarts(each: CosineAnnealingWarmUpRestarts, index: int, last: int) -> Absolute:
    lengths = (each.T_0, each.T_mult, each.T_up)
    shape = Formula(_cycles, (each.base_values[index], each.eta_max, lengths, each.gamma))
    return Absolute(0.0, 1.0, shape, _within(last, each.T_up, each.T_0, each.T_0 + each.T_up))


def _cycles(
    ticks: Any, base: float, peak: float, lengths: tuple[int, int, int], gamma: float
) -> Any:
    first, mult, warmup = lengths
    return curves.cosine_warmup_restarts(
        ticks, base, peak, first, mult=mult, warmup=warmup, gamma=gamma
    )


def _times_base(each: Any, index: int, shape: Formula, breakpoint_ticks: Breakpoints) -> Absolute:
    return Absolute(0.0, float(each.base_values[index]), shape, breakpoint_ticks)


def _within(last: int, *ticks: int) -> Breakpoints:
    return (sorted({tick for tick in ticks if 0 < tick <= last}),)


FORMULAS: Mapping[type, Callable[[Any, int, int], Absolute]] = {
    WarmupCosine: _warmup_cosine,
    WarmupConstantSchedule: _warmup_constant,
    InverseSqrtScheduler: _inverse_sqrt,
    MilestoneLrScheduler: _milestones,
    StepWdScheduler: _steps,
    LinearParamScheduler: _ramp(curves.linear),
    CosineParamScheduler: _ramp(curves.cosine),
    LambdaParamScheduler: _lambda,
    CosineAnnealingWarmUpRestarts: _restarts,
}
"""By class: from a live scheduler, a group's index and the number of calls to its formula."""
