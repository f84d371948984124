"""Formulas of lrplan's schedulers that go from one value to another, or follow a list of values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lrplan import curves
from lrplan.simulate.closed_form.field_formula import Absolute
from lrplan.simulate.closed_form.tick_functions import CurveFormula
from lrplan.torch_objects.schedulers import (
    CosineAnnealingWarmUpRestarts,
    PiecewiseConstant,
    PiecewiseLinear,
)

Breakpoints = tuple["Sequence[int]", ...]


def _ramp(curve: Callable[..., Any]) -> Callable[[Any, int, int], Absolute]:
    def form(each: Any, index: int, last: int) -> Absolute:
        starts = each.base_values if each.start_values is None else each.start_values
        start, end = float(starts[index]), float(each.end_values[index])
        shape = CurveFormula(curve, (start, end, each.total_steps))
        return Absolute(0.0, 1.0, shape, _within(last, each.total_steps))

    return form


def _restarts(each: CosineAnnealingWarmUpRestarts, index: int, last: int) -> Absolute:
    lengths = (each.T_0, each.T_mult, each.T_up)
    shape = CurveFormula(_cycles, (each.base_values[index], each.eta_max, lengths, each.gamma))
    return Absolute(0.0, 1.0, shape, _within(last, each.T_up, each.T_0, each.T_0 + each.T_up))


def _cycles(
    ticks: Any, base: float, peak: float, lengths: tuple[int, int, int], gamma: float
) -> Any:
    first, mult, warmup = lengths
    return curves.cosine_warmup_restarts(
        ticks, base, peak, first, mult=mult, warmup=warmup, gamma=gamma
    )


def _levels(each: PiecewiseConstant, index: int, last: int) -> Absolute:
    scale = each.base_values[index] if each.is_factor else 1.0
    shape = CurveFormula(curves.piecewise_constant, (tuple(each.milestones), tuple(each.levels)))
    return Absolute(0.0, scale, shape, _within(last, *each.milestones))


def _points(each: PiecewiseLinear, index: int, last: int) -> Absolute:
    scale = each.base_values[index] if each.is_factor else 1.0
    shape = CurveFormula(curves.piecewise_linear, (tuple(each.points),))
    return Absolute(0.0, scale, shape, _within(last, *(int(tick) for tick, _ in each.points)))


def _within(last: int, *ticks: int) -> Breakpoints:
    return (sorted({tick for tick in ticks if 0 < tick <= last}),)


FORMULAS: Mapping[str, Callable[[Any, int, int], Absolute]] = {
    "linear": _ramp(curves.linear),
    "cosine": _ramp(curves.cosine),
    "cosine_warmup_restarts": _restarts,
    "piecewise_constant": _levels,
    "piecewise_linear": _points,
}
"""By the curve of a row: a function from a live scheduler, a group's index and the number of calls
to the formula of its field. These give a value, or a factor where the scheduler says so."""
