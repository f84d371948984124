"""Describes two curves by the cheapest sequence of transforms, each on the steps at which it holds.

Every transform holds at some ranges of steps. A description covers the run with some of these, one
after the other, and says that the curves differ elsewhere. Each piece has a cost, by how much a
reader has to take in; the cheapest description is chosen.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from lrplan.comparison.curve_pair import Pair, changes_of
from lrplan.comparison.transform import Agreement, Transform, agreement

_COSTS = {"equal": 1.0, "scaled": 2.0, "shifted": 2.7, "held": 2.5, "stretched": 3.0}
_COSTS_OF_FACTOR = {"shifted": 1.0, "stretched": 2.0}
"""The added cost of a factor."""
_COST_OF_FRACTION = 0.2
"""The added cost of a stretch that is not a whole number."""
_ROUNDING = 1e-12
_COST_OF_DIFFERENCE = 3.1
_COST_OF_WHOLE_DIFFERENCE = 12.0
"""The cost of saying about all steps only that they differ."""
_COST_OF_SILENCE = 0.1
_LENGTH_WEIGHT = 0.01
"""Between descriptions that cost the same, the simpler transform has the more steps."""
_LONGEST = 12
"""Stretches of steps looked at for each transform."""
_MOST_INTERVALS = 48
_FEWEST_STEPS = 4
_TELLING = 10.0
"""Values must be this many times the tolerance to distinguish one factor from another."""
_FEWEST_STAIRS = 3
MIN_EVIDENCE = 8
"""Steps or changes that a relation with two free numbers has to explain."""
_MOST_EITHER = 0.1
"""If a larger share of a stretched curve falls on jumps, it proves nothing."""


class Segment(NamedTuple):
    """The known values ``first`` to before ``end`` of ``b``, and the transform of all of them."""

    first: int
    end: int
    transform: Transform | None
    """None: they differ."""


def cheapest_segments(pair: Pair, transforms: Iterable[Transform]) -> list[Segment]:
    """The cheapest description of ``b`` by transforms, in order; without gaps at common steps."""
    found = [interval for transform in transforms for interval in segments_of(transform, pair)]
    found.sort(key=lambda each: (_cost(each.transform), each.first - each.end))
    return _cheapest(pair, found[:_MOST_INTERVALS])


def segments_of(transform: Transform, pair: Pair) -> list[Segment]:
    """The longest stretches of known steps that are evidence for ``transform``."""
    agrees = agreement(transform, pair)
    # Where the transform holds, [no, yes, yes, no, yes], the padded differences are not 0 at 1, 3,
    # 4, 5: every second one begins a stretch, here [1, 3) and [4, 5), and the one after it ends it.
    edges = np.flatnonzero(np.diff(np.concatenate([[False], agrees.holds, [False]])))
    begins, ends = edges[::2], edges[1::2]
    longest = np.argsort(begins - ends, kind="stable")[:_LONGEST]
    runs = ((int(begins[index]), int(ends[index])) for index in longest)
    proven = (_proven(transform, pair, agrees, first, end) for first, end in runs)
    return [interval for interval in proven if interval is not None]


def _proven(
    transform: Transform, pair: Pair, agrees: Agreement, first: int, end: int
) -> Segment | None:
    """The steps ``first`` to before ``end``, or those of them that support ``transform``."""
    if transform.kind == "equal":
        return Segment(first, end, transform)
    if transform.kind == "scaled":
        # If b is nearly 0, any small factor would fit.
        telling = np.count_nonzero(np.abs(pair.b[first:end]) > _TELLING * pair.slack * pair.b_peak)
        return Segment(first, end, transform) if telling >= _FEWEST_STEPS else None
    changes = first + 1 + np.flatnonzero(changes_of(pair.b[first:end], pair.slack * pair.b_peak))
    if transform.kind == "shifted":
        enough = changes.size and max(changes.size * 4, end - first) >= MIN_EVIDENCE
        return Segment(first, end, transform) if enough else None
    if transform.kind == "held":
        curves = (pair.a, pair.b) if transform.hold > 0 else (pair.b, pair.a)
        smooth, stairs = (
            np.count_nonzero(changes_of(curve[first:end], pair.slack)) for curve in curves
        )
        return Segment(first, end, transform) if smooth > stairs >= _FEWEST_STAIRS else None
    return _proven_stretch(
        transform, pair, agrees, Segment(first, end, transform), changes.tolist()
    )


def _proven_stretch(
    transform: Transform, pair: Pair, agrees: Agreement, run: Segment, changes: list[int]
) -> Segment | None:
    """The part of ``run`` that changes, with flat ends that are at most as long.

    A warm-up that takes twice as long is a stretch of 2. Both curves are constant after it for most
    of the run, and that is no evidence for the stretch.
    """
    either = np.count_nonzero(agrees.beside_break[run.first : run.end])
    exact = pair.is_complete and transform.factor == 1 and agrees.exact[run.first : run.end].all()
    first, last = np.searchsorted(pair.at, transform.reach(pair.a.size))
    length = run.end - run.first
    few_stairs = exact and length >= max((last - first) / 2, MIN_EVIDENCE)
    if len(changes) < (2 if few_stairs else MIN_EVIDENCE):
        return None
    if either > _MOST_EITHER * (run.end - run.first):
        return None
    # Flat ends are kept if they are at most as long as the part that changes: of a warm-up over 100
    # of 1,000 steps, the 900 flat steps after it are cut off, of a cosine over 900 steps, the last
    # 100 stay.
    moving = changes[-1] - changes[0] + 1
    first = run.first if changes[0] - run.first <= moving else changes[0] - 1
    end = run.end if run.end - changes[-1] <= moving else changes[-1] + 1
    return Segment(first, end, transform)


def _cost(transform: Transform | None) -> float:
    if transform is None:
        return _COST_OF_DIFFERENCE
    factor = 0.0 if transform.factor == 1 else _COSTS_OF_FACTOR.get(transform.kind, 0.0)
    ratio = max(transform.stretch, 1 / transform.stretch)
    # 1 / (1 / 49) is 49.00000000000001, which is a whole number all the same.
    is_whole = math.isclose(ratio, round(ratio), rel_tol=_ROUNDING)
    return _COSTS[transform.kind] + factor + (0.0 if is_whole else _COST_OF_FRACTION)


def _cheapest(pair: Pair, intervals: list[Segment]) -> list[Segment]:
    """The cheapest way from the first value of ``b`` to the last, by dynamic programming.

    Every piece begins and ends where some stretch of steps does; ``best[i]`` is the cheapest
    description of the values before ``bounds[i]``.
    """
    size = pair.at.size
    bounds = sorted(
        {0, size, pair.common, *(edge for each in intervals for edge in (each.first, each.end))}
    )
    # Rates that are equal up to step 50, differ up to 80 and are twice as high from there: bounds
    # are 0, 50, 80 and the end. best[1] is "equal", best[2] the cheaper of "equal, then differ" and
    # "differ", and the last one is found from those before it, never from all combinations.
    best: list[tuple[float, list[Segment]]] = [(0.0, [])]
    for end_index in range(1, len(bounds)):
        ways = (
            (best[index][0] + cost, [*best[index][1], *pieces])
            for index in range(end_index)
            for cost, pieces in _pieces(pair, intervals, bounds[index], bounds[end_index])
        )
        best.append(min(ways, key=lambda each: each[0]))
    return best[-1][1]


def _pieces(
    pair: Pair, intervals: list[Segment], first: int, end: int
) -> Iterator[tuple[float, list[Segment]]]:
    """Descriptions of the values ``first`` to before ``end``, each with its cost."""
    share = (end - first) / max(pair.at.size, 1)
    common = max(min(end, pair.common) - first, 0) / max(pair.common, 1)
    # Nothing needs to be said of steps that only one curve has; a transform that goes on there is
    # stated.
    silence = _COST_OF_SILENCE * share
    differs = _COST_OF_DIFFERENCE + _COST_OF_WHOLE_DIFFERENCE * common if common else silence
    yield differs, [Segment(first, end, None)]
    for each in intervals:
        if not each.first <= first < each.end:
            continue
        if end <= each.end:
            cost = _cost(each.transform) * (1 + _LENGTH_WEIGHT * share)
            yield cost, [Segment(first, end, each.transform)]
        elif end == pair.at.size and _ends_with_a(pair, each):
            # A curve that is run through 100 times faster is over after a hundredth of the run:
            # nothing can be said of the rest, however long it is.
            cost = _cost(each.transform) + _COST_OF_DIFFERENCE
            yield cost, [Segment(first, each.end, each.transform), Segment(each.end, end, None)]


def _ends_with_a(pair: Pair, interval: Segment) -> bool:
    """Return True if ``a`` has no counterpart, by a stretch, for what comes after the interval."""
    transform = interval.transform
    if transform is None or transform.kind != "stretched":
        return False
    return bool(pair.at[interval.end] > transform.reach(pair.a.size)[1])
