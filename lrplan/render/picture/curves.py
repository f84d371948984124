"""The curves of a panel: stairs, where a value is held until the next step, or points."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise
from typing import Literal, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from lrplan.arrays import FloatArray
from lrplan.decimate import PER_BUCKET, changes, decimate
from lrplan.render.picture.axes import YAxis
from lrplan.render.picture.canvas import ASSUMED, Canvas
from lrplan.render.picture.layout import Box
from lrplan.render.picture.points import draw_points
from lrplan.render.picture.sheet import SheetPanel
from lrplan.render.view.view_model import Panel, ScheduleView, Series, Underlay

_FEW_STAIRS = 100
_THIN = 0.6
"""The width, in points, of a curve that goes up and down too often for a wider line."""
_MOST_TURNS = 16
"""A curve with more turns per inch than this is drawn thin: wider lines would merge."""
_RUN_DASHES: tuple[tuple[float, Sequence[float]] | None, ...] = (
    None,
    (0, (5, 1.5)),
    (0, (1.5, 1.2)),
    (0, (6, 1.5, 1.5, 1.5)),
)
"""The dashes of compared runs: none, long, short, and both alternating."""
_DASHES = {"unbroken": (4, 2.5), "get_lr": (1, 1.6)}
_UNDERLAY_WIDTHS = {"unbroken": 1.2, "get_lr": 1.1}


def draw_curves(
    canvas: Canvas,
    axes: Axes | SheetPanel,
    view: ScheduleView,
    panel: Panel,
    y_axis: YAxis,
    *,
    colours: list[str],
    box: Box,
) -> None:
    """Draw every curve of ``panel``, each over its underlay.

    Args:
        canvas: what is drawn on.
        axes: of the panel.
        view: the schedule, whose x axis the curves have.
        panel: gives the curves.
        y_axis: whether it is logarithmic.
        colours: by the colour index of a series.
        box: where the axes are, in inches.
    """
    pixels = max(100, math.ceil(box.width * canvas.dpi))
    widths = _line_widths(panel.series)
    edges = view.x_axis.edges
    for order, (series, width) in enumerate(zip(panel.series, widths, strict=True)):
        colour = colours[series.colour]
        values = series.values
        if series.point_x is not None:
            draw_points(canvas, axes, series, pixels=pixels, log=y_axis.log, colour=colour)
            continue
        x, y, style = curve_points(values, edges, pixels, log=y_axis.log)
        for start, end, is_assumed in _pieces(panel.dashed, len(values)):
            line = Line2D(
                *_cut(x, y, edges[start], edges[end]),
                color=colour,
                linewidth=min(width, _THIN) if _is_dense(y, box.width) else width,
                linestyle=ASSUMED if is_assumed else _run_dashes(series.run),
                drawstyle=style,
                label="curve",
                solid_capstyle="butt",
                solid_joinstyle="round",
                zorder=3 + order / 1000,
                # If they were snapped to pixels, many small stairs would look uneven.
                snap=None if len(x) < _FEW_STAIRS else False,
            )
            axes.add_line(line)
        if series.underlay is not None:
            _draw_underlay(axes, series.underlay, pixels=pixels, log=y_axis.log, colour=colour)
            _draw_mismatches(canvas, axes, series.underlay)


def _run_dashes(run: int) -> tuple[float, Sequence[float]] | Literal["solid"]:
    return _RUN_DASHES[run % len(_RUN_DASHES)] or "solid"


JoinStyle = Literal["default", "steps-post"]


class CurvePoints(NamedTuple):
    """The points of a curve, and how matplotlib joins them."""

    x: FloatArray
    y: FloatArray
    style: JoinStyle


def curve_points(values: FloatArray, edges: FloatArray, pixels: int, *, log: bool) -> CurvePoints:
    """Points of a curve whose values are held from one x to the next, the last to the end.

    Args:
        values: shape ``(steps,)``.
        edges: the x where each step begins, and where the last one ends.
        pixels: columns of the picture; no more points are kept than can be seen on them.
        log: leave out what a logarithmic axis cannot show.
    """
    kept = changes(values)
    style: JoinStyle = "steps-post"
    if len(kept) > PER_BUCKET * pixels:
        # Of many steps per pixel only some are kept. Held until the next one, they would turn a
        # ramp into stairs that the run does not have; lines between them follow it. A jump keeps
        # both of its steps, or lies within one pixel.
        kept, style = decimate(values, pixels), "default"
    x = np.append(edges[kept], edges[len(values)])
    y = np.append(values[kept], values[-1:])
    hidden = ~np.isfinite(y) | (y <= 0) if log else ~np.isfinite(y)
    return CurvePoints(x, np.where(hidden, np.nan, y), style)


def _is_dense(y: FloatArray, inches: float) -> bool:
    """Return True if the curve through the heights ``y`` turns too often for a wide line."""
    with np.errstate(over="ignore", invalid="ignore"):
        slopes = np.sign(np.diff(y))
    slopes = slopes[np.isfinite(slopes) & (slopes != 0)]
    return bool(np.count_nonzero(np.diff(slopes)) > _MOST_TURNS * inches)


def _pieces(dashed: Sequence[tuple[int, int]], steps: int) -> Iterator[tuple[int, int, bool]]:
    """First step, end, and whether it is dashed, of each piece of a curve of ``steps`` values."""
    # Example: of 100 steps with (0, 10) and (80, 100) dashed, the bounds are 0, 0, 10, 80, 100, 100
    # and the pieces between them alternate: none, 0-10 dashed, 10-80, 80-100 dashed, none.
    bounds = [0, *(min(step, steps) for stretch in dashed for step in stretch), steps]
    for index, (start, end) in enumerate(pairwise(bounds)):
        if start < end:
            yield start, end, index % 2 == 1


def _cut(x: FloatArray, y: FloatArray, left: float, right: float) -> tuple[FloatArray, FloatArray]:
    """The points of a curve from ``left`` to ``right``, with the jump at its left end."""
    first, last = np.searchsorted(x, (left, right))
    before = y[max(first - 1, 0) : first]
    return (
        np.concatenate([[left] * len(before), x[first:last], [right]]),
        np.concatenate([before, y[first:last], y[last - 1 : last]]),
    )


def _line_widths(series: Sequence[Series]) -> list[float]:
    """Line widths: where curves coincide for a while, each is thinner than the one under it."""
    # Example: three curves that coincide during a warm-up are 3.2, 2.2 and 1.2 points wide, so that
    # the lower ones show as a rim around the upper ones; apart from each other all are 1.7.
    count = len(series)
    if count > 7:
        return [1.1] * count
    if len({one.run for one in series}) > 1:
        return [1.7] * count  # dashes over a solid line show both
    samples = [one.stats.samples for one in series if one.point_x is None]
    if not any(_coincide(a, b) for a, b in combinations(samples, 2)):
        return [1.7] * count
    return [float(width) for width in np.linspace(min(2.0 + 0.4 * count, 3.6), 1.2, count)]


def _coincide(a: FloatArray, b: FloatArray) -> bool:
    """Return True if both are the same, but not about zero, for a twentieth of the run or more."""
    with np.errstate(invalid="ignore", over="ignore"):
        size = np.abs(a)
        near = (np.abs(a - b) <= 1e-3 * size) & (size > 0.01 * np.fmax.reduce(size, initial=0))
    return bool(np.mean(near) > 0.05)


def _draw_underlay(
    axes: Axes | SheetPanel, underlay: Underlay, *, pixels: int, log: bool, colour: str
) -> None:
    """Dashes for the run that was never interrupted, dots for ``get_lr()``, under the curve."""
    x, y, style = curve_points(underlay.values, underlay.edges, pixels, log=log)
    line = Line2D(
        x,
        y,
        color=colour,
        linewidth=_UNDERLAY_WIDTHS[underlay.kind],
        linestyle=(0, _DASHES[underlay.kind]),
        drawstyle=style,
        label=underlay.kind,
        zorder=2.5,
    )
    axes.add_line(line)


def _draw_mismatches(canvas: Canvas, axes: Axes | SheetPanel, underlay: Underlay) -> None:
    """Crosses on ``get_lr()`` where it is not what was applied."""
    if underlay.kind != "get_lr":
        return
    wrong, values = underlay.mismatches, underlay.values
    crosses = Line2D(
        (underlay.edges[wrong] + underlay.edges[wrong + 1]) / 2,
        np.where(np.isfinite(values[wrong]), values[wrong], np.nan),
        linestyle="none",
        marker="x",
        markersize=4.5,
        markeredgewidth=1.1,
        color=canvas.theme.alarm,
        zorder=4,
    )
    axes.add_line(crosses)
