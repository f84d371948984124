"""The panels of a large sheet, drawn without matplotlib's Axes.

Axes cost some 20 ms each, most of it for ticks that are made, copied and laid out. In a sheet of
500 panels that is most of the time. Here a panel is a rectangle in inches: its curves are lines on
the figure, and the ticks, frames and grids of all panels are a few collections of lines.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.transforms import Bbox, TransformedBbox

from lrplan.arrays import FloatArray
from lrplan.render.picture.canvas import Align, Canvas, VerticalAlign
from lrplan.render.picture.layout import Box

MOST_AXES = 50
"""Sheets of more panels than this are drawn without Axes."""

_BELOW_TEXTS = -10
"""Added to the z order of a panel: Axes lie below the texts and lines of their figure."""
_MAJOR, _MINOR, _PAD, _PAD_ABOVE = (points / 72 for points in (3, 1.5, 2.5, 1.5))
_THIN = 0.8
_GRID, _FRAME = 0.5, 2.4

Point = tuple[float, float]


class LineBatch:
    """Thin lines of all panels, drawn together: one artist for each colour and z order."""

    def __init__(self) -> None:
        self._lines: dict[tuple[str, float], list[tuple[Point, Point]]] = {}

    def add(self, lines: Iterable[tuple[Point, Point]], colour: str, zorder: float) -> None:
        """Add lines from point to point, in inches."""
        self._lines.setdefault((colour, zorder), []).extend(lines)

    def draw(self, canvas: Canvas) -> None:
        """Put all lines on the figure."""
        for (colour, zorder), lines in self._lines.items():
            canvas.figure.add_artist(
                LineCollection(
                    lines,
                    colors=colour,
                    linewidths=_THIN,
                    capstyle="projecting",
                    zorder=zorder + _BELOW_TEXTS,
                    transform=canvas.figure.dpi_scale_trans,
                )
            )


class SheetPanel:
    """A panel of a sheet; the methods that share their names with those of Axes do the same.

    Args:
        canvas: what is drawn on.
        box: where the panel is, in inches.
        batch: takes its thin lines.
    """

    def __init__(self, canvas: Canvas, box: Box, batch: LineBatch) -> None:
        self._canvas, self._box, self._batch = canvas, box, batch
        self._x = self._y = (0.0, 1.0)
        self._log = False
        bounds = Bbox.from_bounds(box.left, box.bottom, box.width, box.height)
        self._clip = TransformedBbox(bounds, canvas.figure.dpi_scale_trans)
        frame = [
            ((box.left, box.bottom), (box.left, box.top)),
            ((box.left, box.bottom), (box.right, box.bottom)),
        ]
        batch.add(frame, canvas.theme.faint, _FRAME)

    def set_limits(self, x: Point, y: Point, *, log: bool) -> None:
        """Set the values at the edges, from left to right and from the foot to the top."""
        self._x, self._y, self._log = x, y, log

    def get_xlim(self) -> Point:
        """The values at the left and the right edge."""
        return self._x

    def draw_y_ticks(
        self, ticks: Sequence[float], labels: Sequence[str], minor_ticks: Sequence[float]
    ) -> None:
        """Draw the grid, and ticks and labels left of the panel."""
        left, right, theme = self._box.left, self._box.right, self._canvas.theme
        heights, small = self._heights(ticks), self._heights(minor_ticks)
        self._batch.add((((left, y), (right, y)) for y in heights), theme.grid, _GRID)
        self._batch.add((((left - _MAJOR, y), (left, y)) for y in heights), theme.faint, _FRAME)
        self._batch.add((((left - _MINOR, y), (left, y)) for y in small), theme.faint, _FRAME)
        for y, label in zip(heights, labels, strict=True):
            self._label((left - _MAJOR - _PAD, y), label, "right", "center_baseline")

    def draw_x_ticks(self, ticks: Sequence[float], labels: Sequence[str], *, above: bool) -> None:
        """Draw ticks and labels below the panel, or ``above`` it."""
        edge, sign = (self._box.top, 1) if above else (self._box.bottom, -1)
        places = [float(place) for place in self._x_to_inches(np.array(ticks, dtype=float))]
        lines = (((x, edge), (x, edge + sign * _MAJOR)) for x in places)
        self._batch.add(lines, self._canvas.theme.faint, _FRAME)
        height = edge + sign * (_MAJOR + (_PAD_ABOVE if above else _PAD))
        for x, label in zip(places, labels, strict=True):
            self._label((x, height), label, "center", "bottom" if above else "top")

    def write_middle(self, text: str) -> None:
        """Write a text in the middle of an empty panel."""
        middle = self._box.left + self._box.width / 2, self._box.bottom + self._box.height / 2
        colour, size = self._canvas.theme.faint, self._canvas.scale.text
        self._canvas.write(
            middle, text, size=size, colour=colour, align="center", vertical="center"
        )

    def add_line(self, line: Line2D) -> None:
        """Draw a line that is given in the values of the axes."""
        x, y = (np.asarray(data, dtype=float) for data in line.get_data(orig=True))
        line.set_data(self._x_to_inches(x), self._up(y))
        self._add(line)

    def axvline(self, x: float, ymin: float = 0.0, ymax: float = 1.0, **style: Any) -> None:
        """Draw a line at ``x`` between two shares of the height."""
        place = float(self._x_to_inches(np.array([x]))[0])
        ends = [self._box.bottom + share * self._box.height for share in (ymin, ymax)]
        self._add(Line2D([place, place], ends, **style))

    def axvspan(self, begin: float, end: float, **style: Any) -> None:
        """Fill what lies between two values of x."""
        left, right = (float(place) for place in self._x_to_inches(np.array([begin, end])))
        self._add(Rectangle((left, self._box.bottom), right - left, self._box.height, **style))

    def _add(self, artist: Line2D | Rectangle) -> None:
        artist.set_transform(self._canvas.figure.dpi_scale_trans)
        artist.set_zorder(artist.get_zorder() + _BELOW_TEXTS)
        if artist.get_clip_on():
            artist.set_clip_box(self._clip)
        self._canvas.figure.add_artist(artist)

    def _label(self, place: Point, text: str, align: Align, vertical: VerticalAlign) -> None:
        if text:
            colour, size = self._canvas.theme.soft, self._canvas.scale.text
            self._canvas.write(
                place, text, size=size, colour=colour, align=align, vertical=vertical
            )

    def _heights(self, values: Sequence[float]) -> list[float]:
        return [float(height) for height in self._up(np.array(values, dtype=float))]

    def _x_to_inches(self, x: FloatArray) -> FloatArray:
        low, high = self._x
        return self._box.left + (x - low) / (high - low) * self._box.width

    def _up(self, y: FloatArray) -> FloatArray:
        low, high = self._y
        if self._log:
            low, high = math.log10(low), math.log10(high)
            y = np.log10(y, where=y > 0, out=np.full(y.shape, np.nan))
        return self._box.bottom + (y - low) / (high - low) * self._box.height
