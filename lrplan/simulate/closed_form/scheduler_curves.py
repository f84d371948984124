"""The curves of one live outermost scheduler: the values of each field that it drives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lrplan.simulate.closed_form.active_intervals import ActiveInterval, active_intervals
from lrplan.simulate.closed_form.errors import NoClosedFormError
from lrplan.simulate.closed_form.field_formula import FieldFormula, Multiplicative, Ticks
from lrplan.simulate.closed_form.piecewise_curve import CurvePiece, PiecewiseCurve
from lrplan.simulate.closed_form.registry import formulas_of
from lrplan.simulate.closed_form.tick_functions import Product
from lrplan.torch_objects.builder import LiveScheduler
from lrplan.torch_objects.schedulers import read_field

ActingFormulas = list[tuple[ActiveInterval, list[Mapping[str, FieldFormula]]]]


@dataclass(frozen=True, slots=True)
class SchedulerCurves:
    """The curves of one live scheduler, for every field and group that it drives."""

    driver: LiveScheduler
    calls: int
    """Calls of its ``step()`` in the run."""
    by_field: Mapping[tuple[str, int], PiecewiseCurve]
    """By field and index of the group among the optimizer's."""
    breakpoints: tuple[Ticks, ...]
    """The calls after which a formula changes, bends or jumps."""
    underneath: tuple[PiecewiseCurve, ...] = ()
    """The learning rates of each group without the warm-up over them, of a ``WarmupOver``."""

    def underneath_at(self, call: int) -> list[float]:
        """The learning rates without the warm-up after ``call`` calls, for each group driven."""
        return [float(each.at(np.array([call]))[0]) for each in self.underneath]


def scheduler_curves(
    driver: LiveScheduler, calls: int, lrs: Sequence[float] | None = None
) -> SchedulerCurves:
    """Return the curves of ``driver``, newly built, over ``calls`` calls of its ``step()``.

    Args:
        driver: the scheduler on its groups.
        calls: of its ``step()`` in the run.
        lrs: the learning rates with which it left its groups; None: those that are there.

    Raises:
        NoClosedFormError: one of its schedulers has no formula.
    """
    intervals = active_intervals(driver.scheduler, calls)
    curves: dict[tuple[str, int], PiecewiseCurve] = {}
    starts = tuple(interval.begin for interval in intervals if interval.begin)
    breakpoints: dict[Ticks, None] = {starts: None}  # a set that keeps the order
    for position, index in enumerate(driver.groups):
        acting = [(interval, _formulas(interval, position)) for interval in intervals]
        breakpoints.update(dict.fromkeys(_breakpoints(acting)))
        group = driver.optimizer.param_groups[position]
        for field in dict.fromkeys(name for _, of in acting for each in of for name in each):
            first = float(read_field(group, field))
            if lrs is not None and field == "lr":
                first = lrs[position]
            curves[field, index] = _curve(acting, field, position, first, calls)
    return SchedulerCurves(driver, calls, curves, tuple(breakpoints))


def _formulas(interval: ActiveInterval, position: int) -> list[Mapping[str, FieldFormula]]:
    """The formulas of each scheduler of an interval for one group, by field."""
    ticks = interval.end - interval.begin
    return [formulas_of(each, position, ticks, interval.started_by) for each in interval.schedulers]


def _breakpoints(acting: ActingFormulas) -> Iterator[Ticks]:
    for interval, of_interval in acting:
        for formula in (formula for each in of_interval for formula in each.values()):
            for ticks in formula.breakpoints(interval.end - interval.begin):
                yield _shifted(ticks, interval.begin, interval.end)


def _shifted(ticks: Ticks, by: int, end: int) -> Ticks:
    # A range stays one: StepLR(10) in a run of a million calls has 100,000 breakpoints, of which
    # `verify` compares 256.
    if isinstance(ticks, range):
        return range(ticks.start + by, min(ticks.stop + by, end + 1), ticks.step)
    return tuple(tick + by for tick in ticks if tick + by <= end)


def _curve(
    acting: ActingFormulas, field: str, position: int, first: float, calls: int
) -> PiecewiseCurve:
    pieces: list[CurvePiece] = []
    for interval, of_interval in acting:
        formulas = [each[field] for each in of_interval if field in each]
        value = first
        if interval.begin:
            value = _start_value(interval, formulas, field, position, [first, *pieces])
        ticks = interval.end - interval.begin
        pieces += (each.shift(interval.begin) for each in _composed(formulas, value, ticks))
    kinds = [each[field].kind for _, of in acting for each in of if field in each]
    # `multiplies` and `overwrites` are False for a sequence, even if all members multiply: at the
    # milestone after StepLR, ExponentialLR starts from the base lr again, which no factor on the
    # current value can do.
    alone = len(acting) == 1
    return PiecewiseCurve(
        first,
        tuple(pieces),
        calls,
        multiplies=alone and set(kinds) == {"multiplies"},
        overwrites=alone and kinds[-1] == "sets",
    )


def _start_value(
    interval: ActiveInterval,
    formulas: Sequence[FieldFormula],
    field: str,
    position: int,
    before: Sequence[CurvePiece | float],
) -> float:
    """The value at tick 0 of an interval: the last value before it, changed by its schedulers."""
    # The last value before call `begin` is the one after call `begin - 1`; with begin = 1 that is
    # call 0, the value the group was built with, and no piece is evaluated.
    value = before[-1] if interval.begin > 1 else before[0]
    if isinstance(value, CurvePiece):
        value = float(value.at(np.array([interval.begin - 1]))[0])
    if field == "lr" and interval.preset_lrs is not None:
        value = interval.preset_lrs[position]
    for formula in formulas:
        is_entered = interval.started_by == "entered"
        value = formula.value_on_entry(value) if is_entered else formula.value_when_built(value)
    return value


def _composed(formulas: Sequence[FieldFormula], first: float, last: int) -> list[CurvePiece]:
    """Schedulers that tick together, each on the value that those before it left.

    Where the last one sets a value, it alone counts. Where all multiply, so do their shapes: from
    0.1, ``StepLR`` (x 0.5 so far) and ``ExponentialLR`` (x 0.9 so far) give ``0.1 * 0.5 * 0.9``.
    """
    if not formulas:
        return [CurvePiece(0, first)]
    if len(formulas) == 1 or formulas[-1].kind == "sets":
        return formulas[-1].pieces(first, last)
    shapes = tuple(each.shape for each in formulas if isinstance(each, Multiplicative))
    if len(shapes) < len(formulas):
        raise NoClosedFormError(
            "there is no formula for these schedulers when they set one learning rate together"
        )
    return [CurvePiece(0, 0.0, first, Product(shapes))]
