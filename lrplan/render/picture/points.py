"""Curves that are known at some steps only, drawn as the points that they have."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from lrplan.decimate import decimate
from lrplan.render.picture.canvas import Canvas
from lrplan.render.picture.sheet import SheetPanel
from lrplan.render.view.view_model import Series

_SIZES = ((80, 4.5), (400, 3.2))
"""The diameter, in points, for a panel of up to this many points; 2 for more."""
_SMALLEST = 2.0


def draw_points(
    canvas: Canvas,
    axes: Axes | SheetPanel,
    series: Series,
    *,
    pixels: int,
    log: bool,
    colour: str,
) -> None:
    """Draw the values of a series as dots, and some of them as rings.

    Args:
        canvas: what is drawn on.
        axes: of the panel.
        series: has the x of its values.
        pixels: columns of the picture; no more points are kept than can be seen on them.
        log: leave out what a logarithmic axis cannot show.
        colour: of the series.
    """
    values, at = series.values, series.point_x
    if at is None:
        return
    size = next((size for most, size in _SIZES if len(values) <= most), _SMALLEST)
    hollow = np.zeros(len(values), dtype=bool) if series.hollow is None else series.hollow
    for ring in (False, True):
        own = np.flatnonzero(hollow if ring else ~hollow)
        kept = own[decimate(values[own], pixels)] if own.size else own
        shown = np.isfinite(values[kept]) & ((values[kept] > 0) | (not log))
        dots = Line2D(
            at[kept[shown]],
            values[kept[shown]],
            linestyle="none",
            marker="o",
            markersize=size,
            markerfacecolor=canvas.theme.paper if ring else colour,
            markeredgecolor=colour,
            markeredgewidth=0.9 if ring else 0,
            zorder=4.5 if ring else 4,
            clip_on=False,
        )
        axes.add_line(dots)
        dots.set_clip_on(False)
