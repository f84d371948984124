"""Candidate lengths of a shape: integers near an estimate, and the choice of the best one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from lrplan.arrays import FloatArray
from lrplan.auditing.shapes.least_squares import residuals
from lrplan.auditing.shapes.samples import Samples
from lrplan.auditing.shapes.shape import Candidates, Kind, Shape, ShapeLengths, curve_of, weights_of
from lrplan.auditing.shapes.short_number import digits_of
from lrplan.auditing.shapes.solve_levels import FixedAtZero, Levels, solve_levels

_SAMPLES = 160
"""Rows by which candidates are compared; the one that is reported is compared with all."""
_MOST_TRIED, _MOST_AT_END = 12, 6
_MOST_AT_ONCE = 4_000
_MOST_TURNS = 4
_MORE_DIGITS = 2
_BITS_A_DIGIT = 3.32
_OPEN, _MOST_OPEN = 0.2, 20
"""The largest distance of the least and the largest possible length: a share, and a ratio."""
_FARTHEST = 1 << 24
_WHOLE = ("warmup", "begin", "end", "scale")


def integers_near(estimate: float, reach: int) -> list[int]:
    """Whole numbers around an estimate, and the round ones farther away."""
    middle = round(estimate)
    near = set(range(middle - reach, middle + reach + 1))
    for unit in (10, 100, 1_000, 10_000, 100_000):
        if unit < middle:
            near |= {(middle // unit + each) * unit for each in range(-reach // 2, reach // 2 + 1)}
    return sorted(each for each in near if each >= 0)


def roundest_fit(
    samples: Samples, kind: Kind, candidates: Sequence[ShapeLengths], pins: FixedAtZero
) -> Shape | None:
    """The shape of the candidate with the roundest lengths that gives every row, or None.

    ``ranges`` of the result have the lengths of all candidates that do so.
    """
    if not candidates:
        return None
    few = samples.thin(_SAMPLES)
    misses = np.concatenate(
        [
            residuals(few, kind, stack_candidates(candidates[begin : begin + _MOST_AT_ONCE]), pins)
            for begin in range(0, len(candidates), _MOST_AT_ONCE)
        ]
    )
    # Least squares does not minimise the largest distance: a near miss may still be possible.
    good = [each for each, miss in zip(candidates, misses, strict=True) if miss <= 1]
    near = np.argsort(misses, kind="stable")[:_MOST_TRIED]
    doubtful = [candidates[i] for i in near if 1 < misses[i] < 3 + len(few.values)]
    good += [each for each in doubtful if _levels(few, kind, each, pins) is not None]
    good.sort(key=_digits)
    # A run often ends with its schedule.
    last = int(samples.updates[-1])
    at_end = [each for each in good if 0 <= each.end - last <= 2]
    tried = dict.fromkeys((*good[:_MOST_TRIED], *at_end[:_MOST_AT_END]))
    shapes = [_exact(samples, few, kind, lengths, pins) for lengths in tried]
    fitting = [shape for shape in shapes if shape is not None]
    if kind == "linear":
        # A line shows no bend at its end: with a floor, prefer one that ends by the last row.
        in_time = [each for each in fitting if not each.floor or each.lengths.end <= last + 2]
        fitting = in_time or fitting
    found = min(fitting, key=bits_of, default=None)
    if found is None:
        return None
    has_end = kind not in {"exponential", "inverse-sqrt"}
    ends = _ends(few, kind, good, pins) if len(good) > 1 and has_end else []
    found = replace(found, ranges=_ranges([*good, *ends], found.lengths))
    if kind == "linear" and found.floor and found.lengths.end >= last:
        # A line that goes on to the end of the log: any later end with a lower floor is the same.
        found = replace(found, ranges={n: r for n, r in found.ranges.items() if n != "end"})
    return None if _is_undetermined(found, samples) else found


def _is_undetermined(shape: Shape, samples: Samples) -> bool:
    """Return True if the log does not determine a length well enough to report it."""
    gaps = int(np.diff(samples.updates).max(initial=1))
    lengths = shape.lengths
    return any(
        high - low > 2 * gaps + _OPEN * high
        for name, (low, high) in shape.ranges.items()
        if name != "end" or lengths.end <= samples.updates[-1] + gaps
    ) or any(high > _MOST_OPEN * max(low, 1) for low, high in shape.ranges.values())


def bits_of(shape: Shape) -> float:
    """The bits that name a shape."""
    lengths = shape.lengths
    numbers = [shape.peak, shape.floor, shape.start, lengths.warmup, lengths.end]
    numbers += [0 if lengths.begin == lengths.warmup else lengths.begin]
    numbers += [*shape.milestones] if not shape.every else [shape.every]
    numbers += [0 if each == 1 else each for each in (lengths.power, lengths.gamma, lengths.scale)]
    return _BITS_A_DIGIT * sum(digits_of(float(each)) + 1 for each in numbers if each)


def _ends(
    samples: Samples, kind: Kind, good: Sequence[ShapeLengths], pins: FixedAtZero
) -> Iterator[ShapeLengths]:
    """Yield the farthest ends that are possible, beyond the candidates."""
    turns = {(each.warmup, each.begin, each.power): each for each in good}
    for lengths in list(turns.values())[:_MOST_TURNS]:
        for sign in (-1, 1):
            step = 1
            while step < _FARTHEST and _is_possible(samples, kind, lengths, sign * step, pins):
                step *= 2
            low, high = step // 2, step
            while high - low > 1:
                middle = (low + high) // 2
                possible = _is_possible(samples, kind, lengths, sign * middle, pins)
                low, high = (middle, high) if possible else (low, middle)
            yield replace(lengths, end=lengths.end + sign * low)


def _is_possible(
    samples: Samples, kind: Kind, lengths: ShapeLengths, by: int, pins: FixedAtZero
) -> bool:
    moved = replace(lengths, end=lengths.end + by)
    return moved.end > moved.begin and _levels(samples, kind, moved, pins) is not None


def stack_candidates(candidates: Sequence[ShapeLengths]) -> Candidates:
    """The candidates as one, with arrays of shape ``(candidates, 1)``."""

    def column(name: str) -> FloatArray:
        return np.array([[getattr(each, name)] for each in candidates], np.float64)

    warmup, begin, end = column("warmup"), column("begin"), column("end")
    power, gamma, scale = column("power"), column("gamma"), column("scale")
    return Candidates(warmup, begin, end, power, gamma, scale, candidates[0].mult)


def _levels(
    samples: Samples, kind: Kind, lengths: ShapeLengths, pins: FixedAtZero
) -> Levels | None:
    weights = weights_of(kind, samples.updates, lengths)
    low, high = samples.values - samples.slack, samples.values + samples.slack
    return solve_levels(weights, low, high, pins)


def _exact(
    samples: Samples, few: Samples, kind: Kind, lengths: ShapeLengths, pins: FixedAtZero
) -> Shape | None:
    for rows in (few, samples):
        levels = _levels(rows, kind, lengths, pins)
        if levels is None:
            return None
        shape = Shape(kind, levels.peak, levels.floor, levels.start, lengths)
        if _is_contrived(shape, samples):
            return None
        if samples.agree(curve_of(shape, samples.updates)):
            return shape
        if len(samples.values) > 20_000:
            return None
    return None


def _is_contrived(shape: Shape, samples: Samples) -> bool:
    """Return True if the peak takes more digits than the log has: it is a fit by chance."""
    largest = np.abs(samples.values).max()
    if not largest:
        return False  # rates that are all 0 take no digits
    told = float(np.log10(largest / samples.slack.max()))
    return digits_of(shape.peak) > told + _MORE_DIGITS


def _digits(lengths: ShapeLengths) -> float:
    """The number of digits of the lengths, small numbers first."""
    numbers = (lengths.warmup, lengths.begin, lengths.end, lengths.power, lengths.scale)
    return sum(digits_of(float(each)) for each in numbers)


def _ranges(good: Sequence[ShapeLengths], chosen: ShapeLengths) -> Mapping[str, tuple[int, int]]:
    found = {}
    for name in _WHOLE:
        numbers = [int(getattr(each, name)) for each in (*good, chosen)]
        if min(numbers) < max(numbers):
            found[name] = (min(numbers), max(numbers))
    return found
