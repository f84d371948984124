"""The curves of ``WarmupOver``: those of the scheduler underneath, changed during the warm-up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from lrplan import curves
from lrplan.arrays import FloatArray
from lrplan.simulate.closed_form.piecewise_curve import CurvePiece, PiecewiseCurve
from lrplan.simulate.closed_form.scheduler_curves import SchedulerCurves, scheduler_curves
from lrplan.simulate.closed_form.tick_functions import CurveFormula
from lrplan.torch_objects.builder import LiveScheduler
from lrplan.torch_objects.schedulers import WarmupOver


def curves_of(driver: LiveScheduler, calls: int) -> SchedulerCurves:
    """Return the curves of any outermost scheduler, newly built, over ``calls`` calls.

    Raises:
        NoClosedFormError: one of its schedulers has no formula.
    """
    over = driver.scheduler
    if type(over) is not WarmupOver:
        return scheduler_curves(driver, calls)
    # The groups hold the first value of the warm-up; the scheduler underneath left another.
    lrs = [float(lr) for lr in over.running]
    inner = scheduler_curves(replace(driver, scheduler=over.base_scheduler), calls, lrs)
    by_field, underneath = dict(inner.by_field), []
    for position, index in enumerate(driver.groups):
        curve = by_field.get(("lr", index)) or _constant(lrs[position], calls)
        underneath.append(curve)
        by_field["lr", index] = _warmed_up(over, position, curve)
    breakpoints = (*inner.breakpoints, (over.warmup_steps,))
    return SchedulerCurves(driver, calls, by_field, breakpoints, tuple(underneath))


@dataclass(frozen=True, slots=True)
class _Ramped:
    """The values of a piece times the factor of a warm-up; ticks are calls."""

    piece: CurvePiece
    ramp: CurveFormula

    @property
    def is_smooth(self) -> bool:
        """True if the piece is smooth."""
        return self.piece.shape is None or self.piece.shape.is_smooth

    def __call__(self, ticks: FloatArray) -> FloatArray:
        """Return the products at ``ticks``."""
        return self.piece.at(ticks) * self.ramp(ticks)


def _warmed_up(over: WarmupOver, position: int, curve: PiecewiseCurve) -> PiecewiseCurve:
    """The curve with its first ``warmup_steps`` calls replaced or multiplied."""
    end = over.warmup_steps
    if end == 0:
        return curve
    ramp = CurveFormula(curves.warmup_ramp, (end, over.start, over.shape))
    first = float(over.optimizer.param_groups[position]["lr"])
    if over.mode == "mask":
        pieces = [CurvePiece(0, 0.0, float(over.base_lrs[position]), ramp)]
    else:
        early = (piece for piece in curve.pieces if piece.begin < end)
        pieces = [CurvePiece(each.begin, 0.0, 1.0, _Ramped(each, ramp)) for each in early]
    return PiecewiseCurve(first, (*pieces, *_pieces_from(curve, end)), curve.calls)


def _pieces_from(curve: PiecewiseCurve, call: int) -> Iterator[CurvePiece]:
    """The pieces from ``call`` on; a piece that begins earlier is cut to begin at ``call``."""
    # Pieces that begin at 0, 10 and 50 are, from call 20 on, those at 20 (the second) and 50.
    ends = [piece.begin for piece in curve.pieces[1:]]
    for piece, end in zip(curve.pieces, [*ends, curve.calls + 1], strict=True):
        if end > call:
            yield replace(piece, begin=max(piece.begin, call))


def _constant(lr: float, calls: int) -> PiecewiseCurve:
    return PiecewiseCurve(lr, (CurvePiece(0, lr),), calls)
