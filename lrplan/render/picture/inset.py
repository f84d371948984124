"""An inset: a narrow part of a panel, drawn again where no curve passes."""

from __future__ import annotations

from itertools import product

import numpy as np

from lrplan.arrays import BoolArray
from lrplan.render.picture.axes import YAxis, draw_x_ticks, draw_y_axis, make_y_axis
from lrplan.render.picture.canvas import Canvas
from lrplan.render.picture.curves import draw_curves
from lrplan.render.picture.layout import Box
from lrplan.render.view.numbers import count_labels
from lrplan.render.view.view_model import Panel, ScheduleView, XAxis

_SIZES = ((0.4, 0.5), (0.4, 0.42), (0.4, 0.36), (0.34, 0.36), (0.28, 0.36))
"""Widths and heights to try, as shares of the panel."""
_COLUMNS, _ROWS = 60, 40
"""The grid on which the panel is said to be free or not."""
_LEAST_WIDTH = 1.2
"""Inches: in a smaller one nothing could be read."""
_TOP = 0.86
"""The share of the height below the texts of flags."""


def draw_inset(
    canvas: Canvas, view: ScheduleView, y_axis: YAxis, *, colours: list[str], box: Box
) -> None:
    """Draw the inset of ``view`` into its first panel, if there is a free place.

    Args:
        canvas: what is drawn on.
        view: the schedule.
        y_axis: of the first panel.
        colours: by the colour index of a series.
        box: where the first panel is, in inches.
    """
    inset = view.inset
    place = None if inset is None else _free_place(_taken(view.panels[0], y_axis), box)
    if inset is None or place is None:
        return
    panel, text = inset.panels[0], canvas.scale.text
    inner_axis = make_y_axis(panel, place.height, text=text, headroom=0.08)
    widest = max(canvas.lettering.width(label, text) for label in inner_axis.labels)
    left, below, above = widest + 0.12, 1.5 * canvas.scale.line, 1.3 * canvas.scale.line
    inner = Box(
        place.left + left,
        place.bottom + below,
        place.width - left,
        place.height - below - above,
    )
    canvas.block(place, canvas.theme.paper)
    axes = canvas.axes(inner)
    axes.set_zorder(4)
    draw_y_axis(canvas, axes, inset, panel, inner_axis)
    draw_x_ticks(
        canvas, axes, inset.x_axis, inner, labelled=True, ticks=_ticks(inset.x_axis, canvas, inner)
    )
    draw_curves(canvas, axes, inset, panel, inner_axis, colours=colours, box=inner)
    title = canvas.lettering.clean(inset.title)
    position = (inner.left, inner.top + 0.4 * canvas.scale.line)
    canvas.write(position, title, size=text, colour=canvas.theme.soft)


def _ticks(x_axis: XAxis, canvas: Canvas, box: Box) -> list[float]:
    """Both ends of the x axis; and its middle, where a warm-up ends, if there is room."""
    middle = (x_axis.begin + x_axis.end) / 2
    ticks = [x_axis.begin, middle, x_axis.end]
    labels = count_labels(ticks)
    widest = max(canvas.lettering.width(label, canvas.scale.text) for label in labels)
    has_room = 2.6 * widest < box.width and (x_axis.label != "step" or middle.is_integer())
    return ticks if has_room else ticks[::2]


def _taken(panel: Panel, y_axis: YAxis) -> BoolArray:
    """The cells of a grid over the panel through which a curve passes; row 0 is the lowest."""
    taken = np.zeros((_ROWS, _COLUMNS), dtype=bool)
    for series in panel.series:
        samples = series.stats.samples
        heights = [y_axis.share(value) if np.isfinite(value) else 0.0 for value in samples]
        rows = np.minimum((np.array(heights) * _ROWS).astype(int), _ROWS - 1)
        columns = np.linspace(0, _COLUMNS - 1, len(rows)).astype(int)
        # A curve may jump between two samples: all rows between them are taken.
        for before, row, column in zip(np.append(rows[:1], rows), rows, columns, strict=False):
            taken[min(before, row) : max(before, row) + 1, column] = True
    taken[int(_TOP * _ROWS) :] = True
    return taken


def _free_place(taken: BoolArray, box: Box) -> Box | None:
    """The largest free rectangle of the sizes to try, the one nearest to the middle."""
    for wide, tall in _SIZES:
        columns, rows = round(wide * _COLUMNS), round(tall * _ROWS)
        if wide * box.width < _LEAST_WIDTH:
            break
        corners = product(range(2, _COLUMNS - columns), range(2, _ROWS - rows))
        free = [
            (row, column)
            for column, row in corners
            if not taken[row - 1 : row + rows + 1, column - 1 : column + columns + 1].any()
        ]
        if free:
            middle = ((_ROWS - rows) / 2, (_COLUMNS - columns) / 2)
            row, column = min(free, key=lambda at: abs(at[0] - middle[0]) + abs(at[1] - middle[1]))
            return Box(
                box.left + column / _COLUMNS * box.width,
                box.bottom + row / _ROWS * box.height,
                wide * box.width,
                tall * box.height,
            )
    return None
