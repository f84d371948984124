"""The legend of a panel: names beside the ends of curves, or a strip of colours for many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import NamedTuple

from lrplan.render.picture.axes import YAxis
from lrplan.render.picture.canvas import Canvas
from lrplan.render.picture.fonts import Lettering
from lrplan.render.picture.layout import Box, PanelSizes, spread_positions
from lrplan.render.picture.palette import readable
from lrplan.render.view.numbers import value_label
from lrplan.render.view.view_model import Panel, Series
from lrplan.text import join_equal

_LEADER = 0.2
"""Inches from the axes to a name; the line from the curve to its name bridges them."""
_BETWEEN = 0.06
"""Inches behind a name and a value."""
_MOST_NAMES = 14
_ROOM = 0.4
"""The most that names may take, as a share of the width of the axes."""
_SPARED = ".no_decay"
"""The end of the name of a group that is another group without its weight decay."""


class LegendEntry(NamedTuple):
    """The texts beside the end of a curve; each may be empty."""

    series: Series
    name: str
    value: str
    """The last value of the curve."""


@dataclass(frozen=True, slots=True)
class Legend:
    """The names of the curves of one panel."""

    entries: tuple[LegendEntry, ...]
    strip: bool
    """A strip of colours with some of the names, instead of every name at its curve."""

    def width(self, lettering: Lettering, size: float) -> float:
        """Room it takes to the right of the axes, in inches."""
        widths = (
            sum(lettering.width(text, size) + _BETWEEN for text in (each.name, each.value) if text)
            for each in self.entries
        )
        return max(widths) + _LEADER if self.entries else 0.0


def make_legend(
    panel: Panel, lettering: Lettering, scale: PanelSizes, height: float, *, first: bool, last: bool
) -> Legend:
    """The legend of ``panel`` in axes ``height`` inches tall.

    A schedule with one group needs no names; every panel of the others has its own, for groups
    that share a curve in one field may differ in the next.

    Args:
        panel: gives the curves.
        lettering: measures the names.
        scale: sizes of text.
        height: of the axes, in inches.
        first: it is the first panel of its schedule.
        last: each name is followed by the last value of its curve, where all names have room.
    """
    fits = len(panel.series) <= min(_MOST_NAMES, height / (scale.text * 1.2 / 72))
    named = panel.groups > 1
    with_values = last and fits
    if not (named or with_values) or not (fits or first):
        return Legend((), strip=False)
    room = scale.width * _ROOM
    entries = tuple(
        LegendEntry(
            series,
            lettering.fit(_name(series, panel), room, scale.text, middle=True) if named else "",
            value_label(series.stats.last, 3)
            if with_values and series.stats.extent.has_finite
            else "",
        )
        for series in panel.series
    )
    return Legend(entries, strip=not fits)


def _name(series: Series, panel: Panel) -> str:
    if len(series.names) == panel.groups > 3:
        return f"all {panel.groups} groups"
    # `blocks.3` and `blocks.3.no_decay` have one learning rate in nearly every plan, and both names
    # in full would be cut off.
    names = set(series.names)
    bases = [name for name in series.names if not name.endswith(_SPARED)]
    if names == {*bases, *(base + _SPARED for base in bases)}:
        return f"{join_equal(bases)} (+ {_SPARED.lstrip('.')})"
    return join_equal(series.names)


def draw_legend(
    canvas: Canvas, legend: Legend, box: Box, y_axis: YAxis, colours: Sequence[str]
) -> None:
    """The names of a panel, to the right of its axes: they never hide a curve."""
    if legend.strip:
        _draw_strip(canvas, legend, box, colours)
    elif legend.entries:
        _draw_names(canvas, legend, box, y_axis, colours)


def _draw_names(
    canvas: Canvas, legend: Legend, box: Box, y_axis: YAxis, colours: Sequence[str]
) -> None:
    # A name should be where its curve ends; names that would run into each other are spread,
    # and a leader line joins each to its end. Curves that end together are in the order of means.
    ends = [(y_axis.share(one.series.stats.last), one.series.stats.mean) for one in legend.entries]
    order = sorted(range(len(ends)), key=lambda index: (ends[index], -index))
    wanted = [box.bottom + ends[index][0] * box.height for index in order]
    gap = canvas.scale.text * 1.2 / 72
    heights = spread_positions(wanted, gap, box.bottom + gap * 0.2, box.top - gap * 0.2)
    for index, height, end in zip(order, heights, wanted, strict=True):
        entry = legend.entries[index]
        colour = colours[entry.series.colour]
        canvas.line((box.right + 0.04, end), (box.right + _LEADER - 0.03, height), colour)
        _write_entry(canvas, entry, (box.right + _LEADER, height), readable(colour, canvas.theme))


def _write_entry(
    canvas: Canvas, entry: LegendEntry, place: tuple[float, float], colour: str
) -> None:
    size = canvas.scale.text
    left, baseline = place[0], place[1] - size * 0.36 / 72
    if entry.name:
        canvas.write((left, baseline), entry.name, size=size, colour=colour)
        left += canvas.lettering.width(entry.name, size) + _BETWEEN
    if entry.value:
        canvas.write((left, baseline), entry.value, size=size, colour=canvas.theme.soft)


def _draw_strip(canvas: Canvas, legend: Legend, box: Box, colours: Sequence[str]) -> None:
    entries = _in_curve_order(legend.entries)
    count = len(entries)
    tall = box.height / count
    for index, entry in enumerate(entries):
        bottom = box.top - (index + 1) * tall
        canvas.block(Box(box.right + 0.06, bottom, 0.09, tall), colours[entry.series.colour])
    for index in _chosen(count, max(2, int(box.height / (canvas.scale.text * 1.9 / 72)))):
        middle = box.top - (index + 0.5) * tall
        position = (box.right + _LEADER, middle - canvas.scale.text * 0.36 / 72)
        canvas.write(
            position, entries[index].name, size=canvas.scale.text, colour=canvas.theme.soft
        )


def _in_curve_order(entries: Sequence[LegendEntry]) -> list[LegendEntry]:
    """The entries of each run in their order, or reversed if most curves lie above the one before.

    The last layers of a network have the largest rates, and their curves lie at the top.
    """
    ordered: list[LegendEntry] = []
    for _, run in groupby(entries, key=lambda entry: entry.series.run):
        own = list(run)
        means = [entry.series.stats.mean for entry in own]
        rises = sum((after > before) - (after < before) for before, after in pairwise(means))
        ordered += own[::-1] if rises > 0 else own
    return ordered


def _chosen(count: int, most: int) -> list[int]:
    """Evenly spaced indices, the first and the last among them."""
    # 11 names with room for 4: a stride of ceil(10 / 3) = 4 gives 0, 4, 8 and the last, 10. Index 8
    # is left out, since it would be within half a stride of 10. 10 names give 0, 3, 6, 9.
    stride = max(1, -(-(count - 1) // (most - 1)))
    inner = [index for index in range(0, count - 1, stride) if count - 1 - index > stride / 2]
    return [*inner, count - 1]
