"""One panel of a schedule as lines of text: curves, axes, and marks of findings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from rich.cells import cell_len
from rich.text import Text

from lrplan.render.finding_text import STYLES
from lrplan.render.terminal.canvas import DotCanvas
from lrplan.render.terminal.curves import draw_curves, letters_of
from lrplan.render.terminal.flags import Flags
from lrplan.render.terminal.scale import Scale, column_of
from lrplan.render.terminal.ticks import linear_ticks
from lrplan.render.view.numbers import count_labels
from lrplan.render.view.view_model import FindingMarker, Panel, XAxis
from lrplan.render.view.y_range import y_range

_FRAME = "dim"
_X_LABEL = 12
"""Characters of the x axis for each of its labels."""
_ROWS_OF_LABEL = 3
"""Lines of the y axis for each of its labels."""


class _Frame(NamedTuple):
    """The characters of the axes."""

    vertical: str
    tick: str
    corner: str
    horizontal: str
    x_tick: str
    flag: str
    """Leads down from the flag of a finding, where no curve is."""


_UNICODE = _Frame("│", "┤", "└", "─", "┬", "┊")
_ASCII = _Frame("|", "+", "+", "-", "+", "|")


@dataclass(frozen=True, slots=True)
class ChartStyle:
    """The look of a chart.

    Args:
        width: characters of a line.
        height: lines between the top and the x axis.
        ascii: only ASCII characters.
        colours: a style of rich for each curve of the schedule; empty without colours, where
            curves have letters.
    """

    width: int
    height: int
    ascii: bool = False
    colours: Sequence[str] = ()

    def colour(self, number: int | None) -> str:
        """The style of a curve, by its number; empty without colours, and for None."""
        if number is None or not self.colours:
            return ""
        return self.colours[number % len(self.colours)]


def chart(
    panel: Panel,
    x_axis: XAxis,
    markers: Sequence[FindingMarker],
    style: ChartStyle,
    *,
    numbered: bool = True,
) -> Iterator[Text]:
    """Yield the lines of a panel from top to bottom, each at most as wide as ``style`` says.

    Args:
        panel: with at least one curve.
        x_axis: the axis of its curves.
        markers: findings, whose steps are marked by lines.
        style: the look.
        numbered: write the numbers of findings above their lines.
    """
    stats = [series.stats for series in panel.series]
    stats += [each.underlay.stats for each in panel.series if each.underlay is not None]
    ends = y_range(stats, panel.scale, headroom=0)
    rows = DotCanvas(1, style.height, ascii=style.ascii).height
    scale = Scale(ends, rows, log=panel.scale.log)
    labels = _row_labels(scale, style.height)
    gutter = max(cell_len(x_axis.label), *map(cell_len, labels.values()), 1)
    width = max(style.width - gutter - 2, 1)
    canvas = DotCanvas(width, style.height, ascii=style.ascii)
    draw_curves(canvas, scale, panel, x_axis, {} if style.colours else letters_of(panel))
    flags = Flags.of(markers, x_axis, width)
    if numbered and flags.numbers:
        yield Text(" " * (gutter + 2)).append_text(flags.line(width))
    yield from _area(canvas, labels, gutter, flags, style)
    yield from _x_axis(x_axis, gutter, width, style)


def _row_labels(scale: Scale, height: int) -> Mapping[int, str]:
    """The labels of the y axis by their line, counted from the bottom."""
    most = max(2, height // _ROWS_OF_LABEL)
    dots = scale.rows // height
    return {row // dots: text for row, text in scale.labels(most).items()}


def _area(
    canvas: DotCanvas, labels: Mapping[int, str], gutter: int, flags: Flags, style: ChartStyle
) -> Iterator[Text]:
    frame = _ASCII if style.ascii else _UNICODE
    for row, runs in enumerate(canvas.rows()):
        label = labels.get(style.height - 1 - row, "")
        line = Text().append(f"{label:>{gutter}} {frame.tick if label else frame.vertical}", _FRAME)
        # Characters of one style are one text: over a slow line, each text costs its escapes.
        for colour, same in groupby(_styled(runs, flags, frame, style), key=itemgetter(1)):
            line.append("".join(character for character, _ in same), colour)
        yield line


def _styled(
    runs: Iterable[tuple[str, int | None]], flags: Flags, frame: _Frame, style: ChartStyle
) -> Iterator[tuple[str, str]]:
    """Yield the characters of a row with their styles; where no curve is, lines of flags."""
    characters = ((character, owner) for text, owner in runs for character in text)
    for column, (character, owner) in enumerate(characters):
        marker = flags.lines.get(column) if character == " " else None
        if marker is None:
            yield character, style.colour(owner)
        else:
            yield frame.flag, STYLES[marker.severity]


def _x_axis(x_axis: XAxis, gutter: int, width: int, style: ChartStyle) -> Iterator[Text]:
    """Yield the axis and its labels."""
    frame = _ASCII if style.ascii else _UNICODE
    labels = _x_labels(x_axis, width)
    ticks = (frame.x_tick if column in labels else frame.horizontal for column in range(width))
    yield Text(f"{'':{gutter}} {frame.corner}{''.join(ticks)}", _FRAME)
    yield Text(f"{x_axis.label:>{gutter}}  {_spread(labels, width)}", _FRAME)


def _x_labels(x_axis: XAxis, width: int) -> dict[int, str]:
    """The labels of the x axis by their column."""
    in_steps = x_axis.label == "step"
    ticks = linear_ticks(x_axis.begin, x_axis.end, max(width // _X_LABEL, 2) + 1, whole=in_steps)
    texts = count_labels(ticks) if in_steps else [f"{tick:,.10g}" for tick in ticks]
    pairs = zip(ticks, texts, strict=True)
    return {column_of(tick, x_axis, width): text for tick, text in pairs}


def _spread(labels: Mapping[int, str], width: int) -> str:
    """The labels in one line, each in the middle below its tick; those without room left out."""
    line = ""
    for column, text in sorted(labels.items()):
        start = min(max(column - len(text) // 2, 0), width - len(text))
        if start >= (len(line) + 1 if line else 0):
            line = f"{line:{start}}{text}"
    return line
