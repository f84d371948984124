"""The steps where a curve changes its course.

A curve is first reduced to a polyline. Long flat stretches keep both ends; the stairs of a schedule
that ticks once per epoch collapse to one corner each, so that a staircase of many epochs is read as
the smooth curve it samples. A segment much steeper than those around it is a jump; a corner whose
change of slope stands out from those around it is a kink; a change of sign is a turn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from lrplan.arrays import BoolArray, FloatArray, IndexArray
from lrplan.features.noise import NOISE
from lrplan.features.polyline import Polyline, polyline, stands_out

ChangeKind = Literal["jump", "top", "bottom", "hold", "decay", "rise", "kink", "lost", "found"]

_SPARSE = 12
"""So many changes of value in a row are few enough to be listed one by one."""
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
    """Of a jump: the new value divided by the old one; None where the old one is 0 beside it."""


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
        sparse: up to so many changes of value in a row are listed one by one, as jumps.
    """
    finite = np.isfinite(values)
    edges = _of_gaps(finite)
    top = float(np.abs(values, where=finite, out=np.zeros(values.size)).max(initial=0.0))
    if top == 0:
        return edges
    curve = _fill(values, finite) / top
    steps = np.flatnonzero(np.abs(np.diff(curve)) > NOISE) + 1
    sampled = steps.size > sparse
    if sampled:
        listed = _of_polyline(curve, polyline(curve, steps, sparse))
    else:
        listed = _jumps(curve, steps)
    by_step = {change.step: change for change in [*listed, *edges]}
    return [by_step[step] for step in sorted(by_step)]


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


def _jumps(curve: FloatArray, steps: IndexArray) -> list[Change]:
    """A jump at each of ``steps``, weighed by its size relative to the larger of both values."""
    before, after = curve[steps - 1], curve[steps]
    weight = np.abs(after - before) / np.maximum(np.abs(before), np.abs(after))
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        ratio = after / before
    return [
        Change(int(s), "jump", float(w), float(r) if np.isfinite(r) else None)
        for s, w, r in zip(steps, weight, ratio, strict=True)
    ]


def _of_polyline(curve: FloatArray, line: Polyline) -> list[Change]:
    larger = np.maximum(np.abs(line.value[1:]), np.abs(line.value[:-1]))
    visible = np.abs(np.diff(line.value)) > np.maximum(_VISIBLE_JUMP * larger, 1e3 * NOISE)
    jump = visible & stands_out(np.abs(line.slope))
    return [
        *_jumps(curve, line.step[1:][jump]),
        *(_corner(line, at, weight) for at, weight in _corners(line, jump)),
    ]


def _corners(line: Polyline, jump: BoolArray) -> list[tuple[int, float]]:
    """The corners (index into the polyline) where the curve changes its course, with their weights.

    A corner counts where its bend stands out from its neighbours, where the slope changes sign, or
    where a hold begins or ends. Then the lightest are dropped again and again: without a ripple,
    the breaks beside it are further apart and weigh more.
    """
    before, after = line.slope[:-1], line.slope[1:]
    free = ~(jump[:-1] | jump[1:])  # corners that are no end of a jump
    bend = np.where(free, np.abs(after - before), np.inf)
    hold = free & (line.flat[:-1] != line.flat[1:])
    kink = stands_out(bend) & (bend > _bend_of_stairs(line))
    at = np.flatnonzero(free & (kink | (before * after < 0) | hold)) + 1
    steps = np.flatnonzero(jump)
    weight = np.zeros(0)
    for _ in range(_PASSES):
        weight = np.where(hold[at - 1], 1.0, _weights(line, at, steps))
        beside = np.pad(weight, 1, constant_values=np.inf)
        # The lesser of two ripples side by side goes first: the other may be a break of its own.
        lesser = (weight <= beside[:-2]) & (weight < beside[2:])
        ripple = (weight < _NEGLIGIBLE) | ((weight < _VISIBLE_BEND) & lesser)
        if not ripple.any():
            break
        at, weight = at[~ripple], weight[~ripple]
    return [(int(i), float(w)) for i, w in zip(at, weight, strict=True) if w >= _VISIBLE_BEND]


def _bend_of_stairs(line: Polyline) -> FloatArray:
    """The change of slope at each corner that comes from stairs of unequal length beside it.

    Where 2.5 steps make an epoch, stairs are 2 and 3 steps long although nothing bends.
    """
    before, after = np.abs(line.slope[:-1]), np.abs(line.slope[1:])
    width = np.diff(line.step)
    # Stairs of 2 and 3 steps are uneven by 1/2: slopes of -0.5 and -0.33 a step are one line.
    uneven = np.abs(np.diff(width)) / np.minimum(width[:-1], width[1:])
    return np.asarray(np.where(uneven <= 1, 2 * uneven * np.maximum(before, after), 0.0))


def _weights(line: Polyline, at: IndexArray, jump: IndexArray) -> FloatArray:
    """The distance of the curve from its old course at the next break, relative to its values.

    A slope that changes from -0.1 to -0.3 a step, 50 steps before the next break, takes the curve
    0.2 * 50 = 10 away from where it would have been; with values up to 100 nearby that weighs 0.1.

    A turn weighs at least as much as the smaller of its two flanks.
    """
    bounds = np.unique(np.concatenate([[0, line.step.size - 1], at, jump, jump + 1]))
    index = np.searchsorted(bounds, at)
    left, right = bounds[index - 1], bounds[index + 1]
    reach = np.minimum(line.step[at] - line.step[left], line.step[right] - line.step[at])
    bend = np.abs(line.slope[at] - line.slope[at - 1]) * reach
    far = reach > _WINDOWS
    bend[far] = _bend_over(line, line.step[at[far]], reach[far])
    flanks = np.abs(line.value[at] - np.stack([line.value[left], line.value[right]])).min(axis=0)
    turn = line.slope[at] * line.slope[at - 1] < 0
    nearby = np.abs(np.stack([line.value[left], line.value[at], line.value[right]])).max(axis=0)
    return np.asarray(np.where(turn, np.maximum(bend, flanks), bend) / np.maximum(nearby, 1e-6))


def _bend_over(line: Polyline, step: IndexArray, reach: IndexArray) -> FloatArray:
    """The same distance, with slopes measured over many steps: rounding would add up otherwise."""
    window = reach // _WINDOWS
    ahead, here, behind = (
        np.interp(at, line.step, line.value) for at in (step + window, step, step - window)
    )
    return np.asarray(np.abs(ahead - 2 * here + behind) / window * reach)


def _corner(line: Polyline, at: int, weight: float) -> Change:
    before, after = line.slope[at - 1], line.slope[at]
    kind: ChangeKind = "kink"
    if after == 0 or line.flat[at]:
        kind = "hold"
    elif before == 0 or line.flat[at - 1]:
        kind = "decay" if after < 0 else "rise"
    elif before * after < 0:
        kind = "top" if before > 0 else "bottom"
    return Change(int(line.step[at]), kind, min(weight, 1.0))
