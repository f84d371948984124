"""Which curve is whose: names beside their ends, or a strip of colours where they are many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lrplan.render.picture.drawing.palette import readable
from lrplan.render.picture.layout import Box, Scale, spread
from lrplan.render.picture.view_model import names_label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lrplan.render.picture.drawing.axes import YAxis
    from lrplan.render.picture.drawing.canvas import Canvas
    from lrplan.render.picture.drawing.fonts import Lettering
    from lrplan.render.picture.view_model import Panel, Series

_LEADER = 0.2
"""Inches from the axes to a name; the line from the curve to its name bridges them."""
_MOST_NAMES = 14
_ROOM = 0.4
"""The most that names may take, as a share of the width of the axes."""


@dataclass(frozen=True, slots=True)
class Legend:
    """How the curves of one panel are named."""

    entries: tuple[tuple[Series, str], ...]
    strip: bool
    """A strip of colours with some of the names, instead of every name at its curve."""

    def width(self, letters: Lettering, size: float) -> float:
        """Room it takes to the right of the axes, in inches."""
        widest = max((letters.width(name, size) for _, name in self.entries), default=0.0)
        return widest + _LEADER + 0.06 if self.entries else 0.0


def make_legend(
    panel: Panel, letters: Lettering, scale: Scale, height: float, *, first: bool
) -> Legend:
    """How to name the curves of ``panel`` in axes ``height`` inches tall.

    A schedule with one group needs no names; every panel of the others has its own, for groups
    that share a curve in one field may differ in the next.
    """
    if panel.groups < 2:
        return Legend((), strip=False)
    room = scale.width * _ROOM
    entries = tuple(
        (series, letters.fit(_name(series, panel), room, scale.text, middle=True))
        for series in panel.series
    )
    fits = len(entries) <= min(_MOST_NAMES, height / (scale.text * 1.2 / 72))
    if not fits and not first:
        return Legend((), strip=False)
    return Legend(entries, strip=not fits)


def _name(series: Series, panel: Panel) -> str:
    if len(series.names) == panel.groups > 3:
        return f"all {panel.groups} groups"
    return names_label(series.names)


def draw_legend(sheet: Canvas, key: Legend, box: Box, axis: YAxis, colours: Sequence[str]) -> None:
    """The names of a panel, to the right of its axes: they never hide a curve."""
    if key.strip:
        _draw_strip(sheet, key, box, colours)
    elif key.entries:
        _draw_names(sheet, key, box, axis, colours)


def _draw_names(sheet: Canvas, key: Legend, box: Box, axis: YAxis, colours: Sequence[str]) -> None:
    ends = [(axis.share(series.sketch.last), series.sketch.mean) for series, _ in key.entries]
    order = sorted(range(len(ends)), key=lambda index: (ends[index], -index))
    wanted = [box.bottom + ends[index][0] * box.height for index in order]
    gap = sheet.scale.text * 1.2 / 72
    places = spread(wanted, gap, box.bottom + gap * 0.2, box.top - gap * 0.2)
    for index, place, end in zip(order, places, wanted, strict=True):
        series, name = key.entries[index]
        colour = colours[series.kind]
        sheet.line((box.right + 0.04, end), (box.right + _LEADER - 0.03, place), colour)
        sheet.write(
            (box.right + _LEADER, place - sheet.scale.text * 0.36 / 72),
            name,
            size=sheet.scale.text,
            colour=readable(colour, sheet.theme),
        )


def _draw_strip(sheet: Canvas, key: Legend, box: Box, colours: Sequence[str]) -> None:
    count = len(key.entries)
    tall = box.height / count
    for index, (series, _) in enumerate(key.entries):
        bottom = box.top - (index + 1) * tall
        sheet.block(Box(box.right + 0.06, bottom, 0.09, tall), colours[series.kind])
    for index in _chosen(count, max(2, int(box.height / (sheet.scale.text * 1.9 / 72)))):
        middle = box.top - (index + 0.5) * tall
        place = (box.right + _LEADER, middle - sheet.scale.text * 0.36 / 72)
        sheet.write(place, key.entries[index][1], size=sheet.scale.text, colour=sheet.theme.soft)


def _chosen(count: int, most: int) -> list[int]:
    """Evenly spaced indices, the first and the last among them."""
    stride = max(1, -(-(count - 1) // (most - 1)))
    inner = [index for index in range(0, count - 1, stride) if count - 1 - index > stride / 2]
    return [*inner, count - 1]
