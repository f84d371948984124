"""The steps where a curve changes its course.

A curve is first reduced to a polyline. Long flat stretches keep both ends; the stairs of a schedule
that ticks once per epoch collapse to one corner each, so that a staircase of many epochs is read as
the smooth curve it samples. A segment much steeper than those around it is a jump; a corner whose
change of slope is much larger than those around it is a kink; a change of sign is a turn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from lrplan.arrays import BoolArray, FloatArray, IndexArray
from lrplan.features.noise import NOISE, extent
from lrplan.features.polyline import Polyline, pieces, polyline, stands_out

ChangeKind = Literal["jump", "top", "bottom", "hold", "decay", "rise", "kink", "lost", "found"]

_SPARSE = 12
"""Up to this many changes of value in a row are listed one by one."""
_VISIBLE_JUMP = 0.01
_VISIBLE_BEND = 0.05
"""Effects smaller than this share of the values around them are not reported."""
_NEGLIGIBLE = 1e-6
"""Effects this small are rounding, as of curves logged in float32, and all go at once."""
_PASSES = 64
"""Limits the work on curves that consist of ripples only."""
_WINDOWS = 64
"""A slope is measured over this part of the stretch on which it may matter."""


@dataclass(frozen=True, slots=True)
class Change:
    """A step where a curve changes its course.

    ``kind``: ``jump`` (the first step at a new value), ``top`` and ``bottom`` (turning points),
    ``hold`` (starts to be flat), ``decay`` and ``rise`` (the last step of a flat stretch),
    ``kink`` (the slope breaks), ``lost`` and ``found`` (from here on not finite, or finite again).
    """

    step: int
    kind: ChangeKind
    weight: float
    """The effect on the curve as a share of the values nearby."""
    ratio: float | None = None
    """Of a jump: the new value divided by the old one; None if the old one is 0 compared with
    it."""


def breakpoints(values: FloatArray, limit: int) -> list[int]:
    """At most ``limit`` steps where the curve changes its course, the weightiest, in step order.

    Jumps (the first step at the new value), starts and ends of ramps and holds, turning points;
    not the steps of a smooth curve, nor the stairs of one that is sampled once per epoch.
    """
    ranked = sorted(changes(values, sparse=max(limit, _SPARSE)), key=lambda change: -change.weight)
    return sorted(change.step for change in ranked[: max(limit, 0)])


def changes(values: FloatArray, *, sparse: int = _SPARSE) -> list[Change]:
    """Every step where the curve changes its course, in step order.

    Args:
        values: applied values, shape ``(steps,)``.
        sparse: up to this many changes of value in a row are listed one by one, as jumps.
    """
    finite = np.isfinite(values)
    edges = _of_gaps(finite)
    top = extent(values).magnitude
    if top == 0:
        return edges
    filled = _fill(values, finite)
    starts = _starts(filled, top)
    if np.count_nonzero(starts[1:]) > sparse:
        listed = _of_polyline(polyline(filled, top, starts, sparse))
    else:
        listed = _jumps(filled, top, np.flatnonzero(starts[1:]) + 1)
    by_step = {change.step: change for change in [*listed, *edges]}
    return [by_step[step] for step in sorted(by_step)]


def _starts(values: FloatArray, top: float) -> BoolArray:
    """Mask of the steps with another value than the step before; step 0 is one of them."""
    starts = np.ones(values.size, dtype=bool)
    for first, end in pieces(values.size - 1):
        change = np.diff(values[first : end + 1] / top)
        starts[first + 1 : end + 1] = np.abs(change) > NOISE
    return starts


def _fill(values: FloatArray, finite: BoolArray) -> FloatArray:
    """``values`` with everything that is not finite replaced by the finite value before it."""
    if finite.all():
        return values
    # finite T F F T: the index of the last finite step is 0 0 0 3.
    last = np.maximum.accumulate(np.where(finite, np.arange(values.size), 0))
    filled = values[last]
    filled[: int(np.argmax(finite))] = values[int(np.argmax(finite))]
    return filled


def _of_gaps(finite: BoolArray) -> list[Change]:
    steps = np.flatnonzero(np.diff(finite)) + 1
    return [Change(int(s), "found" if finite[s] else "lost", weight=2.0) for s in steps]


def _jumps(values: FloatArray, top: float, steps: IndexArray) -> list[Change]:
    """A jump at each of ``steps``, weighed by its size relative to the larger of both values."""
    before, after = values[steps - 1] / top, values[steps] / top
    weight = np.abs(after - before) / np.maximum(np.abs(before), np.abs(after))
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        ratio = after / before
    return [
        Change(int(s), "jump", float(w), float(r) if np.isfinite(r) else None)
        for s, w, r in zip(steps, weight, ratio, strict=True)
    ]


def _of_polyline(line: Polyline) -> list[Change]:
    jump = stands_out(lambda first, end: np.abs(line.slopes(first, end)), line.segments)
    steep = np.flatnonzero(jump)
    before, after = line.value(steep), line.value(steep + 1)
    larger = np.maximum(np.abs(before), np.abs(after))
    jump[steep] = np.abs(after - before) > np.maximum(_VISIBLE_JUMP * larger, 1e3 * NOISE)
    return [
        *_jumps(line.values, line.top, line.step[1:][jump]),
        *(_corner(line, at, weight) for at, weight in _corners(line, jump)),
    ]


def _corners(line: Polyline, jump: BoolArray) -> list[tuple[int, float]]:
    """The corners (index into the polyline) where the curve changes its course, with their weights.

    The lightest candidates are dropped again and again: without a ripple, the breaks next to it are
    further apart and weigh more.
    """
    at, hold = _candidates(line, jump)
    steps = np.flatnonzero(jump)
    weight = np.zeros(0)
    for _ in range(_PASSES):
        weight = np.where(hold, 1.0, _weights(line, at, steps))
        beside = np.pad(weight, 1, constant_values=np.inf)
        # The lesser of two ripples side by side goes first: the other may be a real break.
        lesser = (weight <= beside[:-2]) & (weight < beside[2:])
        ripple = (weight < _NEGLIGIBLE) | ((weight < _VISIBLE_BEND) & lesser)
        if not ripple.any():
            break
        at, hold, weight = at[~ripple], hold[~ripple], weight[~ripple]
    return [(int(i), float(w)) for i, w in zip(at, weight, strict=True) if w >= _VISIBLE_BEND]


def _candidates(line: Polyline, jump: BoolArray) -> tuple[IndexArray, BoolArray]:
    """Corners that may count, and a mask of those at which a hold begins or ends.

    A corner may count if its bend is much larger than those of its neighbours, if the slope changes
    sign there, or if a hold begins or ends there.
    """
    free = ~(jump[:-1] | jump[1:])  # corners that are not an end of a jump

    def bends(first: int, end: int) -> FloatArray:
        bend = np.abs(np.diff(line.slopes(first, end + 1)))
        return np.where(free[first:end], bend, np.inf)

    hold = line.flat[:-1] != line.flat[1:]
    chosen = stands_out(bends, free.size)
    kink = np.flatnonzero(chosen)
    bend = np.abs(line.slope(kink + 1) - line.slope(kink))
    chosen[kink] = bend > _bend_of_stairs(line, kink)
    for first, end in pieces(free.size):
        slope = line.slopes(first, end + 1)
        chosen[first:end] |= slope[:-1] * slope[1:] < 0
    index = np.flatnonzero(free & (chosen | hold))
    return index + 1, hold[index]


def _bend_of_stairs(line: Polyline, segment: IndexArray) -> FloatArray:
    """The change of slope after each segment that comes from stairs of unequal length there.

    If an epoch has 2.5 steps, stairs are 2 and 3 steps long although nothing bends.
    """
    steeper = np.maximum(np.abs(line.slope(segment)), np.abs(line.slope(segment + 1)))
    left = line.step[segment + 1] - line.step[segment]
    right = line.step[segment + 2] - line.step[segment + 1]
    # Stairs of 2 and 3 steps are uneven by 1/2: slopes of -0.5 and -0.33 a step are one line.
    uneven = np.abs(right - left) / np.minimum(left, right)
    return np.asarray(np.where(uneven <= 1, 2 * uneven * steeper, 0.0))


def _weights(line: Polyline, at: IndexArray, jump: IndexArray) -> FloatArray:
    """The distance of the curve from its old course at the next break, relative to its values.

    A slope that changes from -0.1 to -0.3 a step, 50 steps before the next break, takes the curve
    0.2 * 50 = 10 away from where it would have been; with values up to 100 nearby that weighs 0.1.

    A turn weighs at least as much as the smaller of its two flanks.
    """
    bounds = np.unique(np.concatenate([[0, line.segments], at, jump, jump + 1]))
    index = np.searchsorted(bounds, at)
    left, right = bounds[index - 1], bounds[index + 1]
    reach = np.minimum(line.step[at] - line.step[left], line.step[right] - line.step[at])
    before, after = line.slope(at - 1), line.slope(at)
    bend = np.abs(after - before) * reach
    far = reach > _WINDOWS
    bend[far] = _bend_over(line, line.step[at[far]], reach[far])
    values = np.stack([line.value(each) for each in (left, at, right)])
    flanks = np.abs(values[1] - values[[0, 2]]).min(axis=0)
    nearby = np.abs(values).max(axis=0)
    turn = before * after < 0
    return np.asarray(np.where(turn, np.maximum(bend, flanks), bend) / np.maximum(nearby, 1e-6))


def _bend_over(line: Polyline, step: IndexArray, reach: IndexArray) -> FloatArray:
    """The same distance, with slopes measured over many steps: rounding would add up otherwise."""
    window = reach // _WINDOWS
    ahead, here, behind = (line.value_at(at) for at in (step + window, step, step - window))
    return np.asarray(np.abs(ahead - 2 * here + behind) / window * reach)


def _corner(line: Polyline, at: int, weight: float) -> Change:
    before, after = line.slope(np.array([at - 1, at])).tolist()
    kind: ChangeKind = "kink"
    if after == 0 or line.flat[at]:
        kind = "hold"
    elif before == 0 or line.flat[at - 1]:
        kind = "decay" if after < 0 else "rise"
    elif before * after < 0:
        kind = "top" if before > 0 else "bottom"
    return Change(int(line.step[at]), kind, min(weight, 1.0))
