"""Changes one number of a planned shape so that it reproduces every row of a log."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from lrplan.arrays import BoolArray, FloatArray, IndexArray
from lrplan.auditing.shapes.samples import Samples
from lrplan.auditing.shapes.shape import Candidates, Shape, ShapeLengths, weights_of
from lrplan.auditing.shapes.short_number import digits_of, shortest

_PROBES = 24
"""Rows that refute most candidates."""
_ROWS = 2_000
"""Rows by which the others are compared; the one that is reported is compared with all."""
_LONGEST = 30
"""The longest length that is tried, as a multiple of the one before and of the log."""
_MOST = 100_000
_AT_ONCE = 10_000
_ENDLESS = {"exponential", "inverse-sqrt"}
"""Kinds that have no floor to reach."""
_SAME = 1e-9
_Tried: TypeAlias = "tuple[Candidates, FloatArray]"
"""Candidates, and the rate of update 0 of each."""


def single_changes(shape: Shape, samples: Samples) -> Iterator[Shape]:
    """Yield the shape with another warm-up, with another end, and with another floor."""
    if shape.kind in {"steps", "constant"}:
        return
    longest = int(min(_LONGEST * max(shape.lengths.end, samples.updates[-1] + 1), _MOST))
    if shape.lengths.warmup:
        yield from _roundest(shape, samples, _warmups(shape, int(samples.updates[-1]) + 2))
    if shape.kind not in _ENDLESS:
        yield from _roundest(shape, samples, [_ends(shape, longest)])
        yield from _floor(shape, samples)


def _warmups(shape: Shape, most: int) -> Iterator[_Tried]:
    """Yield other warm-ups with their rates of update 0, once for each way the rest may change.

    The end stays or moves by as much; the rate of update 0 stays or is one equal part of the rise.
    """
    lengths = shape.lengths
    warmups = np.arange(0, most, dtype=np.float64)[:, None]
    moved = warmups - lengths.warmup
    begin = np.maximum(lengths.begin + moved, warmups)
    scale = np.full_like(warmups, lengths.scale)
    if lengths.scale == lengths.warmup:
        scale = np.maximum(warmups, 1)
    late = Candidates(warmups, begin, lengths.end + moved, lengths.power, lengths.gamma, scale)
    late = replace(late, mult=lengths.mult)
    before_end = warmups[:, 0] < lengths.end
    for start in _starts(shape, warmups):
        if shape.kind not in _ENDLESS and lengths.end > lengths.begin:
            same_end = replace(late, end=np.full_like(warmups, lengths.end))
            yield _at(same_end, np.flatnonzero(before_end)), start[before_end]
        yield late, start


def _starts(shape: Shape, warmups: FloatArray) -> Iterator[FloatArray]:
    """Yield the rates of update 0: the planned one, and those of a rise in equal parts."""
    yield np.full_like(warmups, shape.start)
    for more in (0, 1):
        part = shape.start * (shape.lengths.warmup + more)
        if shape.start and abs(part - shape.peak) < _SAME * shape.peak:
            yield shape.peak / np.maximum(warmups + more, 1)


def _ends(shape: Shape, longest: int) -> _Tried:
    lengths = shape.lengths
    ends = np.arange(int(lengths.begin) + 1, longest, dtype=np.float64)[:, None]
    begin = np.full_like(ends, lengths.begin)
    if shape.kind == "one-cycle":
        ends = np.arange(2, longest, dtype=np.float64)[:, None]
        # The top is at a share of the cycle.
        begin = (lengths.begin + 1) / (lengths.end + 1) * (ends + 1) - 1
    other = (lengths.power, lengths.gamma, lengths.scale, lengths.mult)
    warmup = np.full_like(ends, lengths.warmup)
    return Candidates(warmup, begin, ends, *other), np.full_like(ends, shape.start)


def _roundest(shape: Shape, samples: Samples, tried: Iterable[_Tried]) -> Iterator[Shape]:
    """Yield the shape with the roundest lengths that give every row, of each kind tried."""
    few, many = samples.thin(_PROBES), samples.thin(_ROWS)
    for lengths, starts in tried:
        good = np.flatnonzero(_agree(shape, few, lengths, starts))
        good = good[_agree(shape, many, _at(lengths, good), starts[good])]
        if not good.size:
            continue
        found = [_single(_at(lengths, np.array([index]))) for index in good[:2_000]]
        best = min(range(len(found)), key=lambda i: _digits(found[i]))
        ranges = {
            name: (low, high)
            for name in ("warmup", "end")
            if (low := min(int(getattr(each, name)) for each in found))
            < (high := max(int(getattr(each, name)) for each in found))
        }
        start = float(starts[good[best], 0]) if found[best].warmup else 0.0
        yield replace(shape, lengths=found[best], start=start, ranges=ranges)


def _agree(shape: Shape, samples: Samples, lengths: Candidates, starts: FloatArray) -> BoolArray:
    """Say of each candidate whether it gives every row."""
    agreed = []
    for first in range(0, len(starts), _AT_ONCE):
        rows = np.arange(first, min(first + _AT_ONCE, len(starts)))
        share = weights_of(shape.kind, samples.updates, _at(lengths, rows))
        curve = share.peak * shape.peak + share.floor * shape.floor + share.start * starts[rows]
        agreed.append((np.abs(curve - samples.values) <= samples.slack).all(axis=1))
    return np.concatenate(agreed) if agreed else np.zeros(0, bool)


def _at(lengths: Candidates, rows: IndexArray) -> Candidates:
    """Some of the candidates."""

    def some(value: float | FloatArray) -> float | FloatArray:
        return value[rows] if isinstance(value, np.ndarray) else value

    return replace(
        lengths,
        warmup=some(lengths.warmup),
        begin=some(lengths.begin),
        end=some(lengths.end),
        scale=some(lengths.scale),
    )


def _single(lengths: Candidates) -> ShapeLengths:
    """The only candidate, with plain numbers."""
    warmup, begin, end, scale, power, gamma = (
        float(np.ravel(each)[0])
        for each in (
            lengths.warmup,
            lengths.begin,
            lengths.end,
            lengths.scale,
            lengths.power,
            lengths.gamma,
        )
    )
    return ShapeLengths(warmup, begin, end, power, gamma, scale, lengths.mult)


def _digits(lengths: ShapeLengths) -> int:
    return sum(digits_of(float(each)) for each in (lengths.warmup, lengths.end))


def _floor(shape: Shape, samples: Samples) -> Iterator[Shape]:
    """Yield the shape with the floor that the rows allow."""
    share = weights_of(shape.kind, samples.updates, shape.lengths)
    given = share.peak * shape.peak + share.start * shape.start
    counted = share.floor > 1e-12
    if (np.abs(given - samples.values) > samples.slack)[~counted].any() or not counted.any():
        return
    rest, own = samples.values[counted] - given[counted], share.floor[counted]
    low = float(((rest - samples.slack[counted]) / own).max())
    high = float(((rest + samples.slack[counted]) / own).min())
    if max(low, 0.0) <= high:
        yield replace(shape, floor=shortest(max(low, 0.0), high))
