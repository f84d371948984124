"""Draws the curves of a panel on a canvas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import ascii_letters

import numpy as np

from lrplan.arrays import FloatArray
from lrplan.render.terminal.canvas import Canvas
from lrplan.render.terminal.columns import column_ranges
from lrplan.render.terminal.scale import Scale
from lrplan.render.view.view_model import Panel, XAxis

_DASH = 2
"""Columns of dots that a dash takes, and the gap behind it."""
_LETTERS = 3
"""How often a curve bears its letter."""


def letters_of(panel: Panel) -> Mapping[int, str]:
    """The letters of its curves by their colour; none for a single one, and for too many."""
    if not 1 < len(panel.series) <= len(ascii_letters):
        return {}
    colours = sorted({series.colour for series in panel.series})
    return dict(zip(colours, ascii_letters, strict=False))


def draw_curves(
    canvas: Canvas, scale: Scale, panel: Panel, x_axis: XAxis, letters: Mapping[int, str]
) -> None:
    """Draw the curves of ``panel``, the first on top, with their letters."""
    drawn = []
    for series in reversed(panel.series):
        if series.underlay is not None:
            edges = series.underlay.edges
            ranges = _ranges(canvas, scale, series.underlay.values, edges, x_axis.end)
            ranges[1::2] = np.nan
            _draw(canvas, scale, ranges, series.colour)
        ranges = _ranges(canvas, scale, series.values, x_axis.edges, x_axis.end)
        _leave_gaps(ranges, panel.dashed, x_axis)
        _draw(canvas, scale, ranges, series.colour)
        drawn.append((series.colour, ranges))
    for index, (colour, ranges) in enumerate(reversed(drawn)):
        if colour in letters:
            share = (index + 0.5) / len(drawn)
            _write_letters(canvas, scale, ranges, share, (letters[colour], colour))


def _ranges(
    canvas: Canvas, scale: Scale, values: FloatArray, edges: FloatArray, end: float
) -> FloatArray:
    return column_ranges(values, edges, end, canvas.width, positive=scale.log)


def _draw(canvas: Canvas, scale: Scale, ranges: FloatArray, owner: int) -> None:
    for column in np.flatnonzero(~np.isnan(ranges[:, 0])).tolist():
        low, high = ranges[column].tolist()
        canvas.draw(column, scale.row(low), scale.row(high), owner)


def _leave_gaps(ranges: FloatArray, dashed: Sequence[tuple[int, int]], x_axis: XAxis) -> None:
    """Make dashes of the stretches of steps that are assumed."""
    edges = x_axis.edges
    begin = float(edges[0])
    per_column = (x_axis.end - begin) / len(ranges)
    columns = np.arange(len(ranges))
    is_gap = columns // _DASH % 2 == 1
    for first, after in dashed:
        x = begin + (columns + 0.5) * per_column
        last = float(edges[min(after, len(edges) - 1)])
        is_inside = (x >= edges[min(first, len(edges) - 1)]) & (x < last)
        ranges[is_gap & is_inside] = np.nan


def _write_letters(
    canvas: Canvas, scale: Scale, ranges: FloatArray, share: float, letter: tuple[str, int]
) -> None:
    """Write the letter of a curve on it, beside those of the others: ``share`` is from 0 to 1."""
    for part in range(_LETTERS):
        column = int((part + share) / _LETTERS * canvas.width)
        if not np.isnan(ranges[column, 0]):
            middle = (
                scale.row(float(ranges[column, 0])) + scale.row(float(ranges[column, 1]))
            ) // 2
            canvas.write(column, middle, *letter)
