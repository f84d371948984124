"""A curve too irregular for pieces: one value and one digest for each block of steps.

A digest shows whether anything has changed, but two values that differ in the last bit only must
have the same one. So values are rounded down to cells as wide as the tolerance. Each block shifts
its cells so that none of its values is near an edge of a cell: then rounding cannot move a value
into another cell. Values that differ by more than the tolerance are never in the same cell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b

import numpy as np

from lrplan.arrays import BoolArray, FloatArray, IntArray
from lrplan.comparison import abs_difference, finite, largest_magnitude, relate_points
from lrplan.lock.deviation import MARGIN, LockDeviation
from lrplan.text import format_number

MOST_BLOCKS = 256
_LARGEST_CELL = 2.0**62
_SAME_OFFSET = 1e-3
"""Offsets of equal values are at most so far apart: the last bits are 1e-4 of the finest cell."""
_NOT_FINITE = np.iinfo(np.int64).min


@dataclass(frozen=True, slots=True)
class Block:
    """Its first value, where its cells begin (as a share of a cell), and the digest of them."""

    value: float
    offset: float
    digest: str


@dataclass(frozen=True, slots=True)
class BlockCurve:
    """A value of each block, and a digest that decides about all of them."""

    size: int
    """Steps of a block."""
    unit: float
    """The width of a cell."""
    blocks: tuple[Block, ...]

    def times(self, factor: float) -> BlockCurve:
        """The curve ``factor`` times as high, above 0: the cells are as many times as wide."""
        blocks = tuple(replace(block, value=factor * block.value) for block in self.blocks)
        return replace(self, unit=factor * self.unit, blocks=blocks)

    @property
    def starts(self) -> IntArray:
        """The first step of each block."""
        return self.size * np.arange(len(self.blocks))

    @property
    def start_values(self) -> FloatArray:
        """The first value of each block."""
        return np.array([block.value for block in self.blocks])

    def deviation(self, now: FloatArray, steps: int, tolerance: float) -> LockDeviation | None:
        """The deviation of ``now`` from this curve of ``steps`` steps; None within the tolerance.

        A block that the run now ends in is not compared: the length is a finding by itself.
        """
        whole = now.size >= steps
        count = len(self.blocks) if whole else now.size // self.size
        now = now[:steps]
        locked = self.start_values[:count]
        distance = abs_difference(finite(now[self.starts[:count]]), finite(locked))
        locked_peak = largest_magnitude(locked)
        peak = max(largest_magnitude(now), locked_peak)
        known = distance > tolerance * peak - MARGIN * tolerance * locked_peak
        differs = known | self.changed_blocks(now, count)
        if not differs.any():
            return None
        first = int(differs.argmax())
        worst = int(distance.argmax())
        only_first_step = bool(known[first])
        return LockDeviation(
            first=first * self.size,
            span=1 if only_first_step else min(self.size, now.size - first * self.size),
            step=worst * self.size if known.any() else None,
            largest=float(distance[worst]) if known.any() else 0.0,
            peak=peak,
        )

    def changed_blocks(self, now: FloatArray, count: int) -> BoolArray:
        """Of each of the first ``count`` blocks, True if any value has left its cell."""
        digests = [
            _digest(now[start : start + self.size], self.unit, block.offset) != block.digest
            for start, block in zip(self.starts[:count].tolist(), self.blocks, strict=False)
        ]
        return np.array(digests, dtype=bool)

    def changed_steps(self, now: FloatArray) -> list[tuple[int, int]]:
        """The blocks of a run of the same length in which any value has left its cell."""
        ends = [*self.starts[1:].tolist(), now.size]
        changed = self.changed_blocks(now, len(self.blocks)).tolist()
        blocks = zip(self.starts.tolist(), ends, changed, strict=True)
        return [(first, end - 1) for first, end, is_changed in blocks if is_changed]

    def changed_from(self, other: object, steps: int) -> list[tuple[int, int]] | None:
        """The blocks in which another lock has other values; None where cells differ in width.

        The offset of the cells of a block is computed from its values: if it differs by more than
        rounding, the values are different.
        """
        if not isinstance(other, BlockCurve) or self.size != other.size or self.unit != other.unit:
            return None
        ends = [*self.starts[1:].tolist(), steps]
        blocks = zip(self.starts.tolist(), ends, self.blocks, other.blocks, strict=True)
        return [(first, end - 1) for first, end, one, two in blocks if not _is_same(one, two)]

    def relation(self, now: FloatArray, steps: int, _facts: Mapping[int, str]) -> str:
        """The factor from this curve to ``now``, where every block has it; else empty."""
        if now.size != steps:
            return ""
        points = finite(self.start_values), finite(now[self.starts])
        relation = relate_points(*points, self.starts)
        scaled = self.times(relation.factor)
        if relation.kind != "scaled" or scaled.changed_blocks(now, len(self.blocks)).any():
            return ""
        return f"the curve is the locked curve times {format_number(relation.factor)}"


def _is_same(one: Block, other: Block) -> bool:
    apart = abs(one.offset - other.offset)
    return min(apart, 1 - apart) < _SAME_OFFSET and one.digest == other.digest


def block_curve(values: FloatArray, tolerance: float) -> BlockCurve:
    """``values`` in at most ``MOST_BLOCKS`` blocks."""
    size = max(-(-values.size // MOST_BLOCKS), 1)
    unit = tolerance * largest_magnitude(values) or tolerance
    # In the file the unit has few digits, and is rounded down: a cell is never too wide.
    unit = float(f"{unit * (1 - 1e-3):.4g}")
    return BlockCurve(
        size,
        unit,
        tuple(_block(values[start : start + size], unit) for start in range(0, values.size, size)),
    )


def _block(values: FloatArray, unit: float) -> Block:
    offset = _offset(values, unit)
    return Block(float(values[0]), offset, _digest(values, unit, offset))


def _offset(values: FloatArray, unit: float) -> float:
    """The offset of the cells, 0 to below 1: the middle of the widest gap between values."""
    # In cells of 10, the values 12, 25 and 38 are 0.2, 0.5 and 0.8 into theirs: gaps from 0.2 to
    # 0.5, from 0.5 to 0.8, and the widest from 0.8 to 1.2: cells begin at 0 of each.
    with np.errstate(over="ignore"):
        cells = values[np.isfinite(values)] / unit
    inside = np.unique(np.mod(cells[np.abs(cells) < _LARGEST_CELL], 1.0))
    if not inside.size:
        return 0.0
    gaps = np.diff(inside, append=inside[0] + 1)
    widest = int(gaps.argmax())
    return round(float((inside[widest] + gaps[widest] / 2) % 1), 6) % 1


def _digest(values: FloatArray, unit: float, offset: float) -> str:
    # Example: in cells of 10 that begin at 0: 12, 25 and 38 are in cells 1, 2 and 3, and so are
    # 12.0000001 and 25 and 37.9: the digest is the same. 41 is in cell 4, and it is another one.
    with np.errstate(over="ignore", invalid="ignore"):
        cells = np.floor(values / unit - offset)
    # NaN, inf and -inf are three numbers of their own; "<i8": the same bytes on every platform.
    special = np.where(np.isnan(values), 0, np.where(values > 0, 1, 2)) + _NOT_FINITE
    limited = np.clip(np.nan_to_num(cells, nan=0.0), -_LARGEST_CELL, _LARGEST_CELL)
    numbers = np.where(np.isfinite(values), limited.astype(np.int64), special)
    return blake2b(numbers.astype("<i8").tobytes(), digest_size=5).hexdigest()
