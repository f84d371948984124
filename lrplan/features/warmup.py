"""The rise at the start of a run: a warm-up, one that never ends, or the first of many cycles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from lrplan.arrays import BoolArray, FloatArray, IndexArray
from lrplan.features.noise import extent, first_at_top

RiseKind = Literal["warm-up", "unfinished", "cycle"]

_SIMILAR = 0.01
"""Cycles are similar up to this share of their height, or of the factor between them."""
_SIMILAR_LENGTH = 0.1
"""Rises of cycles take the same number of steps up to this share."""
_RIPPLE = 0.01
"""A later rise below this share of the first one does not count."""
_DEEP = 0.5
"""Between two cycles the curve loses this share of the first rise at least."""
_SHALLOW = 0.25
"""A dip of up to this share of what the curve has risen so far may belong to the rise."""
_PART = 16_384
"""Steps looked at in one go for the end of the rise."""


@dataclass(frozen=True, slots=True)
class Rise:
    """The rise at the start of a run.

    ``kind``: ``warm-up`` (it ends at ``step``), ``unfinished`` (``step`` is the last step of the
    run, and the step after it would be given more), ``cycle`` (``step`` is the first of several
    tops, each as high as the one before or lower by the same factor every time).
    """

    step: int
    kind: RiseKind


class _Rises(NamedTuple):
    """Every stretch of a curve that rises, in order."""

    foot: FloatArray
    top: FloatArray
    end: IndexArray
    """The first step at the top."""
    length: IndexArray
    """Steps from the last one at the foot to the first one at the top."""

    def select(self, mask: BoolArray | slice) -> _Rises:
        return _Rises(self.foot[mask], self.top[mask], self.end[mask], self.length[mask])


def warmup_end(values: FloatArray, next_value: float | None = None) -> int | None:
    """The step where the warm-up that opens the run reaches its top; None without one.

    Also None if :func:`opening_rise` is ``unfinished`` or the first of several cycles.
    """
    rise = opening_rise(values, next_value)
    return rise.step if rise is not None and rise.kind == "warm-up" else None


def opening_rise(values: FloatArray, next_value: float | None = None) -> Rise | None:
    """The stretch from step 0 on in which the curve climbs to its first top, or None without one.

    Stairs of a warm-up that ticks per epoch belong to it, and so do the small drops of a decay per
    epoch together with a warm-up per step, as long as the curve climbs higher soon after each. A
    hold at the top does not belong to it. A value that is not finite ends it.

    Args:
        values: applied values, shape ``(steps,)``.
        next_value: the value that the step after the last would have. If it is higher still, the
            rise is unfinished; if it is unknown, a rise whose top is the last step is unfinished
            too.
    """
    # Values near the end of float64's range differ by more than it holds: then by infinity.
    with np.errstate(over="ignore", invalid="ignore"):
        span = extent(values)
        rise = _until_it_falls(values, span.noise)
        if rise.size < 2 or rise.max() - rise[0] <= span.noise:
            return None
        # The first step at the top: a hold after the rise is not part of it.
        top = first_at_top(rise, span.magnitude)
        if rise.size == values.size and _is_unfinished(rise, top, next_value, span.noise):
            return Rise(values.size - 1, "unfinished")
        if _only_waits(rise[:top]):
            return None
        return Rise(top, "cycle" if _recurs(values, span.noise) else "warm-up")


def _only_waits(before_top: FloatArray) -> bool:
    """Return True if the curve is 0 for some steps, and then jumps to its top.

    A group that is frozen at the start looks like this. A single step at 0 may be a warm-up of one
    step.
    """
    return before_top.size > 1 and not before_top.any()


def _until_it_falls(values: FloatArray, floor: float) -> FloatArray:
    """The values before the first one that is not finite, or that shows that the rise is over.

    It is over when the curve has lost a quarter of what it has risen, or has been below its highest
    value for as long as it took to get there. With 0 2 4 3.9 6 8 7 5 that is at the 5: the 3.9 is a
    dip of 0.1 after 2 steps, and one step later the curve is higher.
    """
    # Part by part: most warm-ups are a small part of the run.
    highest, reached = -np.inf, 0
    for begin in range(0, values.size, _PART):
        part = values[begin : begin + _PART]
        steps = np.arange(begin, begin + part.size)
        tops = np.maximum(np.maximum.accumulate(part), highest)
        at_top = part >= tops - floor
        last_reached = np.maximum.accumulate(np.where(at_top, steps, reached))
        deep = tops - part > _SHALLOW * (tops - values[0])
        over = ~np.isfinite(part) | (~at_top & (deep | (steps - last_reached > last_reached)))
        if over.any():
            return values[: begin + int(np.argmax(over))]
        highest, reached = float(tops[-1]), int(last_reached[-1])
    return values


def _is_unfinished(rise: FloatArray, top: int, next_value: float | None, floor: float) -> bool:
    if next_value is None:
        return top == rise.size - 1
    return bool(np.isfinite(next_value) and next_value > rise.max() + floor)


def _recurs(values: FloatArray, floor: float) -> bool:
    """Return True if the first rise is one of several similar ones, as of a cyclic schedule.

    A rise to 1, a fall to 0.1 and another rise to 1 are cycles; so are tops of 1, 0.5 and 0.25,
    each half of the one before. A warm-up to 1 and a small bump to 0.3 much later are not.
    """
    values = values[np.isfinite(values)]
    rises = _rises(values, floor)
    if not rises.end.size:  # it rises too slowly for any of its steps to count
        return False
    height = rises.top - rises.foot
    rises = rises.select(height >= _RIPPLE * height[0])
    if _are_similar(rises):
        return True
    # The run may end in the middle of a rise.
    cut = (np.abs(values[rises.end[-1] :] - rises.top[-1]) <= floor).all()
    return bool(cut) and _are_similar(rises.select(slice(None, -1)))


def _are_similar(rises: _Rises) -> bool:
    """Return True if two rises or more take about as long, and their heights are in proportion."""
    if rises.end.size < 2:
        return False
    height = rises.top - rises.foot
    slack = np.maximum(_SIMILAR_LENGTH * rises.length[0], 1)
    as_long = (np.abs(rises.length - rises.length[0]) <= slack).all()
    deep = (rises.foot[1:] <= rises.top[0] - _DEEP * height[0]).all()
    return bool(as_long and deep and (_geometric(height) or _geometric(rises.top)))


def _geometric(heights: FloatArray) -> bool:
    """Return True if each is the one before times the same factor, which is 1 or less."""
    if (heights <= 0).any():
        return False
    factor = heights[1:] / heights[:-1]
    return bool(factor[0] <= 1 + _SIMILAR and (np.abs(factor / factor[0] - 1) <= _SIMILAR).all())


def _rises(values: FloatArray, floor: float) -> _Rises:
    """Every stretch that rises: 0 1 1 2 1 has one, from foot 0 at step 0 to top 2 at step 3.

    The curve is reduced to its levels (0 1 2 1, which start at steps 0 1 3 4); a stretch of the
    sign of their differences (+ + -) that is up begins and ends where that sign changes.
    """
    starts = np.flatnonzero(np.append(True, np.abs(np.diff(values)) > floor))
    level = values[starts]
    up = np.diff(level) > 0
    # up = F T T F T: edges are +1 where a stretch of T begins and -1 after its end.
    edges = np.diff(np.concatenate([[False], up, [False]]).astype(np.int8))
    foot, top = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    end = starts[top]
    return _Rises(level[foot], level[top], end, end - (starts[foot + 1] - 1))
