"""The closed-form engine: formulas of a plan's real objects, checked against those objects."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from lrplan.build.custom import read_field
from lrplan.build.device import resolve_device
from lrplan.build.objects import build
from lrplan.simulate.closed.check import TOLERANCE, check
from lrplan.simulate.closed.columns import Calls, Cell, Columns
from lrplan.simulate.closed.declined import Declined
from lrplan.simulate.closed.pieces import Kept
from lrplan.simulate.closed.shown import Shown, answers, note
from lrplan.simulate.closed.track import track
from lrplan.simulate.outline import extra_fields, names, outline
from lrplan.simulate.record import STANDARD, held_as
from lrplan.simulate.warned import collected
from lrplan.spec.expression import ExpressionError
from lrplan.trace import Deviation, Warned

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from lrplan.build.objects import Built
    from lrplan.clock import Rate
    from lrplan.request import Request
    from lrplan.simulate.closed.check import Checked
    from lrplan.simulate.closed.track import Track
    from lrplan.spec.plan import SchedulePlan
    from lrplan.trace import FloatArray, IntArray, Trace

    Cells = Mapping[str, Mapping[str, Cell]]

_ROOM = 128 << 20
"""Bytes of columns and shapes that a trace holds at a time."""

_FAMILIES = frozenset({"torch", "swa", "lrplan"})


def closed(plan: SchedulePlan, request: Request) -> Trace:
    """Compute what every step of ``plan`` is given, and check it against the real schedulers.

    Columns are computed when they are asked for.

    Raises:
        Declined: it cannot be computed, or a check failed.
        SpecError: torch refuses to build an optimizer or a scheduler.
        UsageError: there is no such device.
    """
    device = resolve_device(request.device)
    check_askable(plan, request, device.type)
    with collected() as log:
        built = build(plan, device)
    before = {rate: plan.clock.calls_before(*rate) for rate in _rates(built)}
    if any(calls[0] for calls in before.values()):
        raise Declined("a scheduler is called before the first step")
    kept = Kept(_ROOM)
    try:
        with np.errstate(all="ignore"):  # what is not finite is declined below
            tracks = [track(each, int(before[each.plan.rate][-1])) for each in built.drivers]
            cells = _cells(plan, built, tracks)
            said = answers(tracks, names(plan)) if request.get_lr else {}
            found = _checked(built, tracks, kept, get_lr=request.get_lr)
    except (ArithmeticError, ExpressionError) as error:
        raise Declined(str(error)) from error
    except AttributeError as error:
        # Formulas read what a scheduler holds, and another release may name it otherwise.
        raise Declined(f"this release of torch keeps other values: {error}") from error
    calls = Calls(plan.clock.steps, before)
    columns = {field: Columns(of, calls, kept) for field, of in cells.items()}
    trace = outline(plan, columns, _last(cells), plan.clock.steps)
    return replace(
        trace,
        get_lr=Shown(said, columns["lr"], calls),
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
        raise Declined("a learning rate that is a tensor rounds at every step")
    if request.step_optimizer:
        raise Declined("the optimizer is to be stepped")
    if device != "cpu":
        raise Declined(f"values on {device} are read from it")
    if plan.runs_user_code:
        raise Declined("it runs code that is not in the spec")
    for each in (each for top in plan.schedulers for each in top.walk()):
        if each.row.reads_metric:
            raise Declined(f"{each.type} follows a metric")
        if each.row.family not in _FAMILIES:
            raise Declined(f"{each.type} has no formula here")


def _rates(built: Built) -> Iterable[Rate]:
    return dict.fromkeys(driver.plan.rate for driver in built.drivers)


def _cells(plan: SchedulePlan, built: Built, tracks: Sequence[Track]) -> Cells:
    """What becomes of every field of every group, as a recording has them."""
    groups = list(zip(names(plan), built.optimizer.param_groups, strict=True))
    cells: dict[str, dict[str, Cell]] = {}
    for field in (*STANDARD, *extra_fields(plan)):
        for index, (name, group) in enumerate(groups):
            key = held_as(field, group)
            if key is None:
                continue
            held = read_field(group, key)
            if isinstance(held, bool) or not isinstance(held, (int, float)):
                raise Declined(f"{field} is not held as a plain number")
            of = [each for each in tracks if each.calls and (key, index) in each.curves]
            cells.setdefault(field, {})[name] = _cell(float(held), of, (key, index))
    return cells


def _cell(first: float, tracks: Sequence[Track], key: tuple[str, int]) -> Cell:
    """One field of one group under all that drive it."""
    curves = tuple((each.curves[key], each.driver.plan.rate) for each in tracks)
    if len(curves) < 2 or all(curve.multiplies for curve, _ in curves):
        return Cell(first, curves)
    last, rate = curves[-1]
    if last.overwrites and all(other == rate for _, other in curves):
        return Cell(first, ((last, rate),))
    kinds = " and ".join(each.driver.plan.type for each in tracks)
    raise Declined(f"{kinds} together have no formula for {key[0]}")


def _checked(built: Built, tracks: Sequence[Track], kept: Kept, *, get_lr: bool) -> list[Checked]:
    largest = [_largest(each, kept) for each in tracks]
    built.step()
    return [check(each, peak, get_lr=get_lr) for each, peak in zip(tracks, largest, strict=True)]


def _largest(each: Track, kept: Kept) -> FloatArray:
    found = np.array([curve.largest(kept) for curve in each.curves.values()])
    if not np.isfinite(found).all():
        raise Declined(f"{each.driver.plan.type} leaves the floating-point numbers")
    return found


def _last(cells: Cells) -> Mapping[str, Mapping[str, float]]:
    return {
        field: {name: _at_the_end(cell) for name, cell in of.items()} for field, of in cells.items()
    }


def _at_the_end(cell: Cell) -> float:
    ends = [float(curve.at(np.array([curve.calls]))[0]) for curve, _ in cell.curves]
    if not ends or not cell.first:
        return ends[0] if ends else cell.first
    return cell.first * float(np.prod([end / cell.first for end in ends])) if ends[1:] else ends[0]


def _merged(
    building: Sequence[Warned],
    tracks: Sequence[Track],
    found: Sequence[Checked],
    before: Mapping[Rate, IntArray],
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
