"""Dashes along a curve of dots, as long on its steep parts as on its flat ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from lrplan.arrays import BoolArray, IntArray

_TOUCHING = 2
"""Rows that two columns of a curve share where it goes on; those of a band share more."""


class Dashes(NamedTuple):
    """The lengths of a dash and of the gap behind it, in dots."""

    dash: int
    gap: int

    def has_ink(self, way: int) -> bool:
        """Return True for a dot so far along the curve that is in a dash."""
        return way % (self.dash + self.gap) < self.dash


def dots_of(
    rows: IntArray, columns: Sequence[int], dashed: BoolArray, dashes: Dashes
) -> Iterator[tuple[int, int, int]]:
    """Yield what is to be drawn of a curve: a column, its lowest row, and its highest.

    A dash is measured along the curve: a jump has dashes too, and cannot fall into a gap. Where a
    curve swings within a column, so that its columns make a band, dashes are as wide as they are
    on a flat part, and as high as the band.

    Args:
        rows: the lowest and the highest row of each of ``columns``, shape ``(columns, 2)``.
        columns: ascending; a curve with a gap leaves some out.
        dashed: for each of ``columns``, True where there are to be dashes.
        dashes: how long.
    """
    way = dashes.dash  # the curve before it is drawn whole: the first stretch is a gap
    before: tuple[int, int] | None = None
    for column, (low, high), is_dashed in zip(columns, rows.tolist(), dashed, strict=True):
        if not is_dashed:
            way = dashes.dash
            yield column, low, high
        elif before is not None and min(high, before[1]) - max(low, before[0]) > _TOUCHING:
            way += 1
            if dashes.has_ink(way):
                yield column, low, high
        else:
            falls = before is not None and before[0] + before[1] > low + high
            steps = range(high, low - 1, -1) if falls else range(low, high + 1)
            yield from _runs(
                column, [row for i, row in enumerate(steps) if dashes.has_ink(way + i)]
            )
            way += max(high - low, 1)
        before = low, high


def _runs(column: int, rows: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """Yield ``rows`` of a column as stretches without gaps."""
    ordered = sorted(rows)
    begin = 0
    for index, row in enumerate(ordered):
        if index + 1 == len(ordered) or ordered[index + 1] != row + 1:
            yield column, ordered[begin], row
            begin = index + 1
