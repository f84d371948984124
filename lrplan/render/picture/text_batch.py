"""The texts of a large sheet, drawn together."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from lrplan.arrays import FloatArray

Point = tuple[float, float]

_MARGIN = 3
"""Pixels around a text, which glyphs may reach beyond its box."""


class TextBatch(Artist):
    """Texts of which many are equal, as one artist.

    Texts of their own would be half of the time of a sheet: each is laid out separately, although
    the panels have mostly the same labels. Here each label is laid out once, as a ``Text`` at the
    origin, and drawn wherever it is needed: a ``Text("200")`` whose corner is 9 pixels left of its
    position has it 9 pixels left of every other position too.

    Args:
        figure: what it is put on. Positions are in its inches.
        shared: the arguments that every ``Text`` gets.
    """

    def __init__(self, figure: Figure, shared: dict[str, Any]) -> None:
        super().__init__()
        self._figure, self._shared = figure, shared
        self._texts: dict[tuple[object, ...], tuple[Text, list[Point]]] = {}
        self.zorder = Text.zorder
        figure.add_artist(self)

    def add(self, position: Point, text: str, style: dict[str, Any]) -> None:
        """Add ``text`` at ``position``; ``style`` has its own arguments of a ``Text``."""
        key = (text, *style.values())
        if key not in self._texts:
            artist = Text(0, 0, text, **self._shared, **style)
            artist.set_figure(self._figure)
            self._texts[key] = artist, []
        self._texts[key][1].append(position)

    def get_children(self) -> list[Artist]:
        """Each different text once, for those who look for fonts."""
        return [text for text, _ in self._texts.values()]

    def draw(self, renderer: Any) -> None:
        """Draw every text; matplotlib calls it, as it does for each artist."""
        for text, positions in self._texts.values():
            # The corner of a turned text does not show where its baseline begins.
            if len(positions) > 1 and not text.get_rotation():
                _draw_often(text, positions, renderer)
            else:
                for position in positions:
                    text.set_position(position)
                    text.draw(renderer)


def _draw_often(text: Text, positions: list[Point], renderer: Any) -> None:
    """Draw the text at each position, as ``text.draw`` does once its place and style are found."""
    text.set_position((0, 0))
    font, words = text.get_fontproperties(), text.get_text()
    top = renderer.get_canvas_width_height()[1]
    starts = text.get_transform().transform(positions) + np.array(_offset(text, renderer))
    if isinstance(renderer, RendererAgg):
        _stamp_often(text, starts, renderer)
        return
    context = renderer.new_gc()
    context.set_foreground(text.get_color())
    for position, (x, y) in zip(positions, starts, strict=True):
        text.set_position(position)  # which SVG reads
        down = top - y if renderer.flipy() else y
        renderer.open_group("text")
        renderer.draw_text(context, x, down, words, font, 0, mtext=text)
        renderer.close_group("text")
    context.restore()


def _stamp_often(text: Text, starts: FloatArray, renderer: Any) -> None:
    """Draw ``text`` once, and copy its pixels to where each of its baselines starts.

    To draw its glyphs takes ten times as long as to copy them. Starts are rounded to whole pixels.
    """
    words, font = text.get_text(), text.get_fontproperties()
    width, height, descent = renderer.get_text_width_height_descent(words, font, ismath=False)
    left, below = _MARGIN, math.ceil(descent) + _MARGIN
    size = math.ceil(width) + 2 * _MARGIN, below + math.ceil(height - descent) + _MARGIN
    stamp: Any = RendererAgg(*size, renderer.dpi)  # type: ignore[no-untyped-call]
    context = stamp.new_gc()
    context.set_foreground(text.get_color())
    stamp.draw_text(context, left, size[1] - below, words, font, 0, mtext=text)
    pixels = np.asarray(stamp.buffer_rgba())[::-1]
    copied = renderer.new_gc()
    for x, y in np.round(starts):
        renderer.draw_image(copied, x - left, y - below, pixels)
    copied.restore()
    context.restore()


def _offset(text: Text, renderer: Any) -> Point:
    """The offset of ``text`` from its position: to its left end, and up to its baseline."""
    corner, vertical = text.get_window_extent(renderer), text.get_verticalalignment()
    text.set_verticalalignment("baseline")
    foot = text.get_window_extent(renderer).y0  # of a text whose baseline is at its position
    text.set_verticalalignment(vertical)
    return corner.x0, corner.y0 - foot
