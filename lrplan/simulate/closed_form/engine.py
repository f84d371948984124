"""The closed-form engine: formulas of a plan's real objects, checked against those objects."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from lrplan.simulate.closed_form.errors import NoClosedFormError
from lrplan.simulate.closed_form.get_lr import LazyGetLr, get_lr_sources, note
from lrplan.simulate.closed_form.lazy_columns import CallCounts, Columns, FieldCurve
from lrplan.simulate.closed_form.piecewise_curve import ShapeCache
from lrplan.simulate.closed_form.scheduler_curves import scheduler_curves
from lrplan.simulate.closed_form.verify import TOLERANCE, verify
from lrplan.simulate.sampling.recorder import STANDARD, group_key_of
from lrplan.simulate.sampling.warning_log import collect_warnings
from lrplan.simulate.trace_header import extra_fields, group_names, trace_of_plan
from lrplan.specfile.expressions.expression import ExpressionError
from lrplan.torch_objects.builder import build
from lrplan.torch_objects.device import resolve_device
from lrplan.torch_objects.schedulers import read_field
from lrplan.trace import Deviation, Warned

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from lrplan.clock import Cadence
    from lrplan.plan import SchedulePlan
    from lrplan.request import Request
    from lrplan.simulate.closed_form.scheduler_curves import SchedulerCurves
    from lrplan.simulate.closed_form.verify import Verification
    from lrplan.torch_objects.builder import LiveSchedule
    from lrplan.trace import FloatArray, IntArray, Trace

    Cells = Mapping[str, Mapping[str, FieldCurve]]

_ROOM = 128 << 20
"""Bytes of columns and shapes that a trace holds at a time."""

_FAMILIES = frozenset({"torch", "swa", "lrplan"})


def simulate_by_formula(plan: SchedulePlan, request: Request) -> Trace:
    """Compute what every step of ``plan`` is given, and check it against the real schedulers.

    Columns are computed when they are asked for.

    Raises:
        Declined: it cannot be computed, or a check failed.
        SpecError: torch refuses to build an optimizer or a scheduler.
        UsageError: there is no such device.
    """
    device = resolve_device(request.device)
    check_askable(plan, request, device.type)
    with collect_warnings() as log:
        built = build(plan, device)
    before = {rate: plan.clock.calls_before(*rate) for rate in _rates(built)}
    if any(calls[0] for calls in before.values()):
        raise NoClosedFormError("a scheduler is called before the first step")
    kept = ShapeCache(_ROOM)
    try:
        with np.errstate(all="ignore"):  # what is not finite is declined below
            tracks = [
                scheduler_curves(each, int(before[each.plan.rate][-1])) for each in built.drivers
            ]
            cells = _cells(plan, built, tracks)
            said = get_lr_sources(tracks, group_names(plan)) if request.get_lr else {}
            found = _checked(built, tracks, kept, get_lr=request.get_lr)
    except (ArithmeticError, ExpressionError) as error:
        raise NoClosedFormError(str(error)) from error
    except AttributeError as error:
        # Formulas read what a scheduler holds, and another release may name it otherwise.
        raise NoClosedFormError(f"this release of torch keeps other values: {error}") from error
    calls = CallCounts(plan.clock.steps, before)
    columns = {field: Columns(of, calls, kept) for field, of in cells.items()}
    trace = trace_of_plan(plan, columns, _last(cells), plan.clock.steps)
    return replace(
        trace,
        get_lr=LazyGetLr(said, columns["lr"], calls),
        get_lr_note=note(tracks) if request.get_lr else "",
        warnings=_merged(log.warnings, tracks, found, before),
        device=str(device),
        engine="closed",
        deviation=Deviation(
            checks=sum(each.calls for each in found),
            largest=max((each.deviation for each in found), default=0.0),
            tolerance=TOLERANCE,
        ),
    )


def check_askable(plan: SchedulePlan, request: Request, device: str) -> None:
    """See whether formulas can answer what is asked.

    Raises:
        Declined: they cannot.
    """
    if plan.optimizer.has_tensors:
        raise NoClosedFormError("a learning rate that is a tensor rounds at every step")
    if request.step_optimizer:
        raise NoClosedFormError("the optimizer is to be stepped")
    if device != "cpu":
        raise NoClosedFormError(f"values on {device} are read from it")
    if plan.runs_user_code:
        raise NoClosedFormError("it runs code that is not in the spec")
    for each in (each for top in plan.schedulers for each in top.walk()):
        if each.row.reads_metric:
            raise NoClosedFormError(f"{each.type} follows a metric")
        if each.row.family not in _FAMILIES:
            raise NoClosedFormError(f"{each.type} has no formula here")


def _rates(built: LiveSchedule) -> Iterable[Cadence]:
    return dict.fromkeys(driver.plan.rate for driver in built.drivers)


def _cells(plan: SchedulePlan, built: LiveSchedule, tracks: Sequence[SchedulerCurves]) -> Cells:
    """What becomes of every field of every group, as a recording has them."""
    groups = list(zip(group_names(plan), built.optimizer.param_groups, strict=True))
    cells: dict[str, dict[str, FieldCurve]] = {}
    for field in (*STANDARD, *extra_fields(plan)):
        for index, (name, group) in enumerate(groups):
            key = group_key_of(field, group)
            if key is None:
                continue
            held = read_field(group, key)
            if isinstance(held, bool) or not isinstance(held, (int, float)):
                raise NoClosedFormError(f"{field} is not held as a plain number")
            of = [each for each in tracks if each.calls and (key, index) in each.curves]
            cells.setdefault(field, {})[name] = _cell(float(held), of, (key, index))
    return cells


def _cell(first: float, tracks: Sequence[SchedulerCurves], key: tuple[str, int]) -> FieldCurve:
    """One field of one group under all that drive it."""
    curves = tuple((each.curves[key], each.driver.plan.rate) for each in tracks)
    if len(curves) < 2 or all(curve.multiplies for curve, _ in curves):
        return FieldCurve(first, curves)
    last, rate = curves[-1]
    if last.overwrites and all(other == rate for _, other in curves):
        return FieldCurve(first, ((last, rate),))
    kinds = " and ".join(each.driver.plan.type for each in tracks)
    raise NoClosedFormError(f"{kinds} together have no formula for {key[0]}")


def _checked(
    built: LiveSchedule, tracks: Sequence[SchedulerCurves], kept: ShapeCache, *, get_lr: bool
) -> list[Verification]:
    largest = [_largest(each, kept) for each in tracks]
    built.step()
    return [verify(each, peak, get_lr=get_lr) for each, peak in zip(tracks, largest, strict=True)]


def _largest(each: SchedulerCurves, kept: ShapeCache) -> FloatArray:
    found = np.array([curve.largest(kept) for curve in each.curves.values()])
    if not np.isfinite(found).all():
        raise NoClosedFormError(f"{each.driver.plan.type} leaves the floating-point numbers")
    return found


def _last(cells: Cells) -> Mapping[str, Mapping[str, float]]:
    return {
        field: {name: _at_the_end(cell) for name, cell in of.items()} for field, of in cells.items()
    }


def _at_the_end(cell: FieldCurve) -> float:
    ends = [float(curve.at(np.array([curve.calls]))[0]) for curve, _ in cell.curves]
    if not ends or not cell.first:
        return ends[0] if ends else cell.first
    return cell.first * float(np.prod([end / cell.first for end in ends])) if ends[1:] else ends[0]


def _merged(
    building: Sequence[Warned],
    tracks: Sequence[SchedulerCurves],
    found: Sequence[Verification],
    before: Mapping[Cadence, IntArray],
) -> tuple[Warned, ...]:
    """All warnings as a run would have collected them."""
    given = [
        (int(np.searchsorted(before[each.driver.plan.rate], call)) - 1, order, warned)
        for order, (each, checked) in enumerate(zip(tracks, found, strict=True))
        for call, warned in checked.warned
    ]
    merged = {(each.category, each.message): each for each in building}
    for step, _, each in sorted(given, key=lambda entry: entry[:2]):
        key = each.category, each.message
        known = merged.get(key, replace(each, step=step, count=0))
        merged[key] = replace(known, count=known.count + each.count)
    return tuple(merged.values())
