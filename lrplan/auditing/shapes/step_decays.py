"""Fits stepwise decays: StepLR and MultiStepLR, with or without a warm-up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from lrplan.arrays import FloatArray
from lrplan.auditing.shapes.peak_rows import PeakRows
from lrplan.auditing.shapes.samples import Samples
from lrplan.auditing.shapes.shape import Shape, ShapeLengths, curve_of
from lrplan.auditing.shapes.short_number import digits_of, shortest
from lrplan.auditing.shapes.warm_up import warmups_of

_MOST_DROPS = 64


def constant(samples: Samples, top: PeakRows) -> Iterator[Shape]:
    """Yield a constant rate, after a linear warm-up or none."""
    for shape in _stairs(samples, top, []):
        yield replace(shape, kind="constant")


def stairs(samples: Samples, top: PeakRows) -> Iterator[Shape]:
    """Yield the drops, all by one factor, of a curve that is constant between them."""
    tail = samples.rows(slice(top.first, None))
    drops = _drops(tail)
    # With only one row per level, every falling curve would count as stairs.
    if drops is None or not drops or 2 * (len(drops) + 1) > len(tail.values):
        return
    yield from _stairs(samples, top, drops)


def _stairs(samples: Samples, top: PeakRows, drops: Sequence[int]) -> Iterator[Shape]:
    tail = samples.rows(slice(top.first, None))
    begins = np.array([0, *drops])
    low = np.maximum.reduceat(tail.values - tail.slack, begins)
    high = np.minimum.reduceat(tail.values + tail.slack, begins)
    if (low > high).any() or low[-1] <= 0:
        return
    gammas = _gamma(low, high)
    if gammas is None:
        return
    gaps = [(int(tail.updates[i - 1]) + 1, int(tail.updates[i])) for i in drops]
    for shape in _placed(gaps, gammas, shortest(float(low[0]), float(high[0]))):
        found = list(_warmed(samples, top, shape))
        if found:
            yield from found
            return


def _drops(tail: Samples) -> list[int] | None:
    """The rows at which the rate drops; None if it rises, or drops too often."""
    low, high = tail.values - tail.slack, tail.values + tail.slack
    drops: list[int] = []
    floor, ceiling = low[0], high[0]
    changed = np.flatnonzero(tail.values[1:] != tail.values[:-1]) + 1
    for row in changed.tolist():
        floor, ceiling = max(floor, low[row]), min(ceiling, high[row])
        if floor <= ceiling:
            continue
        if tail.values[row] > tail.values[row - 1] or len(drops) == _MOST_DROPS:
            return None
        drops.append(row)
        floor, ceiling = low[row], high[row]
    return drops


def _gamma(low: FloatArray, high: FloatArray) -> float | None:
    """The factor of each drop; None if no one factor fits all."""
    if len(low) == 1:
        return 1.0
    # Ratios of levels next to each other, and the root of that of the first and the last.
    count = len(low) - 1
    least = float(max((low[1:] / high[:-1]).max(), (low[-1] / high[0]) ** (1 / count)))
    most = float(min((high[1:] / low[:-1]).min(), (high[-1] / low[0]) ** (1 / count)))
    return shortest(least, most) if least <= most else None


def _placed(gaps: Sequence[tuple[int, int]], gamma: float, peak: float) -> Iterator[Shape]:
    """Yield the drops at equal distances, if they allow that; then at their own updates."""
    ranges = {f"milestone {i}": gap for i, gap in enumerate(gaps) if gap[0] < gap[1]}
    milestones = tuple(_roundest(*gap) for gap in gaps)
    shape = Shape("steps", peak, lengths=ShapeLengths(gamma=gamma), milestones=milestones)
    if len(gaps) > 1:
        least = max(-(-low // (i + 1)) for i, (low, _) in enumerate(gaps))
        most = min(high // (i + 1) for i, (_, high) in enumerate(gaps))
        if least <= most:
            equal = {"every": (least, most)} if least < most else {}
            yield replace(shape, every=_roundest(least, most), ranges=equal)
    yield replace(shape, ranges=ranges)


def _roundest(low: int, high: int) -> int:
    """The number of the fewest digits from ``low`` to ``high``."""
    return int(min(range(low, min(high, low + 100_000) + 1), key=lambda n: (digits_of(n), -n)))


def _warmed(samples: Samples, top: PeakRows, shape: Shape) -> Iterator[Shape]:
    """Yield the shape with the warm-up that the first rows have."""
    ends = [0] if not top.first else warmups_of(samples, top)
    for end in ends:
        head = samples.rows(slice(0, top.first))
        start = 0.0
        if end:
            # The first row that rises gives the rate of update 0.
            share = head.updates / end
            rest = np.maximum(1 - share, 1e-12)
            low = float(((head.values - head.slack - shape.peak * share) / rest).max())
            high = float(((head.values + head.slack - shape.peak * share) / rest).min())
            if low > high or high < 0:
                continue
            start = shortest(max(low, 0.0), high)
        begin = end if shape.every else 0
        found = replace(shape, start=start, lengths=replace(shape.lengths, warmup=end, begin=begin))
        if shape.every and end:
            found = replace(found, every=0)
        if samples.agree(curve_of(found, samples.updates)):
            yield found
            return
