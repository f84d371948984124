"""Formulas of torch's schedulers that write a value that follows from the tick alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from lrplan import curves
from lrplan.arrays import FloatArray
from lrplan.simulate.closed_form.errors import NoClosedFormError
from lrplan.simulate.closed_form.field_formula import Absolute, FieldFormula, Piecewise
from lrplan.simulate.closed_form.piecewise_curve import CurvePiece
from lrplan.simulate.closed_form.tick_functions import (
    CurveFormula,
    ExpressionShape,
    PackageFormula,
    Triangle,
)
from lrplan.simulate.closed_form.torch_recursive import CosineAnnealingFormula, SwaFormula
from lrplan.specfile.expressions import vectorize as vector
from lrplan.specfile.expressions.expression import Expression
from lrplan.torch_objects.formulas.transformers import curve_of

_NARROW = 1000
"""The most cycles whose height is halved: after more, it may be too small for a float."""


def expression_formula(function: object, base: float) -> Absolute:
    """``base`` times an expression, or a formula of another package: ``LambdaLR`` and the like."""
    curve = curve_of(function)
    if curve is not None:
        return _package_formula(*curve, base)
    if not isinstance(function, Expression):
        raise NoClosedFormError("it is given a function that is no expression of the spec")
    return Absolute(
        0.0, base, ExpressionShape(function), breakpoint_ticks=(vector.thresholds(function),)
    )


def _package_formula(
    function: Callable[..., FloatArray], arguments: Mapping[str, Any], base: float
) -> Absolute:
    """``base`` times a formula of ``lrplan.curves.packages``.

    Raises:
        NoClosedFormError: the package divides by a length of 0, when it comes there.
    """
    total, warmup = arguments.get("num_training_steps"), arguments.get("num_warmup_steps") or 0
    if arguments.get("timescale") == 0 or ("lr_end" in arguments and total == warmup):
        raise NoClosedFormError("it divides by a length of 0")
    shape = PackageFormula(function, tuple(sorted(arguments.items())))
    lengths = {value for value in arguments.values() if isinstance(value, int) and value > 0}
    # The phases of a schedule begin at a length, or at the sum or the difference of two.
    edges = {abs(one + sign * other) for one in lengths for other in lengths for sign in (-1, 0, 1)}
    return Absolute(0.0, base, shape, breakpoint_ticks=(sorted(edges - {0}),))


def cosine(scheduler: Any, index: int, last: int) -> Mapping[str, FieldFormula]:
    """``CosineAnnealingLR``."""
    if scheduler.T_max < 1 and last:
        raise NoClosedFormError(f"CosineAnnealingLR with T_max {scheduler.T_max} has no formula")
    base, floor = float(scheduler.base_lrs[index]), _floor(scheduler, index)
    return {"lr": CosineAnnealingFormula(base, floor, max(scheduler.T_max, 1))}


def warm_restarts(scheduler: Any, index: int, last: int) -> Mapping[str, FieldFormula]:
    """``CosineAnnealingWarmRestarts``."""
    first, mult = scheduler.T_0, scheduler.T_mult
    shape = CurveFormula(curves.warm_restarts, (first, mult))
    restarts = (
        range(first, last + 1, first) if mult == 1 else list(_growing_cycles(first, mult, last))
    )
    base, floor = float(scheduler.base_lrs[index]), _floor(scheduler, index)
    return {"lr": Absolute(floor, base - floor, shape, breakpoint_ticks=(restarts,))}


def _floor(scheduler: Any, index: int) -> float:
    # lrplan's subclasses keep a floor for each group.
    floors = getattr(scheduler, "eta_mins", None)
    return float(scheduler.eta_min if floors is None else floors[index])


def swa(scheduler: Any, index: int, *, built: bool) -> SwaFormula:
    """``SWALR``."""
    goal = float(scheduler.optimizer.param_groups[index]["swa_lr"])
    # SWALR uses the count of its calls, which no container resets.
    done = scheduler._step_count - 1 if built else 0  # noqa: SLF001
    return SwaFormula(goal, scheduler.anneal_epochs, scheduler._anneal_strategy, done)  # noqa: SLF001


def cyclic(scheduler: Any, index: int, last: int) -> Mapping[str, FieldFormula]:
    """``CyclicLR``: the learning rate, and momentum in the opposite direction."""
    length, rise = scheduler.total_size, scheduler.step_ratio
    if not (length > 0 and 0 < rise <= 1):
        raise NoClosedFormError("CyclicLR with such step sizes has no formula")
    shape = _triangle(scheduler, last)
    breakpoint_ticks = _turning_points(length, length * rise, last)
    low, high = float(scheduler.base_lrs[index]), float(scheduler.max_lrs[index])
    formulas: dict[str, FieldFormula] = {"lr": Absolute(low, high - low, shape, breakpoint_ticks)}
    if scheduler.cycle_momentum:
        low, high = scheduler.base_momentums[index], scheduler.max_momentums[index]
        formulas[_momentum(scheduler)] = Absolute(high, low - high, shape, breakpoint_ticks)
    return formulas


def one_cycle(scheduler: Any, index: int, last: int) -> Mapping[str, FieldFormula]:
    """``OneCycleLR``: the learning rate, and momentum in the opposite direction."""
    if last > scheduler.total_steps:
        raise NoClosedFormError("OneCycleLR raises when it is stepped past its end")
    group = scheduler.optimizer.param_groups[index]
    formulas: dict[str, FieldFormula] = {"lr": _phases(scheduler, group, "lr", last)}
    if scheduler.cycle_momentum:
        formulas[_momentum(scheduler)] = _phases(scheduler, group, "momentum", last)
    return formulas


def _phases(scheduler: Any, group: Mapping[str, Any], field: str, last: int) -> Piecewise:
    pieces: list[CurvePiece] = []
    # The ends of phases need not be whole ticks, and a phase is measured between the real ends.
    # With total_steps 10 and pct_start 0.25 they are 1.5 and 9: ticks 0 and 1 are of the first
    # phase, ticks 2 to 9 of the second one, which is counted from 1.5. A phase without a whole tick
    # is left out.
    begin, first = 0, 0.0
    phases: Sequence[Mapping[str, Any]] = scheduler._schedule_phases  # noqa: SLF001
    for number, phase in enumerate(phases):
        is_last = number == len(phases) - 1
        end = float(phase["end_step"])
        if is_last or begin <= end:
            pieces += _phase(scheduler, group, field, phase, (begin, first, last))
            begin = math.floor(end) + 1
        first = end
    return Piecewise(tuple(pieces))


def _phase(
    scheduler: Any,
    group: Mapping[str, Any],
    field: str,
    phase: Mapping[str, Any],
    ticks: tuple[int, float, int],
) -> Iterator[CurvePiece]:
    begin, first, last = ticks
    end = float(phase["end_step"])
    if begin > last:
        return
    if not end > first:
        raise NoClosedFormError("OneCycleLR has a phase without a length")
    start, goal = group[phase[f"start_{field}"]], group[phase[f"end_{field}"]]
    shape = CurveFormula(curves.phase, (first, end, _anneal_strategy(scheduler)))
    yield CurvePiece(begin, float(goal), float(start) - float(goal), shape)


def _anneal_strategy(scheduler: Any) -> str:
    """``cos`` or ``linear``: the way of OneCycleLR between the ends of a phase."""
    strategy = getattr(scheduler, "_anneal_func_type", None)
    # torch 2.2 keeps the function instead: _annealing_cos or _annealing_linear.
    return str(strategy or scheduler.anneal_func.__name__.removeprefix("_annealing_"))


def _triangle(scheduler: Any, last: int) -> Triangle:
    length, rise = scheduler.total_size, scheduler.step_ratio
    custom = scheduler._scale_fn_custom  # noqa: SLF001
    by_cycle = scheduler.scale_mode == "cycle"
    if custom is not None:
        if not isinstance(custom, Expression):
            raise NoClosedFormError(
                "CyclicLR is given a function that is no expression of the spec"
            )
        return Triangle(length, rise, ExpressionShape(custom), by_cycle)
    if scheduler.mode == "triangular2":
        if last / length > _NARROW:
            raise NoClosedFormError(f"CyclicLR halves its cycles more than {_NARROW} times")
        return Triangle(length, rise, CurveFormula(_halved, ()), by_cycle=True)
    gamma = float(scheduler.gamma) if scheduler.mode == "exp_range" else 1.0
    return Triangle(length, rise, CurveFormula(curves.exponential_decay, (gamma,)), by_cycle=False)


def _halved(cycles: Any) -> Any:
    """1 in the first cycle, half as much in each further one."""
    return curves.exponential_decay(cycles - 1, 0.5)


def _momentum(scheduler: Any) -> str:
    # A CyclicLR of torch 2.2 knows no betas, and no such attribute.
    return "betas[0]" if getattr(scheduler, "use_beta1", False) else "momentum"


def _turning_points(length: float, rise: float, last: int) -> tuple[Sequence[int], ...]:
    # Two ranges for verify: with 8 ticks a cycle that climb for 2, the feet 8, 16, ... and the
    # peaks 2, 10, ... Lengths may be fractions; the neighbours of each tick are looked at as well.
    cycle = max(round(length), 1)
    return range(cycle, last + 1, cycle), range(max(round(rise), 1), last + 1, cycle)


def _growing_cycles(first: int, mult: int, last: int) -> Iterator[int]:
    restart, length = first, first
    while restart <= last:
        yield restart
        length *= mult
        restart += length
