"""Formulas of torch's schedulers that multiply the current learning rate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lrplan import curves
from lrplan.simulate.closed_form.errors import NoClosedFormError
from lrplan.simulate.closed_form.field_formula import Multiplicative
from lrplan.simulate.closed_form.tick_functions import CurveFormula, RunningProduct
from lrplan.specfile.expressions.expression import Expression

_ONE = CurveFormula(curves.exponential_decay, (1.0,))
"""The shape of a scheduler that changes nothing after tick 0."""

_FAILS = float("nan")
"""Stands for a start at which torch divides by zero; a curve with this value is refused."""


def step(scheduler: Any, base: float, last: int) -> Multiplicative:
    """``StepLR``."""
    size = abs(scheduler.step_size)
    if size == 0:
        raise NoClosedFormError("StepLR with step_size 0 divides by zero")
    shape = CurveFormula(curves.step_decay, (size, scheduler.gamma))
    return Multiplicative(shape, 1.0, base, breakpoint_ticks=(range(size, last + 1, size),))


def multi_step(scheduler: Any, base: float, last: int) -> Multiplicative:
    """``MultiStepLR``."""
    del last
    # torch keeps a Counter, tick to count, and cuts by gamma ** count: elements() gives [30, 30]
    # for a milestone named twice. One at tick 0 cuts while it is built: MultiStepLR([0, 2]) with
    # gamma 0.1 begins at a tenth of the lr.
    milestones = sorted(scheduler.milestones.elements())
    ahead = [tick for tick in milestones if tick > 0]
    gamma = scheduler.gamma
    passed = len(milestones) - len(ahead)
    return Multiplicative(
        CurveFormula(curves.milestone_decay, (tuple(ahead), gamma)),
        gamma ** scheduler.milestones[0] if 0 in scheduler.milestones else 1.0,
        base * gamma**passed,
        breakpoint_ticks=(sorted(set(ahead)),),
    )


def constant(scheduler: Any, base: float, last: int) -> Multiplicative:
    """``ConstantLR``, whose tick ``total_iters`` divides by what tick 0 multiplied by."""
    factor, total = scheduler.factor, scheduler.total_iters
    if total <= 0:
        return Multiplicative(_ONE, factor, base)
    if factor == 0:
        if last >= total:
            raise NoClosedFormError("ConstantLR with factor 0 divides by zero at its end")
        return Multiplicative(_ONE, 0.0, 0.0)
    # With factor 0.5 and total 3 the shape is 1, 1, 1, 2: from 0.1 the lr is 0.05 at ticks 0 to 2,
    # and tick 3 doubles what is there, whoever has changed it meanwhile.
    shape = CurveFormula(relative_to_start, (curves.constant_factor, factor, total))
    return Multiplicative(shape, factor, base * factor, breakpoint_ticks=([total],))


def linear(scheduler: Any, base: float, last: int) -> Multiplicative:
    """``LinearLR``."""
    del last
    start, end, total = scheduler.start_factor, scheduler.end_factor, scheduler.total_iters
    if total <= 0:
        return Multiplicative(_ONE, start, base * end if total else _FAILS)
    shape = CurveFormula(relative_to_start, (curves.linear, start, end, total))
    return Multiplicative(shape, start, base * start, breakpoint_ticks=([total],))


def exponential(scheduler: Any, base: float, last: int) -> Multiplicative:
    """``ExponentialLR``."""
    del last
    gamma = scheduler.gamma
    return Multiplicative(
        CurveFormula(curves.exponential_decay, (gamma,)), 1.0, base, get_lr_factor=gamma
    )


def polynomial(scheduler: Any, base: float, last: int) -> Multiplicative:
    """``PolynomialLR``."""
    total, power = scheduler.total_iters, scheduler.power
    if power < 0 and last >= total > 0:
        raise NoClosedFormError("PolynomialLR with a negative power divides by zero at its end")
    if total <= 0:
        return Multiplicative(_ONE, 1.0, base * 0.0**power if total and power >= 0 else _FAILS)
    shape = CurveFormula(curves.polynomial_decay, (total, power))
    # torch's recursion, (1 - t / T) / (1 - (t - 1) / T), at tick 0: with T = 4 and a power of 1,
    # get_lr() of a PolynomialLR just built on 0.1 returns 0.08.
    get_lr_factor = (1.0 / (1.0 + 1.0 / total)) ** power
    return Multiplicative(
        shape, 1.0, base, get_lr_factor=get_lr_factor, breakpoint_ticks=([total],)
    )


def multiplicative(scheduler: Any, index: int, last: int) -> Multiplicative:
    """``MultiplicativeLR``, the only one that ``SequentialLR`` enters without a reset."""
    function = scheduler.lr_lambdas[index]
    if not isinstance(function, Expression):
        raise NoClosedFormError(
            "MultiplicativeLR is given a function that is no expression of a spec"
        )
    # SequentialLR enters a member by torch's own closed form, and this class has none: get_lr() at
    # tick 0 multiplies what is there by f(0). After 0.05, a member `0.9` begins at 0.045.
    return Multiplicative(
        RunningProduct(function, last),
        1.0,
        None,
        entry_factor=function(0),
        get_lr_factor=function(0),
    )


def relative_to_start(ticks: Any, curve: Callable[..., Any], *arguments: Any) -> Any:
    """``curve`` as a multiple of its value at tick 0."""
    return curve(ticks, *arguments) / curve(0, *arguments)


BY_CURVE: Mapping[str, Callable[[Any, float, int], Multiplicative]] = {
    "step_decay": step,
    "milestone_decay": multi_step,
    "constant_factor": constant,
    "linear": linear,
    "exponential_decay": exponential,
    "polynomial_decay": polynomial,
}
"""By the curve of its row, where torch's arithmetic is special at some lengths: from a live
scheduler, a group's base learning rate and the number of calls."""
