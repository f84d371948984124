"""The layout of a picture: boxes in inches from the lower left corner."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

_EDGE = 0.12
_GUTTER = 0.22
_LEAST = 0.12
"""No plotting area is smaller, however little room there is: axes need a positive size."""
_SMALLEST_TEXT = 4.5
"""Points; a picture too small for it has text that runs into other text."""


@dataclass(frozen=True, slots=True)
class PanelSizes:
    """Sizes that suit a number of panels: fonts in points, lengths in inches."""

    text: float
    title: float
    width: float
    """Of the plotting area."""
    height: float
    """Of the first field's plotting area; further fields get half."""

    @property
    def line(self) -> float:
        """Height of a line of ordinary text."""
        return self.text * 1.35 / 72

    def within(self, natural: Layout, size: tuple[float, float], fields: int) -> PanelSizes:
        """The scale for a picture of ``size`` whose layout at this scale would be ``natural``."""
        # Text shrinks with the picture, down to a size that can still be read; from there on only
        # the plotting areas shrink. Example: at half the natural size text of 8 points becomes 4.5.
        shrink = min(1.0, size[0] / natural.width, size[1] / natural.height)
        text = max(shrink, min(1.0, _SMALLEST_TEXT / self.text))
        rows = len({spot.outer.bottom for spot in natural.spots})
        columns = len({spot.outer.left for spot in natural.spots})
        shares = rows * (1 + 0.5 * (fields - 1))
        around = (natural.width - columns * self.width, natural.height - shares * self.height)
        return PanelSizes(
            text=self.text * text,
            title=self.title * text,
            width=max((size[0] - around[0] * text) / columns, _LEAST),
            height=max((size[1] - around[1] * text) / shares, _LEAST),
        )


def scale_of(count: int) -> PanelSizes:
    """Sizes for ``count`` schedules: a page for one, small multiples for many."""
    if count == 1:
        return PanelSizes(text=8.5, title=11.5, width=6.4, height=3.1)
    if count <= 6:
        return PanelSizes(text=8.0, title=10.0, width=3.9, height=2.1)
    if count <= 18:
        return PanelSizes(text=7.5, title=9.0, width=3.3, height=1.75)
    return PanelSizes(text=7.0, title=8.5, width=2.8, height=1.45)


def columns_of(count: int) -> int:
    """The number of schedules side by side."""
    for most, columns in ((1, 1), (6, 2), (18, 3), (40, 4), (80, 5)):
        if count <= most:
            return columns
    return max(6, round(math.sqrt(0.4 * count)))


class Box(NamedTuple):
    """A rectangle: left, bottom, width, height."""

    left: float
    bottom: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The right edge."""
        return self.left + self.width

    @property
    def top(self) -> float:
        """The upper edge."""
        return self.bottom + self.height


@dataclass(frozen=True, slots=True)
class ScheduleBoxes:
    """The boxes of one schedule."""

    axes: tuple[Box, ...]
    """A plotting area per field, from top to bottom."""
    outer: Box
    """All the room of the schedule, titles and labels included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Margins:
    """Margins around the plotting areas of every schedule, in inches."""

    left: float
    rights: tuple[float, ...]
    """Per column: for names of curves."""
    above: float
    below: float
    between: float
    """Between two fields."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The size of a picture and the spots in it, in the order of the schedules."""

    width: float
    height: float
    spots: tuple[ScheduleBoxes, ...]


def plot_width(scale: PanelSizes, margins: Margins, total: float | None) -> float:
    """Width of each plotting area: the scale's own, or what a picture ``total`` wide leaves."""
    columns = len(margins.rights)
    text = columns * margins.left + sum(margins.rights) + (columns - 1) * _GUTTER + 2 * _EDGE
    return scale.width if total is None else max((total - text) / columns, _LEAST)


def lay_out(
    notes: Sequence[int],
    *,
    fields: int,
    margins: Margins,
    scale: PanelSizes,
    size: tuple[float, float] | None,
) -> Layout:
    """Lay out as many schedules as ``notes`` has entries, row by row from the top.

    Args:
        notes: lines of notes under each schedule.
        fields: plotting areas per schedule.
        margins: room for text around them; as many columns as it has ``rights``.
        scale: sizes of text and of the plotting areas.
        size: of the whole picture; None: what the plotting areas of ``scale`` add up to.
    """
    # A row is as high as its schedule with the most notes. With a size, the height left by all text
    # is shared by the rows: the first field of a schedule gets one share, each further one a half.
    columns = len(margins.rights)
    rows = [notes[start : start + columns] for start in range(0, len(notes), columns)]
    fixed = margins.above + (fields - 1) * margins.between + margins.below
    around = [fixed + scale.line * max(row) for row in rows]
    text = sum(around) + (len(rows) - 1) * _GUTTER + 2 * _EDGE
    shares = 1 + 0.5 * (fields - 1)
    tall = max((size[1] - text) / len(rows) / shares, _LEAST) if size else scale.height
    heights = [tall] + [tall / 2] * (fields - 1)
    width = plot_width(scale, margins, size[0] if size else None)
    across = _columns(margins, width)
    height = size[1] if size else text + len(rows) * sum(heights)
    spots = []
    top = height - _EDGE
    for row, room in zip(rows, around, strict=True):
        deep = room + sum(heights)
        for (left, wide), _ in zip(across, row, strict=False):
            outer = Box(left, top - deep, wide, deep)
            spots.append(ScheduleBoxes(_stack(outer, heights, width, margins), outer))
        top -= deep + _GUTTER
    return Layout(size[0] if size else sum(across[-1]) + _EDGE, height, tuple(spots))


def _columns(margins: Margins, width: float) -> list[tuple[float, float]]:
    """Left edge and full width of every column."""
    columns = []
    left = _EDGE
    for right in margins.rights:
        wide = margins.left + width + right
        columns.append((left, wide))
        left += wide + _GUTTER
    return columns


def _stack(outer: Box, heights: list[float], width: float, margins: Margins) -> tuple[Box, ...]:
    boxes = []
    top = outer.top - margins.above
    for height in heights:
        boxes.append(Box(outer.left + margins.left, top - height, width, height))
        top -= height + margins.between
    return tuple(boxes)


def spread_positions(wanted: list[float], gap: float, low: float, high: float) -> list[float]:
    """Positions as near to ``wanted`` as they can be with ``gap`` between neighbours.

    The least-squares answer: with ``z_i = y_i - i * gap`` the gaps become an order, which pooling
    adjacent violators restores.

    Args:
        wanted: ascending positions.
        gap: least distance between two neighbours.
        low: lowest position allowed.
        high: highest position allowed; where the room is too small, positions go beyond it.
    """
    # Example: names wanted at 0, 1 and 1.5 with a gap of 2 have z = 0, -1 and -2.5. Each violates
    # the order, so that all become one pool with the mean z = -1.17: they are put at -1.17, 0.83
    # and 2.83, as a block around the middle of the wanted positions.
    pools: list[tuple[float, int]] = []
    for index, position in enumerate(wanted):
        mean, size = position - index * gap, 1
        while pools and pools[-1][0] > mean:
            lower, count = pools.pop()
            mean = (lower * count + mean * size) / (count + size)
            size += count
        pools.append((mean, size))
    flat = [mean for mean, size in pools for _ in range(size)]
    ceiling = max(high - (len(wanted) - 1) * gap, low)
    return [min(max(z, low), ceiling) + index * gap for index, z in enumerate(flat)]
