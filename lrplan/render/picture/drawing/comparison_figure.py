"""From compared runs to a figure: for each cell curves above, their differences below."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from lrplan.render.picture.drawing.axes import (
    YAxis,
    across_ticks,
    epochs_above,
    frame,
    side_labels,
    upright,
)
from lrplan.render.picture.drawing.canvas import Canvas
from lrplan.render.picture.drawing.captions import note_lines, write_headings, write_notes
from lrplan.render.picture.drawing.curves import draw_curves
from lrplan.render.picture.drawing.fonts import Lettering
from lrplan.render.picture.drawing.legend import Legend, draw_legend, make_legend
from lrplan.render.picture.drawing.palette import THEMES, curve_colours
from lrplan.render.picture.layout import Margins, columns_of, lay_out, plot_width, scale_of
from lrplan.render.picture.view_model import epochs_apart

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lrplan.render.picture.drawing.captions import NoteLine
    from lrplan.render.picture.layout import Layout, Scale, Spot
    from lrplan.render.picture.options import PictureOptions
    from lrplan.render.picture.view_model import ScheduleView

_PANELS = 2
_HEADROOM = 0.06


@dataclass(frozen=True, slots=True, eq=False)
class _Measured:
    """A cell, and what had to be measured to find room for it."""

    cell: ScheduleView
    axes: tuple[YAxis, ...]
    keys: tuple[Legend, ...]
    notes: list[NoteLine]


def draw_comparison_figure(cells: Sequence[ScheduleView], options: PictureOptions) -> Figure:
    """The figure of ``cells``, at least one; expects matplotlib's settings to be ours."""
    letters = Lettering(text for cell in cells for text in _texts(cell))
    scale = scale_of(len(cells))
    measured, layout = _laid_out(cells, letters, scale, options)
    if options.size is not None:
        scale = scale.within(layout, options.size, _PANELS)
        measured, layout = _laid_out(cells, letters, scale, options, options.size)
    figure = Figure(figsize=(layout.width, layout.height), dpi=options.dpi)
    theme = THEMES[options.theme]
    figure.set_facecolor(theme.paper)
    sheet = Canvas(figure, theme, scale, letters, options.dpi)
    for one, spot in zip(measured, layout.spots, strict=True):
        _draw(sheet, one, spot)
    return figure


def _texts(cell: ScheduleView) -> Iterator[str]:
    yield from (cell.title, cell.subtitle)
    for panel in cell.panels:
        yield panel.field
        yield from (name for series in panel.series for name in series.names)
    yield from (note.text for note in cell.notes)


def _laid_out(
    cells: Sequence[ScheduleView],
    letters: Lettering,
    scale: Scale,
    options: PictureOptions,
    size: tuple[float, float] | None = None,
) -> tuple[list[_Measured], Layout]:
    measured = [_measure(cell, letters, scale, log=options.log) for cell in cells]
    margins = _margins(measured, letters, scale)
    width = plot_width(scale, margins, size[0] if size else None)
    measured = [
        replace(one, notes=note_lines(one.cell, letters, scale, left=margins.left, width=width))
        for one in measured
    ]
    lines = [len(one.notes) for one in measured]
    return measured, lay_out(lines, fields=_PANELS, margins=margins, scale=scale, size=size)


def _measure(cell: ScheduleView, letters: Lettering, scale: Scale, *, log: bool) -> _Measured:
    above, below = cell.panels
    heights = scale.height, scale.height / 2
    # A difference has both signs: its axis is never logarithmic.
    axes = (
        upright(above, heights[0], text=scale.text, log=log, headroom=_HEADROOM),
        upright(below, heights[1], text=scale.text, log=False, headroom=_HEADROOM),
    )
    keys = tuple(
        make_legend(panel, letters, scale, height, first=panel is above)
        for panel, height in zip(cell.panels, heights, strict=True)
    )
    return _Measured(cell, axes, keys, [])


def _margins(measured: Sequence[_Measured], letters: Lettering, scale: Scale) -> Margins:
    size, line = scale.text, scale.line
    labels = {label for one in measured for axis in one.axes for label in axis.labels}
    left = max((letters.width(label, size) for label in labels), default=0.0)
    columns = min(columns_of(len(measured)), len(measured))
    rights = tuple(
        max(key.width(letters, size) for one in measured[column::columns] for key in one.keys)
        for column in range(columns)
    )
    epochs = any(epochs_apart(one.cell.trace) for one in measured)
    return Margins(
        left=max(left, letters.width("epoch", size)) + line + 0.12,
        rights=tuple(max(right, 0.16) for right in rights),
        above=scale.title * 1.35 / 72 + line * 1.35 + (line * 1.3 if epochs else 0.04),
        below=line * 2.6,
        between=0.1,
    )


def _draw(sheet: Canvas, one: _Measured, spot: Spot) -> None:
    cell = one.cell
    colours = curve_colours(cell.kinds, sheet.theme)
    axes = [sheet.axes(box) for box in spot.axes]
    for index, (panel, axis, key) in enumerate(zip(cell.panels, one.axes, one.keys, strict=True)):
        box = spot.axes[index]
        frame(sheet, axes[index], cell, panel, axis)
        across_ticks(sheet, axes[index], cell, box, labelled=index == _PANELS - 1)
        draw_curves(sheet, axes[index], cell, panel, axis, colours=colours, box=box)
        draw_legend(sheet, key, box, axis, colours)
    epochs_above(sheet, axes[0], cell, spot.axes[0])
    side_labels(sheet, cell, spot)
    write_headings(sheet, cell, spot)
    write_notes(sheet, spot, one.notes)
