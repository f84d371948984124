"""Draws the curves of a panel on a canvas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import ascii_letters

import numpy as np

from lrplan.arrays import BoolArray, FloatArray
from lrplan.decimate import decimate
from lrplan.render.terminal.canvas import DotCanvas
from lrplan.render.terminal.columns import column_ranges
from lrplan.render.terminal.dashes import Dashes, dots_of
from lrplan.render.terminal.scale import Scale, column_of
from lrplan.render.view.view_model import Panel, Series, XAxis

_DASHES = Dashes(dash=6, gap=4)
"""Of a stretch that is assumed; as dots of braille, three characters and two blanks."""
_DASHES_OF_ASCII = Dashes(dash=3, gap=2)
_BELOW = {"unbroken": Dashes(dash=4, gap=4), "get_lr": Dashes(dash=1, gap=1)}
"""Of a curve that lies under another one: short dashes for a run without a break, else dots."""
_LETTERS = 3
"""The number of times that the letter of a curve is drawn."""


def letters_of(panel: Panel) -> Mapping[int, str]:
    """The letters of its curves by their colour; none for a single one, and for too many."""
    if not 1 < len(panel.series) <= len(ascii_letters):
        return {}
    colours = sorted({series.colour for series in panel.series})
    return dict(zip(colours, ascii_letters, strict=False))


def draw_curves(
    canvas: DotCanvas, scale: Scale, panel: Panel, x_axis: XAxis, letters: Mapping[int, str]
) -> None:
    """Draw the curves of ``panel``, the first on top, with their letters."""
    dashes = _DASHES if canvas.dots_across > 1 else _DASHES_OF_ASCII
    drawn = []
    for series in reversed(panel.series):
        if series.underlay is not None:
            edges = series.underlay.edges
            ranges = _ranges(canvas, scale, series.underlay.values, edges, x_axis.end)
            everywhere = np.ones(len(ranges), dtype=bool)
            _draw(canvas, scale, ranges, series.colour, everywhere, _BELOW[series.underlay.kind])
        if series.point_x is not None:
            drawn.append((series.colour, _draw_points(canvas, scale, series, x_axis)))
            continue
        ranges = _ranges(canvas, scale, series.values, x_axis.edges, x_axis.end)
        assumed = _assumed(len(ranges), panel.dashed, x_axis)
        _draw(canvas, scale, ranges, series.colour, assumed, dashes)
        drawn.append((series.colour, ranges))
    for index, (colour, ranges) in enumerate(reversed(drawn)):
        if colour in letters:
            share = (index + 0.5) / len(drawn)
            _write_letters(canvas, scale, ranges, share, (letters[colour], colour))


def _draw_points(canvas: DotCanvas, scale: Scale, series: Series, x_axis: XAxis) -> FloatArray:
    """Draw values that are known at some steps only as dots; return their columns' ranges."""
    ranges = np.full((canvas.width, 2), np.nan)
    values, at = series.values, np.empty(0) if series.point_x is None else series.point_x
    kept = decimate(values, canvas.width)  # a log may have a million rows
    for x, value in zip(at[kept].tolist(), values[kept].tolist(), strict=True):
        if np.isfinite(value) and (value > 0 or not scale.log):
            column = column_of(x, x_axis, canvas.width)
            row = scale.row(value)
            canvas.draw(column, row, row, series.colour)
            ranges[column] = np.fmin(ranges[column, 0], value), np.fmax(ranges[column, 1], value)
    return ranges


def _ranges(
    canvas: DotCanvas, scale: Scale, values: FloatArray, edges: FloatArray, end: float
) -> FloatArray:
    return column_ranges(values, edges, end, canvas.width, positive=scale.log)


def _draw(
    canvas: DotCanvas,
    scale: Scale,
    ranges: FloatArray,
    owner: int,
    dashed: BoolArray,
    dashes: Dashes,
) -> None:
    columns = np.flatnonzero(~np.isnan(ranges[:, 0]))
    rows = [[scale.row(low), scale.row(high)] for low, high in ranges[columns].tolist()]
    if not rows:
        return
    for column, low, high in dots_of(np.array(rows), columns.tolist(), dashed[columns], dashes):
        canvas.draw(column, low, high, owner)


def _assumed(count: int, stretches: Sequence[tuple[int, int]], x_axis: XAxis) -> BoolArray:
    """For each of ``count`` columns: True where the steps that it shows are assumed."""
    edges = x_axis.edges
    begin = x_axis.begin
    x = begin + (np.arange(count) + 0.5) * (x_axis.end - begin) / count
    inside = np.zeros(count, dtype=bool)
    for first, after in stretches:
        last = float(edges[min(after, len(edges) - 1)])
        inside |= (x >= edges[min(first, len(edges) - 1)]) & (x < last)
    return inside


def _write_letters(
    canvas: DotCanvas, scale: Scale, ranges: FloatArray, share: float, letter: tuple[str, int]
) -> None:
    """Write the letter of a curve on it, beside those of the others: ``share`` is from 0 to 1."""
    for part in range(_LETTERS):
        column = int((part + share) / _LETTERS * canvas.width)
        if not np.isnan(ranges[column, 0]):
            middle = (
                scale.row(float(ranges[column, 0])) + scale.row(float(ranges[column, 1]))
            ) // 2
            canvas.write(column, middle, *letter)
