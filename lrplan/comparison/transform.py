"""A transform: one way in which curve ``b`` may come from curve ``a``, and where it holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from lrplan.arrays import BoolArray, FloatArray
from lrplan.comparison.curve_pair import Pair, abs_difference

TransformKind = Literal["equal", "scaled", "shifted", "held", "stretched"]

_ON_STEP = 1e-6
_BEND = 0.1
"""Of the fourth difference: twice the largest error of cubic interpolation."""
_SMOOTH = 1e-3
"""If a curve bends by more than this, interpolation proves nothing."""
_FEWEST_TO_INTERPOLATE = 6


@dataclass(frozen=True, slots=True)
class Transform:
    """``b[s] = factor * a[start[0] + (s - start[1]) / stretch]`` at the steps where it holds."""

    factor: float = 1.0
    start: tuple[int, int] = (0, 0)
    """A step of ``a``, and the step of ``b`` that belongs to it; steps before do not."""
    stretch: float = 1.0
    """Steps of ``b`` for one step of ``a``: above 1, ``b`` is the slower one."""
    hold: int = 0
    """For this many steps ``b`` holds the value of ``a`` at the first; negative: ``a`` holds
    ``b``'s."""

    @property
    def shift(self) -> int:
        """Steps by which ``b`` is late; negative: early."""
        return self.start[1] - self.start[0]

    @property
    def kind(self) -> TransformKind:
        """The kind of the transform, which follows from the number that it needs."""
        if self.hold:
            return "held"
        if self.stretch != 1:
            return "stretched"
        if self.shift:
            return "shifted"
        return "equal" if self.factor == 1 else "scaled"

    def reach(self, steps: int) -> tuple[float, float]:
        """The first and the last step of ``b`` that have one of the ``steps`` of ``a``."""
        return self.start[1], self.start[1] + (steps - 1 - self.start[0]) * self.stretch

    def inverse(self) -> Transform:
        """The transform from ``b`` to ``a``: factor 2 is then 0.5, shift 3 is -3."""
        return Transform(1 / self.factor, self.start[::-1], 1 / self.stretch, -self.hold)


class Agreement(NamedTuple):
    """The values of ``b`` at which a transform holds, and those at which it does not apply."""

    holds: BoolArray
    exact: BoolArray
    """True where a known value of ``a`` agrees, not an interpolated one."""
    beside_break: BoolArray
    """True where the step is next to a jump or a kink of ``a``, and ``b`` continues one side."""


def shift_by(steps: int, factor: float = 1.0) -> Transform:
    """The transform of a curve that is ``steps`` steps late, or early if negative."""
    return Transform(factor, (max(-steps, 0), max(steps, 0)))


def agreement(transform: Transform, pair: Pair) -> Agreement:
    """Compare every known value of ``b`` with what the transform says of it."""
    if transform.kind == "stretched":
        return _both_ways(transform, pair)
    holds = np.zeros(pair.at.size, dtype=bool)
    if transform.kind == "held":
        holds[: pair.common] = _held(transform, pair)
    elif transform.kind == "equal":
        holds[: pair.common] = pair.gap <= pair.slack
    else:
        # Steps of b from the start on whose counterpart lies inside of a.
        first, last = np.searchsorted(pair.at, [transform.start[1], pair.a.size + transform.shift])
        begin, end = first - transform.shift, last - transform.shift
        values = (
            pair.a[begin:end] if pair.is_complete else pair.a[pair.at[first:last] - transform.shift]
        )
        values = _scaled(transform, values)
        holds[first:last] = abs_difference(values, pair.b[first:last]) <= _slack(transform, pair)
    return Agreement(holds, holds, np.zeros_like(holds))


def _scaled(transform: Transform, values: FloatArray) -> FloatArray:
    return values if transform.factor == 1 else values * transform.factor


def _slack(transform: Transform, pair: Pair) -> float:
    """The tolerance: of the larger peak if there is no factor, else of that of ``b``."""
    return pair.slack if transform.factor == 1 else pair.slack * pair.b_peak


def _held(transform: Transform, pair: Pair) -> BoolArray:
    """The steps at which the curve with stairs has the other's value at the stair's first step.

    ``b`` holds for 3 steps: 9 9 9 6 6 6 beside 9 8 7 6 5 4. At step i it has what ``a`` has at
    step i // 3 * 3.
    """
    at = pair.at[: pair.common]
    one, other = (pair.a, pair.b) if transform.hold > 0 else (pair.b, pair.a)
    stairs = at // abs(transform.hold) * abs(transform.hold)
    return np.asarray(abs_difference(one[stairs], other[at]) <= pair.slack)


def _both_ways(transform: Transform, pair: Pair) -> Agreement:
    """A stretch, seen from the steps of ``b``, and from those of ``a`` that lie between them."""
    found = _stretched(transform, pair)
    if transform.stretch > 1 and pair.is_complete:
        # A spike of a that falls between two steps of b would be overlooked.
        back, swapped = transform.inverse(), pair.swap
        seen = _stretched(back, swapped)
        last = transform.start[0] + (pair.b.size - 1 - transform.start[1]) / transform.stretch
        steps = np.arange(pair.a.size)
        wrong = steps[~seen.holds & (steps >= transform.start[0]) & (steps <= last)]
        place = transform.start[1] + (wrong - transform.start[0]) * transform.stretch
        for rounded in (np.floor(place), np.ceil(place)):
            found.holds[np.minimum(rounded.astype(np.int64), pair.b.size - 1)] = False
    return found


def _stretched(transform: Transform, pair: Pair) -> Agreement:
    # A little is added before rounding down: 49 * (1 / 49) is 0.9999999999999999, and means step 1.
    place = transform.start[0] + (pair.at - transform.start[1]) / transform.stretch
    # Stairs go on for a while after the last tick; what is smooth ends at the last step of a.
    inside = (pair.at >= transform.start[1]) & (place < pair.a.size - _ON_STEP)
    # Read at the places where b has steps; what lies before the start or past the end of a is no
    # evidence for the transform nor against it, and stays False.
    place, b = place[inside], pair.b[inside]
    below = np.floor(place + _ON_STEP).astype(np.int64)
    a, slack = _scaled(transform, pair.a), _slack(transform, pair)
    # With a stretch of 2, steps 0 1 2 3 of b are places 0, 0.5, 1, 1.5 of a: step 1 of b has the
    # value of step 0 of a (stairs), or half-way between steps 0 and 1 (a line that is smooth).
    # Stairs count as exact: between two ticks they have the value of the last one.
    exact = abs_difference(a[below], b) <= slack
    fits = exact.copy()
    either = np.zeros(b.size, dtype=bool)
    between = ~fits & (place - below > _ON_STEP) & (below < a.size - 1)
    if between.any() and a.size >= _FEWEST_TO_INTERPOLATE:
        value, bend = interpolate(a, place[between])
        smooth = bend <= _SMOOTH
        gap = abs_difference(value, b[between])
        fits[between] = smooth & (gap <= slack + _BEND * bend)
        either[between] = ~smooth & _continues_a_side(a, place[between], b[between], slack)
    found = Agreement(*(np.zeros(pair.at.size, dtype=bool) for _ in range(3)))
    found.holds[inside], found.exact[inside], found.beside_break[inside] = (
        fits | either,
        exact,
        either,
    )
    return found


def _continues_a_side(a: FloatArray, place: FloatArray, b: FloatArray, slack: float) -> BoolArray:
    """The steps where ``b`` is on the line before a jump or a kink of ``a``, or on that after it.

    A warm-up ends at step 100 of ``a``: at step 99.5 the ramp still goes on.
    """
    last = a.size - 1
    below = np.floor(place).astype(np.int64)
    fits = np.zeros(b.size, dtype=bool)
    for near, direction in ((below, -1), (np.minimum(below + 1, last), 1)):
        one, two = (np.clip(near + direction * steps, 0, last) for steps in (1, 2))
        line = a[near] + (a[one] - a[near]) * (place - near) * direction
        bend = np.minimum(np.abs(a[near] - 2 * a[one] + a[two]), 10 * _SMOOTH)
        fits |= abs_difference(line, b) <= slack + bend
    return fits


def interpolate(values: FloatArray, place: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The cubic through the four steps around each place, and the fourth difference there.

    Step 10.3 is interpolated by the Lagrange polynomial through steps 9, 10, 11 and 12, with u =
    1.3. The fourth difference of the steps around bounds its error: it is 0 for a cubic, tiny for
    a cosine and large at a jump.
    """
    # Place 10.3: `first` is 8, `start` 10 - 1 - 8 = 1, so steps 9 to 12 are taken, and u is 1.3. At
    # the ends all six move inwards: for place 0.3 `first` and `start` are 0, and u is 0.3.
    first = np.clip(np.floor(place).astype(np.int64) - 2, 0, values.size - 6)
    # Six steps around each place: two fourth differences, the larger of which is taken.
    near = np.stack([values[first + offset] for offset in range(6)])
    fourth = np.abs(near[:-4] - 4 * near[1:-3] + 6 * near[2:-2] - 4 * near[3:-1] + near[4:])
    start = np.clip(np.floor(place).astype(np.int64) - 1 - first, 0, 2)
    four = np.stack([np.choose(start, near[offset : offset + 3]) for offset in range(4)])
    u = place - first - start
    weights = (
        -(u - 1) * (u - 2) * (u - 3) / 6,
        u * (u - 2) * (u - 3) / 2,
        -u * (u - 1) * (u - 3) / 2,
        u * (u - 1) * (u - 2) / 6,
    )
    value = sum(weight * row for weight, row in zip(weights, four, strict=True))
    return np.asarray(value), np.asarray(fourth.max(axis=0))
