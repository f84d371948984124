"""Hypotheses: the run had another warm-up, length, floor or type of schedule than planned.

If the planned curve has a known shape, one number of it is changed at a time. In any case, shapes
are also fitted to the log alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from lrplan.arrays import FloatArray, IntArray
from lrplan.auditing.description_length import bits_of_change
from lrplan.auditing.hypothesis_fit import HypothesisFit
from lrplan.auditing.logged_points import LoggedPoints, PlannedCurves, values_at
from lrplan.auditing.shapes.candidates import bits_of, roundest_fit
from lrplan.auditing.shapes.identify import identify
from lrplan.auditing.shapes.samples import Samples
from lrplan.auditing.shapes.shape import Shape, curve_of
from lrplan.auditing.shapes.shape_changes import ShapeChange, changes_of, name_of_changes
from lrplan.auditing.shapes.single_changes import single_changes
from lrplan.auditing.shapes.solve_levels import FixedAtZero

_MOST_ROWS = 4_000
"""Rows of a plan by which its shape is found."""
_LEAST_MOVING = 3
"""With fewer different unplanned rates than this, a changed number has little evidence."""
_CHANGED_BITS, _OTHER_BITS = 2.0, 15.0
"""Extra bits: a change of one number is unlikely, and a change of the schedule very unlikely."""


def changed_shapes(points: LoggedPoints, plan: PlannedCurves) -> Iterator[HypothesisFit]:
    """Yield the fits of shapes that are not the plan's."""
    columns = [_column(points, group) for group in range(points.values.shape[1])]
    if any(not len(samples.values) for samples in columns):
        return
    # Example: a line to a tenth at update 954, where the plan ends, is also one to 0 at update
    # 1,060. One that ends at update 477 has another length only, or another length and floor.
    readings = _planned_shapes(shapes_of_plan(plan), plan)
    changed = [shapes for before in readings for shapes in _changed(before, columns)]
    seen: list[FloatArray] = []
    for shapes in (*changed, *common_shapes(columns)):
        fits = [_fit(points, plan, before, shapes) for before in readings]
        fit = None if None in fits else min(filter(None, fits), key=lambda each: each.bits)
        if fit is not None and not any(np.array_equal(fit.expected, each) for each in seen):
            seen.append(fit.expected)
            yield fit
            yield from _equivalent_tick_rate(fit, readings[0], shapes)


def _equivalent_tick_rate(
    fit: HypothesisFit, before: Sequence[Shape] | None, after: Sequence[Shape]
) -> Iterator[HypothesisFit]:
    """Yield faster ticking, if an inverse square root then has the same rates as with this warm-up.

    The planned curve often ends too early to try it. A root has no scale of its own: stepped 8
    times an update, a warm-up of 16 has the same rate at each update as a warm-up of 2.
    """
    if before is None or fit.name != "warmup-length" or after[0].kind != "inverse-sqrt":
        return
    ratio = before[0].lengths.warmup / max(after[0].lengths.warmup, 1e-9)
    if ratio > 1 and ratio == round(ratio):
        yield replace(fit, name="stepped-k-times", count=int(ratio), message="")


def _planned_shapes(
    shapes: Sequence[Shape] | None, plan: PlannedCurves
) -> Sequence[Sequence[Shape] | None]:
    """The shapes of a plan, and for a line that the plan's end cuts off, the line to that end."""
    if shapes is None or shapes[0].kind != "linear" or shapes[0].lengths.end <= plan.steps:
        return [shapes]
    last = np.array([plan.steps])
    cut = [
        replace(
            shape,
            floor=float(curve_of(shape, last)[0]),
            lengths=replace(shape.lengths, end=plan.steps),
        )
        for shape in shapes
    ]
    return [shapes, cut]


@lru_cache(maxsize=4)
def shapes_of_plan(plan: PlannedCurves) -> Sequence[Shape] | None:
    """The shape of each group of the plan, of the same lengths; None if there is none."""
    steps = len(plan.values) - int(np.isnan(plan.values[-1]).any())
    updates = np.unique(np.linspace(0, steps - 1, min(steps, _MOST_ROWS)).astype(np.int64))
    columns = [
        Samples.of(updates, values := plan.values[updates, group], 0 * values)
        for group in range(plan.values.shape[1])
    ]
    return next(common_shapes(columns), None)


def _column(points: LoggedPoints, group: int) -> Samples:
    return Samples.of(points.updates, points.values[:, group], points.tolerance[:, group])


def common_shapes(columns: Sequence[Samples]) -> Iterator[Sequence[Shape]]:
    """Yield the shapes that all columns may be of, with lengths in common."""
    for shape in identify(columns[0]):
        shapes = [shape, *(_with_lengths_of(shape, samples) for samples in columns[1:])]
        if all(each is not None for each in shapes):
            yield [each for each in shapes if each is not None]


def _with_lengths_of(shape: Shape, samples: Samples) -> Shape | None:
    """A shape of the same lengths with the rates of another column."""
    if shape.kind in {"steps", "constant"}:
        curve = curve_of(shape, samples.updates)
        # Rates that are all rounded to 0 have no ratio to others.
        ratios = samples.values[curve != 0] / curve[curve != 0]
        factor = float(np.median(ratios)) if ratios.size else 1.0
        moved = replace(shape, peak=shape.peak * factor, start=shape.start * factor)
        return moved if samples.agree(curve_of(moved, samples.updates)) else None
    for pins in (
        FixedAtZero(),
        FixedAtZero(start=False),
        FixedAtZero(floor=False),
        FixedAtZero(False, False),
    ):
        found = roundest_fit(samples, shape.kind, [shape.lengths], pins)
        if found is not None:
            return replace(found, ranges=shape.ranges)
    return None


def _changed(
    shapes: Sequence[Shape] | None, columns: Sequence[Samples]
) -> Iterator[Sequence[Shape]]:
    """Yield the planned shapes with one number changed, the same one in each group."""
    if shapes is None:
        return
    for first in single_changes(shapes[0], columns[0]):
        changed = [first]
        for shape in shapes[1:]:
            ratio = shape.peak / shapes[0].peak if shapes[0].peak else 1.0
            floor = shape.floor if first.floor == shapes[0].floor else first.floor * ratio
            start = shape.start if first.start == shapes[0].start else first.start * ratio
            changed.append(
                replace(
                    shape,
                    lengths=first.lengths,
                    milestones=first.milestones,
                    every=first.every,
                    floor=floor,
                    start=start,
                )
            )
        curves = [curve_of(shape, s.updates) for shape, s in zip(changed, columns, strict=True)]
        if all(s.agree(curve) for s, curve in zip(columns, curves, strict=True)):
            yield changed


def _fit(
    points: LoggedPoints,
    plan: PlannedCurves,
    before: Sequence[Shape] | None,
    after: Sequence[Shape],
) -> HypothesisFit | None:
    """The hypothesis of changed shapes; None if nothing changed, or another one covers it."""
    changes = [] if before is None else changes_of(before[0], after[0])
    same_kind = before is not None and before[0].kind == after[0].kind
    if same_kind and {each.number for each in changes} <= {"peak"}:
        return None
    if after[0].kind == "constant" and not after[0].lengths.warmup:
        return None  # another hypothesis covers it
    bits = sum(_bits(each, after[0]) for each in changes) if changes else bits_of(after[0])
    bits = min(bits, bits_of(after[0]) + 4)
    expected = np.stack([curve_of(shape, points.updates) for shape in after], axis=1)
    thin = bool(changes) and after[0].kind != "steps" and _is_thin(points, plan, expected)
    name, message = name_of_changes(before, after, changes)
    first = _first(points.updates, expected, plan)
    is_length = name in {"warmup-length", "other-length"}
    thin |= is_length and _is_within_spacing(points, first, changes)
    is_single = name != "other-schedule" or len(changes) == 1
    bits += _CHANGED_BITS if is_single else _OTHER_BITS
    return HypothesisFit(name, expected, bits, first, message=message, has_little_evidence=thin)


def _is_within_spacing(points: LoggedPoints, first: int, changes: Sequence[ShapeChange]) -> bool:
    """Return True if no length changes by more than the gap before the row that first shows it.

    An update that was lost or gained in this gap may give the same row.
    """
    row = int(np.searchsorted(points.updates, first))
    spacing = first - int(points.updates[row - 1]) if row else first + 1
    return spacing > 1 and all(
        abs(each.logged_value - each.planned_value) <= spacing for each in changes
    )


def _is_thin(points: LoggedPoints, plan: PlannedCurves, expected: FloatArray) -> bool:
    """Return True if too few unplanned rates show the new number: other ticking may give them."""
    other = np.abs(expected - values_at(plan.values, points.updates)) > points.tolerance
    values = points.values[other.any(axis=1), 0]
    return len(np.unique(values)) < _LEAST_MOVING


def _bits(change: ShapeChange, after: Shape) -> float:
    """The bits of a change; drops at updates of their own take one number each."""
    if change.number != "drops" or after.every:
        return bits_of_change(change.planned_value, change.logged_value)
    return sum(bits_of_change(0, update) for update in after.milestones)


def _first(updates: IntArray, expected: FloatArray, plan: PlannedCurves) -> int:
    """The first logged update at which the shape is not the planned one."""
    inside = updates < len(plan.values)
    apart = np.abs(expected[inside] - plan.values[updates[inside]])
    rows = np.flatnonzero((apart > 1e-9 * np.abs(expected).max()).any(axis=1))
    return int(updates[rows[0]]) if rows.size else int(updates[-1])
