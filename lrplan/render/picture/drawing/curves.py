"""The curves themselves: held values, drawn as the stairs they are."""

from __future__ import annotations

import math
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.lines import Line2D

from lrplan.decimate import stairs
from lrplan.render.picture.notes import lying

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from lrplan.render.picture.drawing.axes import YAxis
    from lrplan.render.picture.drawing.canvas import Canvas
    from lrplan.render.picture.layout import Box
    from lrplan.render.picture.view_model import Panel, ScheduleView, Series
    from lrplan.trace import FloatArray, IntArray

_FEW_STAIRS = 100
_MOST_CROSSES = 24
"""Markers per curve where ``get_lr()`` differs; more would be a band."""


def draw_curves(
    sheet: Canvas,
    axes: Axes,
    cell: ScheduleView,
    panel: Panel,
    axis: YAxis,
    *,
    colours: list[str],
    box: Box,
) -> None:
    """Every curve of ``panel``, ghosts of ``get_lr()`` under them."""
    buckets = max(100, math.ceil(box.width * sheet.dpi))
    widths = _widths(panel.series)
    for order, (series, width) in enumerate(zip(panel.series, widths, strict=True)):
        colour = colours[series.kind]
        x, y = path(series.values, cell.across.edges, buckets, log=axis.log)
        line = Line2D(
            x,
            y,
            color=colour,
            linewidth=width,
            drawstyle="steps-post",
            solid_capstyle="butt",
            solid_joinstyle="round",
            zorder=3 + order / 1000,
            # Snapped to pixels, many small stairs become a wobble.
            snap=None if len(x) < _FEW_STAIRS else False,
        )
        axes.add_line(line)
        if series.unbroken:
            _draw_unbroken(axes, cell, series, buckets=buckets, log=axis.log, colour=colour)
        elif series.ghost is not None:
            _draw_ghost(sheet, axes, cell, series, buckets=buckets, log=axis.log, colour=colour)


def path(
    values: FloatArray, edges: FloatArray, buckets: int, *, log: bool
) -> tuple[FloatArray, FloatArray]:
    """Points of a curve whose values are held from one x to the next, the last to the end."""
    kept = stairs(values, buckets)
    x = np.append(edges[kept], edges[len(values)])
    y = np.append(values[kept], values[-1:])
    gone = ~np.isfinite(y) | (y <= 0) if log else ~np.isfinite(y)
    return x, np.where(gone, np.nan, y)


def _widths(series: Sequence[Series]) -> list[float]:
    """Line widths: where curves coincide for a while, each is thinner than the one under it."""
    count = len(series)
    if count > 7:
        return [1.1] * count
    samples = [one.sketch.samples for one in series]
    if not any(_meet(a, b) for a, b in combinations(samples, 2)):
        return [1.7] * count
    return [float(width) for width in np.linspace(min(2.0 + 0.4 * count, 3.6), 1.2, count)]


def _meet(a: FloatArray, b: FloatArray) -> bool:
    """Whether both are the same, but not about zero, for a twentieth of the run or more."""
    with np.errstate(invalid="ignore", over="ignore"):
        size = np.abs(a)
        near = (np.abs(a - b) <= 1e-3 * size) & (size > 0.01 * np.fmax.reduce(size, initial=0))
    return bool(np.mean(near) > 0.05)


def _draw_unbroken(
    axes: Axes, cell: ScheduleView, series: Series, *, buckets: int, log: bool, colour: str
) -> None:
    """The run that was never interrupted, under the one that was resumed."""
    if series.ghost is None or not series.ghost.size:
        return
    x, y = path(series.ghost, _longer(cell, series.ghost.size), buckets, log=log)
    line = Line2D(
        x,
        y,
        color=colour,
        linewidth=1.2,
        linestyle=(0, (4, 2.5)),
        drawstyle="steps-post",
        zorder=2.5,
    )
    axes.add_line(line)


def _longer(cell: ScheduleView, steps: int) -> FloatArray:
    """The edges of so many steps, where a resumed run that stops early has fewer."""
    edges, end = cell.across.edges, cell.across.end
    missing = steps + 1 - edges.size
    if missing <= 0:
        return edges
    return np.append(edges, np.linspace(edges[-1], end, missing + 1)[1:])


def _draw_ghost(
    sheet: Canvas,
    axes: Axes,
    cell: ScheduleView,
    series: Series,
    *,
    buckets: int,
    log: bool,
    colour: str,
) -> None:
    ghost = series.ghost
    if ghost is None or len(ghost) == 0:
        return
    x, y = path(ghost, cell.across.edges, buckets, log=log)
    line = Line2D(
        x,
        y,
        color=colour,
        linewidth=1.1,
        linestyle=(0, (1, 1.6)),
        drawstyle="steps-post",
        zorder=2.5,
    )
    axes.add_line(line)
    wrong = _spokesmen(lying(series.values, ghost))
    middle = (cell.across.edges[wrong] + cell.across.edges[wrong + 1]) / 2
    crosses = Line2D(
        middle,
        np.where(np.isfinite(ghost[wrong]), ghost[wrong], np.nan),
        linestyle="none",
        marker="x",
        markersize=4.5,
        markeredgewidth=1.1,
        color=sheet.theme.alarm,
        zorder=4,
    )
    axes.add_line(crosses)


def _spokesmen(steps: IntArray) -> IntArray:
    """Steps that speak for all of ``steps``: the first of each run, or an even choice."""
    if len(steps) <= _MOST_CROSSES:
        return steps
    firsts: IntArray = steps[np.append(True, np.diff(steps) > 1)]
    if 2 < len(firsts) <= _MOST_CROSSES:
        return firsts
    chosen = np.linspace(0, len(steps) - 1, _MOST_CROSSES).round().astype(np.int64)
    return np.asarray(steps[chosen])
