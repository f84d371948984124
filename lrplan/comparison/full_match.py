"""Relations that explain every step that two curves share, each found by a function of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from lrplan.comparison.curve_pair import (
    Pair,
    count_changes,
    factor_of,
    largest_magnitude,
    step_width,
    varies,
    within_tolerance,
)
from lrplan.comparison.relation import Relation
from lrplan.comparison.stretch import stretch_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lrplan.comparison.curve_pair import FloatArray

_SHIFTS = (1, -1, 2, -2, 3, -3)
ENOUGH = 8
"""Steps or changes that a relation with two free numbers has to explain."""


def first_match(pair: Pair, finders: tuple[Callable[[Pair], Relation | None], ...]) -> Relation:
    """What the first of ``finders`` that finds anything says."""
    found = (finder(pair) for finder in finders)
    return next((relation for relation in found if relation), Relation("unrelated"))


def shared(pair: Pair, shift: int = 0) -> tuple[FloatArray, FloatArray]:
    """The values at the steps of ``a`` that ``b``, ``shift`` steps later, has too."""
    if pair.whole:
        length = min(pair.a.size, pair.b.size - shift)
        return pair.a[max(-shift, 0) : length], pair.b[max(shift, 0) : length + shift]
    target = pair.at + shift
    inside = (target >= 0) & (target < pair.b.size)
    return pair.a[inside], pair.b[target[inside]]


def equal(pair: Pair) -> Relation | None:
    """The same values at every step that both have."""
    one, other = shared(pair)
    nothing = not one.size and (pair.a.size or pair.b.size)
    return None if nothing or not within_tolerance(one, other, pair.slack) else Relation("equal")


def scaled(pair: Pair) -> Relation | None:
    """The same but for a factor."""
    one, other = shared(pair)
    factor = _explaining_factor(one, other, pair.slack)
    return None if factor is None else Relation("scaled", factor=factor)


def _explaining_factor(one: FloatArray, other: FloatArray, slack: float) -> float | None:
    """The factor that makes ``other`` of ``one`` at every step, within ``slack`` of its peak."""
    factor = factor_of(one, other)
    if factor is None or not within_tolerance(
        one * factor, other, slack * largest_magnitude(other)
    ):
        return None
    return factor


def shifted(pair: Pair) -> Relation | None:
    """The same a few steps, or a few stairs, later or earlier."""
    for shift, one, other in _shifts(pair):
        if within_tolerance(one, other, pair.slack) and varies(one, pair.slack):
            return Relation("shifted", shift=shift)
    return None


def shifted_and_scaled(pair: Pair) -> Relation | None:
    """The same at another height, and later or earlier."""
    for shift, one, other in _shifts(pair):
        factor = _explaining_factor(one, other, pair.slack)
        changes = count_changes(one, pair.slack * largest_magnitude(one))
        if factor is not None and changes and max(changes * 4, one.size) >= ENOUGH:
            return Relation("shifted", shift=shift, factor=factor)
    return None


def _shifts(pair: Pair) -> Iterator[tuple[int, FloatArray, FloatArray]]:
    """By how much ``b`` may be late, in steps and in stairs, and the values to compare then."""
    stairs = (shift * pair.unit for shift in _SHIFTS)
    for shift in dict.fromkeys((*_SHIFTS, *stairs)):
        if shift and abs(shift) < pair.b.size:
            one, other = shared(pair, shift)
            if one.size > 2 and one.size >= min(pair.a.size, pair.b.size) / 2:
                yield shift, one, other


def held(pair: Pair) -> Relation | None:
    """One changes every so many steps to what the other, which goes on changing, has there."""
    if not pair.whole:
        return None
    one, other = shared(pair)
    if (steps := _stairs_of(one, other, pair.slack)) is not None:
        return Relation("held", hold=steps)
    if (steps := _stairs_of(other, one, pair.slack)) is not None:
        return Relation("held", hold=-steps)
    return None


def _stairs_of(smooth: FloatArray, held: FloatArray, slack: float) -> int | None:
    """For how many steps ``held`` holds the values that ``smooth`` has where its stairs begin."""
    steps = step_width(held, slack)
    if steps < 2 or step_width(smooth, slack) % steps == 0:
        return None
    stairs = count_changes(held, slack)
    if stairs < 3 or count_changes(smooth, slack) <= stairs:
        return None
    begins = np.arange(held.size) // steps * steps
    return steps if within_tolerance(smooth[begins], held, slack) else None


def stretched(pair: Pair) -> Relation | None:
    """The same course in more steps, or in fewer."""
    stretch = stretch_of(pair)
    return None if stretch is None else Relation("stretched", stretch=stretch)


def stretched_and_scaled(pair: Pair) -> Relation | None:
    """The same course at another height, in more steps or in fewer."""
    peaks = largest_magnitude(pair.a), largest_magnitude(pair.b)
    if not all(peaks):
        return None
    factors = [peaks[1] / peaks[0]]
    if pair.at[0] == 0 and pair.a[0] > 0 and pair.b[0] > 0:
        factors.append(float(pair.b[0] / pair.a[0]))
    for factor in factors:
        other = replace(pair, a=pair.a / peaks[0], b=pair.b / (factor * peaks[0]))
        stretch = stretch_of(other)
        if stretch is not None:
            return Relation("stretched", stretch=stretch, factor=factor)
    return None


SIMPLE = (
    equal,
    scaled,
    shifted,
    stretched,
    held,
    shifted_and_scaled,
    stretched_and_scaled,
)
OF_RAMPS = (equal, stretched, *SIMPLE)
"""A line from zero that takes longer is as well a lower one: of a warm-up, the former is meant."""
