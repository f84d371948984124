"""Guesses transforms between two curves, from constant ratios, turning points and movement.

A guess costs little and proves nothing: every transform is compared with every step before it is
stated.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from lrplan.arrays import FloatArray, IntArray
from lrplan.comparison.curve_pair import (
    Pair,
    abs_difference,
    changes_of,
    factor_of,
    largest_magnitude,
    step_width,
)
from lrplan.comparison.stretch import guessed_stretches
from lrplan.comparison.transform import Transform, agreement, shift_by

_SHIFTS = (1, -1, 2, -2, 3, -3)
_MOST_FACTORS = 6
_SAMPLE = 256
_PROMISING = 0.25
"""Share of the sampled steps that a transform must explain to be looked at more closely."""
_STEADY = 1e-6
"""Ratios of neighboring steps that differ by a smaller share are one factor."""
_CLEAR = 1e-6
"""Values below this share of the peak are too small to give a ratio."""
_ROUNDING = 1e-14
_EQUAL_FACTORS = 1e-12
_MOST_STRETCHES = 3


def direct_transforms(pair: Pair) -> Iterator[Transform]:
    """Transforms that compare both curves at the same step: equal, and scaled by some factors."""
    yield Transform()
    one, other = pair.a[pair.at[: pair.common]], pair.b[: pair.common]
    yield from (Transform(factor) for factor in _factors(one, other) if factor != 1)


def moved_transforms(pair: Pair) -> Iterator[Transform]:
    """Transforms that compare one curve with the other at another step."""
    holds = _stair_transforms(pair) if pair.is_complete else ()
    for transform in (*_shifts(pair), *holds, *_stretches(pair)):
        # A factor of 0.99999999999999978 is 1.
        yield (
            replace(transform, factor=1.0)
            if abs(transform.factor - 1) < _EQUAL_FACTORS
            else transform
        )


def _factors(one: FloatArray, other: FloatArray) -> list[float]:
    """The factor of all values, and those that hold longest from step to step."""
    usable = np.isfinite(one) & np.isfinite(other) & (np.abs(one) > _CLEAR)
    ratio = np.divide(other, one, out=np.zeros(one.size), where=usable)
    steady = np.abs(np.diff(ratio)) <= _STEADY * np.abs(ratio[1:])
    steady &= usable[1:] & usable[:-1] & (ratio[1:] > 0)
    # steady F T T F T: runs of T begin at 1 and 4, and end before 3 and 5.
    edges = np.flatnonzero(np.diff(np.concatenate([[False], steady, [False]])))
    begins, ends = edges[::2], edges[1::2] + 1
    longest = np.argsort(begins - ends, kind="stable")[:_MOST_FACTORS]
    runs = [slice(None), *(slice(begins[index], ends[index]) for index in longest)]
    factors = (factor_of(one[run], other[run]) for run in runs)
    # Twelve digits distinguish factors that differ by more than rounding.
    distinct = {f"{factor:.12g}": factor for factor in factors if factor is not None}
    return list(distinct.values())


def _shifts(pair: Pair) -> Iterator[Transform]:
    """Shifts by a few steps or stairs, and those that bring both curves' turns together."""
    sample = _sample(pair)
    for steps in _likely_shifts(pair):
        if not 0 < abs(steps) < min(pair.a.size, int(pair.at[-1]) + 1):
            continue
        transform = shift_by(steps)
        if _is_promising(transform, sample):
            yield transform
            continue
        places = sample.at - steps
        inside = (places >= 0) & (places < pair.a.size)
        factors = _factors(pair.a[places[inside]], sample.b[inside])
        yield from (
            transform
            for transform in (shift_by(steps, factor) for factor in factors)
            if _is_promising(transform, sample)
        )


def _likely_shifts(pair: Pair) -> list[int]:
    one, other = np.arange(pair.a.size), pair.at
    turns = zip(
        _turning_points(one, pair.a, pair.ramps[0], pair.slack),
        _turning_points(other, pair.b, pair.ramps[1], pair.slack),
        strict=True,
    )
    between = [late - early for early, late in turns if early is not None and late is not None]
    # A schedule that ticks every 50 steps and is one epoch late is 50 steps late.
    unit = step_width(pair.a, pair.slack)
    stairs = [shift * unit for shift in _SHIFTS]
    return list(dict.fromkeys((*_SHIFTS, *between, *stairs)))


def _turning_points(
    steps: IntArray, values: FloatArray, ramp: int, slack: float
) -> tuple[int | None, ...]:
    """The end of the warm-up, and the first, the largest and the last change of a curve."""
    if values.size < 2:
        return (None,) * 4
    gaps = abs_difference(values[1:], values[:-1])
    changes = np.flatnonzero(gaps > slack)
    if not changes.size:
        return int(steps[ramp]), None, None, None
    places = (ramp, changes[0] + 1, int(np.argmax(gaps)) + 1, changes[-1] + 1)
    return tuple(int(steps[place]) for place in places)


def _stair_transforms(pair: Pair) -> Iterator[Transform]:
    """Stairs of one curve that hold the values of the other, from a warm-up on."""
    ramp = max(pair.ramps)
    widths = step_width(pair.a, pair.slack, ramp), step_width(pair.b, pair.slack, ramp)
    for sign, (smooth, stairs) in ((1, widths), (-1, widths[::-1])):
        # Between stairs of 3 steps, a curve with stairs of 3 or 6 has nothing to be held back.
        if stairs > 1 and smooth % stairs:
            yield Transform(hold=sign * stairs)


def _stretches(pair: Pair) -> Iterator[Transform]:
    """Stretches from the first step, from the ends of both warm-ups, and from the first gap."""
    ends = pair.ramps
    starts = [(0, 0), (ends[0], int(pair.at[ends[1]]))]
    if all(ends):  # both warm up: the warm-ups alone may be one stretched
        tops = float(pair.a[ends[0]]), float(pair.b[ends[1]])
        factors = dict.fromkeys([1.0, *([tops[1] / tops[0]] if min(tops) > 0 else [])])
        yield from (Transform(factor, stretch=starts[1][1] / ends[0]) for factor in factors)
    parted = np.flatnonzero(pair.gap > _ROUNDING)
    if parted.size:
        origin = int(pair.at[max(int(parted[0]) - 1, 0)])
        starts.append((origin, origin))
    for start in dict.fromkeys(starts):
        tail = _tail(pair, start)
        if min(tail.a.size, tail.b.size) > 2:
            yield from _stretches_from(pair, start, tail)


def _tail(pair: Pair, start: tuple[int, int]) -> Pair:
    """Both curves from their own step of ``start`` on, each counted from there."""
    first = int(np.searchsorted(pair.at, start[1]))
    return replace(pair, a=pair.a[start[0] :], at=pair.at[first:] - start[1], b=pair.b[first:])


def _stretches_from(pair: Pair, start: tuple[int, int], tail: Pair) -> Iterator[Transform]:
    peaks = largest_magnitude(tail.a), largest_magnitude(tail.b)
    if not all(peaks):
        return
    # The factor of the peaks is right unless one run stops before its top; then the factor of the
    # first values may be.
    factors = [1.0, peaks[1] / peaks[0]]
    if tail.at[0] == 0 and tail.a[0] > 0 and tail.b[0] > 0:
        factors.append(float(tail.b[0] / tail.a[0]))
    distinct = {f"{factor:.12g}": factor for factor in factors}
    for factor in distinct.values():
        for stretches in guessed_stretches(replace(tail, b=tail.b / factor)):
            transforms = [Transform(factor, start, stretch) for stretch in stretches]
            shares = [_share(transform, _sample(pair, transform)) for transform in transforms]
            # The one that explains most comes first; of equal ones the simplest.
            best = sorted(range(len(transforms)), key=lambda index: -shares[index])[
                :_MOST_STRETCHES
            ]
            promising = [transforms[index] for index in best if shares[index] >= _PROMISING]
            yield from promising
            if promising:
                break


def _sample(pair: Pair, transform: Transform | None = None) -> Pair:
    """Some values of ``b``; with a stretch, of those that it has counterparts for."""
    first, last = 0, pair.at.size
    if transform is not None:
        end = transform.start[1] + (pair.a.size - 1 - transform.start[0]) * transform.stretch
        first, last = (
            int(np.searchsorted(pair.at, transform.start[1])),
            int(np.searchsorted(pair.at, end, side="right")),
        )
    if last - first <= _SAMPLE:
        return pair.chosen(np.arange(first, last))
    return pair.chosen(np.unique(np.linspace(first, last - 1, _SAMPLE).astype(np.int64)))


def _is_promising(transform: Transform, sample: Pair) -> bool:
    """Return True if the transform explains enough of the sampled steps to be examined."""
    return _share(transform, sample) >= _PROMISING


def _share(transform: Transform, sample: Pair) -> float:
    """The share of the sampled steps that the transform explains; 0 if none of them changes."""
    holds = agreement(transform, sample).holds
    if not changes_of(sample.b[holds], sample.slack).any():
        return 0.0
    return float(np.mean(holds))
