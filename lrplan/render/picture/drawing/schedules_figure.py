"""From traces to a figure: measure everything, find places for it, draw it."""

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
from lrplan.render.picture.drawing.captions import (
    NoteLine,
    note_lines,
    write_headings,
    write_notes,
)
from lrplan.render.picture.drawing.curves import draw_curves
from lrplan.render.picture.drawing.finding_badges import draw_badges, row_inches
from lrplan.render.picture.drawing.fonts import Lettering
from lrplan.render.picture.drawing.legend import Legend, draw_legend, make_legend
from lrplan.render.picture.drawing.marks import Flag, flags_of, mark, stopped
from lrplan.render.picture.drawing.palette import THEMES, curve_colours
from lrplan.render.picture.fields import chosen_fields, moving_fields
from lrplan.render.picture.layout import (
    Layout,
    Margins,
    Spot,
    columns_of,
    lay_out,
    plot_width,
    scale_of,
)
from lrplan.render.picture.schedule_view import schedule_view
from lrplan.render.picture.view_model import ScheduleView, epochs_apart

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from lrplan.render.picture.layout import Scale
    from lrplan.render.picture.options import PictureOptions
    from lrplan.trace import Trace


@dataclass(frozen=True, slots=True, eq=False)
class _Measured:
    """A cell with everything about it that needs measuring."""

    cell: ScheduleView
    axes: tuple[YAxis, ...]
    keys: tuple[Legend, ...]
    flags: tuple[Flag, ...]


def draw_schedules_figure(
    traces: Sequence[Trace], options: PictureOptions, progress: Callable[[int], None]
) -> Figure:
    """The figure of ``traces``; expects matplotlib's settings to be ours."""
    theme = THEMES[options.theme]
    moving = [moving_fields(trace, options) for trace in traces]
    options = replace(options, fields=chosen_fields(moving, options))
    cells = [
        schedule_view(trace, options, [field for field in others if field not in options.fields])
        for trace, others in zip(traces, moving, strict=True)
    ]
    letters = Lettering(text for cell in cells for text in _texts(cell))
    scale = scale_of(len(cells))
    if not cells:
        figure = Figure(figsize=options.size or (scale.width, scale.height))
        figure.set_facecolor(theme.paper)
        figure.text(0.5, 0.5, "no schedules", ha="center", color=theme.soft)
        return figure
    plan = _plan(cells, letters, scale, options, None)
    if options.size is not None:
        scale = scale.within(plan.layout, options.size, len(options.fields))
        plan = _plan(cells, letters, scale, options, options.size)
    layout = plan.layout
    figure = Figure(figsize=(layout.width, layout.height), dpi=options.dpi)
    figure.set_facecolor(theme.paper)
    sheet = Canvas(figure, theme, scale, letters, options.dpi)
    for done, (one, spot, lines) in enumerate(
        zip(plan.measured, layout.spots, plan.notes, strict=True), 1
    ):
        _draw_cell(sheet, one, spot, lines)
        progress(done)
    return figure


@dataclass(frozen=True, slots=True, eq=False)
class _Plan:
    measured: list[_Measured]
    notes: list[list[NoteLine]]
    layout: Layout


def _plan(
    cells: Sequence[ScheduleView],
    letters: Lettering,
    scale: Scale,
    options: PictureOptions,
    size: tuple[float, float] | None,
) -> _Plan:
    measured = [_measure(cell, letters, scale, options) for cell in cells]
    margins = _margins(measured, letters, scale)
    width = plot_width(scale, margins, size[0] if size else None)
    notes = [note_lines(cell, letters, scale, left=margins.left, width=width) for cell in cells]
    layout = lay_out(
        [len(lines) for lines in notes],
        fields=len(options.fields),
        margins=margins,
        scale=scale,
        size=size,
    )
    return _Plan(measured, notes, layout)


def _texts(cell: ScheduleView) -> Iterator[str]:
    yield from (cell.title, cell.subtitle)
    yield from cell.trace.groups
    yield from (panel.field for panel in cell.panels)
    yield from (note.text for note in cell.notes)
    yield from (alert.name for alert in cell.alerts)
    yield from (mark.label for mark in cell.trace.marks)


def _measure(
    cell: ScheduleView, letters: Lettering, scale: Scale, options: PictureOptions
) -> _Measured:
    flags = tuple(flags_of(cell)) if options.marks else ()
    above = row_inches(cell, scale) + (1.5 * scale.line if flags else 0.0)
    headroom = [min(0.5, max(above / scale.height, 0.06)), 0.08]
    axes, keys = [], []
    for index, panel in enumerate(cell.panels):
        height = scale.height / (2 if index else 1)
        room = headroom[min(index, 1)]
        axes.append(upright(panel, height, text=scale.text, log=options.log, headroom=room))
        keys.append(make_legend(panel, letters, scale, height, first=index == 0))
    return _Measured(cell, tuple(axes), tuple(keys), flags)


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
    epochs = epochs and any(one.cell.across.label == "step" for one in measured)
    return Margins(
        left=max(left, letters.width("epoch", size)) + line + 0.12,
        rights=tuple(max(right, 0.16) for right in rights),
        above=scale.title * 1.35 / 72 + line * 1.35 + (line * 1.3 if epochs else 0.04),
        below=line * 2.6,
        between=0.1,
    )


def _draw_cell(sheet: Canvas, one: _Measured, spot: Spot, lines: Sequence[NoteLine]) -> None:
    cell = one.cell
    colours = curve_colours(cell.kinds, sheet.theme)
    axes = [sheet.axes(box) for box in spot.axes]
    for index, (panel, axis, key) in enumerate(zip(cell.panels, one.axes, one.keys, strict=True)):
        box = spot.axes[index]
        frame(sheet, axes[index], cell, panel, axis)
        last = index == len(axes) - 1
        across_ticks(sheet, axes[index], cell, box, labelled=last)
        draw_curves(sheet, axes[index], cell, panel, axis, colours=colours, box=box)
        draw_legend(sheet, key, box, axis, colours)
    epochs_above(sheet, axes[0], cell, spot.axes[0])
    mark(sheet, axes, cell, one.flags, axis=one.axes[0], box=spot.axes[0])
    draw_badges(sheet, axes, cell, spot.axes[0])
    stopped(sheet, axes, cell)
    side_labels(sheet, cell, spot)
    write_headings(sheet, cell, spot)
    write_notes(sheet, spot, lines)
