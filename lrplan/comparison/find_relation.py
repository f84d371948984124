"""Finds the relation between two curves: the shortest description that is true at every step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

import numpy as np

from lrplan.arrays import FloatArray, IntArray
from lrplan.comparison.curve_pair import Pair, pair_of
from lrplan.comparison.relation import TOLERANCE, Part, Relation
from lrplan.comparison.segmentation import Segment, cheapest_segments
from lrplan.comparison.transform import Transform, agreement
from lrplan.comparison.transform_candidates import direct_transforms, moved_transforms


def relate(
    a: FloatArray,
    b: FloatArray,
    tolerance: float = TOLERANCE,
    *,
    at: IntArray | None = None,
    like: Relation | None = None,
) -> Relation:
    """The relation of curve ``b`` to curve ``a``.

    A transform that holds throughout, such as "equal" or "twice as high"; otherwise several, each
    with the steps at which it holds, and the largest difference at all other steps.

    Args:
        a: values, shape ``(steps,)``; NaN and infinities are only equal to each other.
        b: values, shape ``(steps,)``, of any length.
        tolerance: values are the same when they differ by less than this share of the peak.
        at: the steps of the values of ``a``, ascending; None: every step from 0.
        like: the relation of similar curves, used if it holds for these as well.
    """
    if at is not None:
        # The curve that is known at every step has to be the first one.
        return relate_sampled(b, a, at, tolerance).inverse()
    pair = pair_of(a, b, None, tolerance)
    return _relation(pair, pair.at, b.size, [] if like is None else _pieces_of(like))


def relate_sampled(
    a: FloatArray, b: FloatArray, at: IntArray, tolerance: float = TOLERANCE
) -> Relation:
    """The relation of ``b``, known at the steps ``at`` only, to ``a``, known at every step."""
    pair = pair_of(a, b, at, tolerance)
    return _relation(pair, pair.at, int(at[-1]) + 1 if at.size else 0)


def relate_points(
    a: FloatArray,
    b: FloatArray,
    at: FloatArray | IntArray,
    tolerance: float = TOLERANCE,
    *,
    peak: float | None = None,
) -> Relation:
    """The relation of two curves that are both known, or compared, at the points ``at`` only.

    Without the values between, shifts and stretches cannot be seen: curves are equal, scaled, or
    different, from one point to another. ``peak`` is the larger peak of both whole curves; None:
    that of the values compared.
    """
    return _relation(pair_of(a, b, None, tolerance, peak), at, b.size, direct=True)


# Values near the end of float64's range differ by more than it holds: then by infinity.
@np.errstate(over="ignore", invalid="ignore", divide="ignore")
def _relation(
    pair: Pair,
    at: FloatArray | IntArray,
    length: int,
    known: Sequence[Segment] = (),
    *,
    direct: bool = False,
) -> Relation:
    if not pair.common:
        return Relation((), (pair.a.size, length))
    pieces = known if _describes(known, pair) else _described(pair, direct=direct)
    parts = tuple(
        _part(pair, at, piece, beside=beside) for piece, beside in _stated_pieces(pair, pieces)
    )
    return Relation(parts, (pair.a.size, length), compared=pair.common)


def _described(pair: Pair, *, direct: bool) -> list[Segment]:
    """The transform that holds at all common steps, or else the cheapest description."""
    transforms = list(direct_transforms(pair))
    for transform in transforms:
        if agreement(transform, pair).holds[: pair.common].all():
            return [Segment(0, pair.common, transform)]
    return cheapest_segments(
        pair, transforms if direct else chain(transforms, moved_transforms(pair))
    )


def _pieces_of(relation: Relation) -> list[Segment]:
    return [Segment(int(part.first), int(part.last) + 1, part.transform) for part in relation.parts]


def _describes(pieces: Sequence[Segment], pair: Pair) -> bool:
    """Return True if every transform of ``pieces`` holds where they say so, and nowhere else."""
    if not pieces or pieces[-1].end > pair.at.size or pieces[-1].end < pair.common:
        return False
    for first, end, transform in pieces:
        holds = agreement(transform or Transform(), pair).holds[first:end]
        if not holds.all() if transform else holds[0] or holds[-1]:
            return False
    return True


def _stated_pieces(pair: Pair, pieces: Sequence[Segment]) -> Iterator[tuple[Segment, bool]]:
    """The pieces to report: at steps that both curves have, or that a transform covers.

    Each comes with True if, by a transform of another piece, ``a`` has no counterpart for its
    steps.
    """
    transforms = [piece.transform for piece in pieces]
    for piece in pieces:
        first = piece.first
        end = piece.end if piece.transform is not None else min(piece.end, pair.common)
        if first >= end:
            continue
        steps = int(pair.at[first]), int(pair.at[end - 1])
        beside = any(_has_no_counterpart(pair, steps, transform) for transform in transforms)
        if piece.transform is not None or beside:
            yield Segment(first, end, piece.transform), beside
        else:
            yield from ((each, False) for each in _without_equal_ends(pair, first, end))


def _has_no_counterpart(pair: Pair, steps: tuple[int, int], transform: Transform | None) -> bool:
    """Return True if ``transform`` relates whole runs, but none of ``steps`` to a step of ``a``."""
    if transform is None or transform.kind not in ("shifted", "stretched") or min(transform.start):
        return False
    begin, stop = transform.reach(pair.a.size)
    return steps[1] < begin or steps[0] > stop


def _without_equal_ends(pair: Pair, first: int, end: int) -> Iterator[Segment]:
    """A piece that differs from its first step to its last, and what is the same around it."""
    differing = first + np.flatnonzero(pair.gap[first:end] > pair.slack)
    if not differing.size:
        yield Segment(first, end, Transform())
        return
    # A single step that happens to be equal is not worth a sentence.
    begin = int(differing[0]) if differing[0] - first > 1 else first
    stop = int(differing[-1]) + 1 if end - differing[-1] > 2 else end
    if begin > first:
        yield Segment(first, begin, Transform())
    yield Segment(begin, stop, None)
    if stop < end:
        yield Segment(stop, end, Transform())


def _part(pair: Pair, at: FloatArray | IntArray, piece: Segment, *, beside: bool) -> Part:
    first, end, transform = piece
    places = at[first].item(), at[end - 1].item()
    if transform is not None:
        return Part(*places, transform, has_no_counterpart=beside)
    gap = pair.gap[first:end]
    worst = int(np.argmax(gap))
    lone = int(np.count_nonzero(np.isinf(gap)))
    where = at[first + worst].item()
    return Part(
        *places, None, float(gap[worst]), where, beside, points=gap.size, one_sided_points=lone
    )
