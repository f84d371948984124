"""From views to a figure: measure everything, lay it out, draw it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from lrplan.render.picture.axes import (
    YAxis,
    draw_axis_labels,
    draw_epoch_axis,
    draw_x_ticks,
    draw_y_axis,
    make_y_axis,
)
from lrplan.render.picture.canvas import Canvas, text_style
from lrplan.render.picture.captions import NoteLine, note_lines, write_headings, write_notes
from lrplan.render.picture.curves import draw_curves
from lrplan.render.picture.finding_badges import draw_badges, row_inches
from lrplan.render.picture.flags import draw_failure, draw_flags
from lrplan.render.picture.fonts import Lettering
from lrplan.render.picture.inset import draw_inset
from lrplan.render.picture.layout import (
    Layout,
    Margins,
    PanelSizes,
    ScheduleBoxes,
    columns_of,
    lay_out,
    plot_width,
    scale_of,
)
from lrplan.render.picture.legend import Legend, draw_legend, make_legend
from lrplan.render.picture.palette import THEMES, curve_colours
from lrplan.render.picture.sheet import MOST_AXES, LineBatch, SheetPanel
from lrplan.render.picture.text_batch import TextBatch
from lrplan.render.picture_options import PictureOptions
from lrplan.render.view.view_model import ScheduleView

_LEAST_HEADROOM = 0.06
"""Of the first panel and of differences, as a share of the axis; 0.08 of other fields."""


@dataclass(frozen=True, slots=True, eq=False)
class _MeasuredView:
    """A view with everything about it that needs measuring."""

    view: ScheduleView
    y_axes: tuple[YAxis, ...]
    legends: tuple[Legend, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _FigureLayout:
    measured: list[_MeasuredView]
    notes: list[list[NoteLine]]
    layout: Layout


def draw_figure(
    views: Sequence[ScheduleView],
    options: PictureOptions,
    progress: Callable[[int], None] | None = None,
    *,
    needs_axes: bool = True,
) -> Figure:
    """The figure of ``views``; call it inside ``matplotlib_settings.settings()``.

    Args:
        views: with the same number of panels each.
        options: size, theme and resolution.
        progress: called with the number of views drawn so far, after each of them.
        needs_axes: every panel has Axes; without, a large sheet is drawn faster.
    """
    theme = THEMES[options.theme]
    scale = scale_of(len(views))
    if not views:
        figure = Figure(figsize=options.size or (scale.width, scale.height))
        figure.set_facecolor(theme.paper)
        figure.text(0.5, 0.5, "no schedules", ha="center", color=theme.soft)
        return figure
    lettering = Lettering(text for view in views for text in _texts(view))
    plan = _plan(views, lettering, scale, None)
    if options.size is not None:
        # Measured twice: the first time shows how much of the asked size is text and not curves.
        scale = scale.within(plan.layout, options.size, len(views[0].panels))
        plan = _plan(views, lettering, scale, options.size)
    layout = plan.layout
    figure = Figure(figsize=(layout.width, layout.height), dpi=options.dpi)
    figure.set_facecolor(theme.paper)
    many = len(views) * len(views[0].panels) > MOST_AXES
    batch = LineBatch() if many and not needs_axes else None
    texts = None if batch is None else TextBatch(figure, text_style(figure, lettering))
    canvas = Canvas(figure, theme, scale, lettering, options.dpi, texts)
    for done, (one, spot, lines) in enumerate(
        zip(plan.measured, layout.spots, plan.notes, strict=True), 1
    ):
        _draw_view(canvas, one, spot, lines, batch)
        if progress is not None:
            progress(done)
    if batch is not None:
        batch.draw(canvas)
    return figure


def _texts(view: ScheduleView) -> Iterator[str]:
    """Every text of a view that may need another font."""
    yield from (view.title, view.subtitle)
    for panel in view.panels:
        yield panel.label
        yield from (name for series in panel.series for name in series.names)
    yield from (note.text for note in view.notes)
    yield from (marker.name for marker in view.markers)
    yield from (flag.text for flag in view.flags)
    yield from ([view.inset.title] if view.inset else [])


def _plan(
    views: Sequence[ScheduleView],
    lettering: Lettering,
    scale: PanelSizes,
    size: tuple[float, float] | None,
) -> _FigureLayout:
    alone = len(views) == 1
    measured = [_measure(view, lettering, scale, alone=alone) for view in views]
    margins = _margins(measured, lettering, scale)
    width = plot_width(scale, margins, size[0] if size else None)
    notes = [note_lines(view, lettering, scale, left=margins.left, width=width) for view in views]
    layout = lay_out(
        [len(lines) for lines in notes],
        fields=len(views[0].panels),
        margins=margins,
        scale=scale,
        size=size,
    )
    return _FigureLayout(measured, notes, layout)


def _measure(
    view: ScheduleView, lettering: Lettering, scale: PanelSizes, *, alone: bool
) -> _MeasuredView:
    above = row_inches(view, scale) + (1.5 * scale.line if view.flags else 0.0)
    y_axes, legends = [], []
    for index, panel in enumerate(view.panels):
        height = scale.height / (2 if index else 1)
        headroom = min(0.5, max(above / scale.height, _LEAST_HEADROOM))
        if index:
            headroom = _LEAST_HEADROOM if panel.tight else 0.08
        y_axes.append(make_y_axis(panel, height, text=scale.text, headroom=headroom))
        last = alone and not panel.tight
        legends.append(make_legend(panel, lettering, scale, height, first=index == 0, last=last))
    return _MeasuredView(view, tuple(y_axes), tuple(legends))


def _margins(measured: Sequence[_MeasuredView], lettering: Lettering, scale: PanelSizes) -> Margins:
    size, line = scale.text, scale.line
    labels = {label for one in measured for axis in one.y_axes for label in axis.labels}
    left = max((lettering.width(label, size) for label in labels), default=0.0)
    columns = min(columns_of(len(measured)), len(measured))
    rights = tuple(
        max(
            legend.width(lettering, size)
            for one in measured[column::columns]
            for legend in one.legends
        )
        for column in range(columns)
    )
    epochs = any(one.view.epochs is not None for one in measured)
    return Margins(
        left=max(left, lettering.width("epoch", size)) + line + 0.12,
        rights=tuple(max(right, 0.16) for right in rights),
        above=scale.title * 1.35 / 72 + line * 1.35 + (line * 1.3 if epochs else 0.04),
        below=line * 2.6,
        between=0.1,
    )


def _draw_view(
    canvas: Canvas,
    measured: _MeasuredView,
    spot: ScheduleBoxes,
    lines: Sequence[NoteLine],
    batch: LineBatch | None,
) -> None:
    view = measured.view
    colours = curve_colours(view.colours, canvas.theme, view.runs)
    axes = [
        canvas.axes(box) if batch is None else SheetPanel(canvas, box, batch) for box in spot.axes
    ]
    for index, (panel, y_axis, legend) in enumerate(
        zip(view.panels, measured.y_axes, measured.legends, strict=True)
    ):
        box = spot.axes[index]
        last = index == len(axes) - 1
        draw_y_axis(canvas, axes[index], view, panel, y_axis)
        draw_x_ticks(canvas, axes[index], view.x_axis, box, labelled=last)
        draw_curves(canvas, axes[index], view, panel, y_axis, colours=colours, box=box)
        draw_legend(canvas, legend, box, y_axis, colours)
    if view.epochs is not None:
        draw_epoch_axis(canvas, axes[0], view.epochs, spot.axes[0])
    draw_inset(canvas, view, measured.y_axes[0], colours=colours, box=spot.axes[0])
    draw_flags(canvas, axes, view, y_axis=measured.y_axes[0], box=spot.axes[0])
    draw_badges(canvas, axes, view, spot.axes[0])
    if view.failed:
        draw_failure(canvas, axes, view.x_axis)
    draw_axis_labels(canvas, view, spot)
    write_headings(canvas, view, spot)
    write_notes(canvas, spot, lines)
