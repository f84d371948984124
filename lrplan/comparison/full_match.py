"""Finders of relations that hold at every step that two curves share, one function for each."""

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

    from lrplan.arrays import FloatArray


_SHIFTS = (1, -1, 2, -2, 3, -3)
MIN_EVIDENCE = 8
"""Steps or changes that a relation with two free numbers has to explain."""


def first_match(pair: Pair, finders: tuple[Callable[[Pair], Relation | None], ...]) -> Relation:
    """The relation of the first of ``finders`` that finds one; else ``unrelated``."""
    relations = (finder(pair) for finder in finders)
    return next((relation for relation in relations if relation), Relation("unrelated"))


def common_values(pair: Pair, shift: int = 0) -> tuple[FloatArray, FloatArray]:
    """The values at the steps of ``a`` that ``b``, ``shift`` steps later, has too."""
    if pair.is_complete:
        # Shift 2: a[0], a[1], ... beside b[2], b[3], ...; shift -2: a[2], ... beside b[0], ...
        length = min(pair.a.size, pair.b.size - shift)
        return pair.a[max(-shift, 0) : length], pair.b[max(shift, 0) : length + shift]
    target = pair.at + shift
    inside = (target >= 0) & (target < pair.b.size)
    return pair.a[inside], pair.b[target[inside]]


def find_equal(pair: Pair) -> Relation | None:
    """The same values at every step that both have."""
    one, other = common_values(pair)
    no_steps = not one.size and (pair.a.size or pair.b.size)
    return None if no_steps or not within_tolerance(one, other, pair.slack) else Relation("equal")


def find_scaled(pair: Pair) -> Relation | None:
    """The same but for a factor."""
    one, other = common_values(pair)
    factor = _factor_at_every_step(one, other, pair.slack)
    return None if factor is None else Relation("scaled", factor=factor)


def _factor_at_every_step(one: FloatArray, other: FloatArray, slack: float) -> float | None:
    """The factor that makes ``other`` of ``one`` at every step, within ``slack`` of its peak."""
    factor = factor_of(one, other)
    if factor is None or not within_tolerance(
        one * factor, other, slack * largest_magnitude(other)
    ):
        return None
    return factor


def find_shifted(pair: Pair) -> Relation | None:
    """The same a few steps, or a few stairs, later or earlier."""
    for shift, one, other in _shifts(pair):
        if within_tolerance(one, other, pair.slack) and varies(one, pair.slack):
            return Relation("shifted", shift=shift)
    return None


def find_shifted_and_scaled(pair: Pair) -> Relation | None:
    """The same at another height, and later or earlier."""
    for shift, one, other in _shifts(pair):
        factor = _factor_at_every_step(one, other, pair.slack)
        # Two free numbers need evidence: two changes, worth 4 steps each, or one in 8 or more.
        changes = count_changes(one, pair.slack * largest_magnitude(one))
        if factor is not None and changes and max(changes * 4, one.size) >= MIN_EVIDENCE:
            return Relation("shifted", shift=shift, factor=factor)
    return None


def _shifts(pair: Pair) -> Iterator[tuple[int, FloatArray, FloatArray]]:
    """Shifts to try, in steps and in stairs, each with the values of both curves to compare."""
    # Up to 3 steps either way, and up to 3 stairs: a schedule that ticks every 50 steps and is one
    # epoch late is 50 steps late.
    stairs = (shift * pair.unit for shift in _SHIFTS)
    for shift in dict.fromkeys((*_SHIFTS, *stairs)):
        if shift and abs(shift) < pair.b.size:
            # A shift that leaves less than half of the shorter run to compare proves nothing.
            one, other = common_values(pair, shift)
            if one.size > 2 and one.size >= min(pair.a.size, pair.b.size) / 2:
                yield shift, one, other


def find_held(pair: Pair) -> Relation | None:
    """Match a curve that changes only every n steps, to the value of the other at that step."""
    if not pair.is_complete:
        return None
    one, other = common_values(pair)
    if (steps := _hold_length(one, other, pair.slack)) is not None:
        return Relation("held", hold=steps)
    if (steps := _hold_length(other, one, pair.slack)) is not None:
        return Relation("held", hold=-steps)
    return None


def _hold_length(smooth: FloatArray, stepped: FloatArray, slack: float) -> int | None:
    """The steps for which ``stepped`` holds values of ``smooth``; None where it does not.

    A schedule that ticks per epoch of 3 steps, 9 8 7 6 5 4, against the same formula of fractional
    epochs: ``stepped`` is 9 9 9 6 6 6. Its stairs begin at multiples of 3, and at step i it has
    what ``smooth`` has at i // 3 * 3.
    """
    # With stairs of 3 steps in `stepped`, a `smooth` that changes only every 3 or 6 steps itself
    # has nothing between those stairs that could be held back.
    steps = step_width(stepped, slack)
    if steps < 2 or step_width(smooth, slack) % steps == 0:
        return None
    stairs = count_changes(stepped, slack)
    if stairs < 3 or count_changes(smooth, slack) <= stairs:
        return None
    begins = np.arange(stepped.size) // steps * steps
    return steps if within_tolerance(smooth[begins], stepped, slack) else None


def find_stretched(pair: Pair) -> Relation | None:
    """The same course in more steps, or in fewer."""
    stretch = stretch_of(pair)
    return None if stretch is None else Relation("stretched", stretch=stretch)


def find_stretched_and_scaled(pair: Pair) -> Relation | None:
    """The same course at another height, in more steps or in fewer."""
    peaks = largest_magnitude(pair.a), largest_magnitude(pair.b)
    if not all(peaks):
        return None
    # The factor of the peaks is right unless one run stops before its top; then the factor of the
    # first values may be.
    factors = [peaks[1] / peaks[0]]
    if pair.at[0] == 0 and pair.a[0] > 0 and pair.b[0] > 0:
        factors.append(float(pair.b[0] / pair.a[0]))
    for factor in factors:
        # One scale for both: a peak of 0.5 and one of 1 (factor 2) are divided by 0.5 and by 1.
        other = replace(pair, a=pair.a / peaks[0], b=pair.b / (factor * peaks[0]))
        stretch = stretch_of(other)
        if stretch is not None:
            return Relation("stretched", stretch=stretch, factor=factor)
    return None


SIMPLE_FINDERS = (
    find_equal,
    find_scaled,
    find_shifted,
    find_stretched,
    find_held,
    find_shifted_and_scaled,
    find_stretched_and_scaled,
)
"""From the simplest relation to those with two free numbers: the first that fits is taken."""
RAMP_FINDERS = (find_equal, find_stretched, *SIMPLE_FINDERS)
"""The finders for warm-ups. A line from 0 that takes longer is a lower line as well: it is called
stretched, which therefore comes before scaled here."""
