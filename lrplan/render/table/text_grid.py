"""Columns of text laid out for a console: as wide as they need, in as many blocks as it takes."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich import box
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from lrplan.render.numbers import align
from lrplan.text_position import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console, RenderableType

GAP = 2
_NO_BREAK = "\N{NO-BREAK SPACE}"
_FACTOR = re.compile(r" (?=x\d)")
_HEADER_WIDTH = 20
"""Longer names in a header are folded."""
_ASCII_RULE = box.Box("    \n    \n -- \n    \n    \n    \n    \n    \n", ascii=True)
_SPELLED = str.maketrans(
    {
        "\N{MULTIPLICATION SIGN}": "x",
        "\N{EN DASH}": "-",
        "\N{EM DASH}": "-",
        "\N{HORIZONTAL ELLIPSIS}": "...",
        "\N{RIGHTWARDS ARROW}": "->",
    }
)


@dataclass(frozen=True, slots=True)
class TextColumn:
    """One column of text."""

    header: str
    cells: Sequence[str] = field(default_factory=list)
    right: bool = False
    least: int = 0
    """Characters it takes at least."""
    most: int | None = None
    """Characters it takes at most; what is longer is folded."""

    @property
    def width(self) -> int:
        """Characters it takes."""
        headers = (min(cell_len(line), _HEADER_WIDTH) for line in self.header.split("\n"))
        needed = max(self.least, 1, *headers, *(cell_len(cell) for cell in self.cells))
        return needed if self.most is None else min(needed, self.most)


def shown(text: str, console: Console) -> Text:
    """Text of a user: no markup, no control characters, only what the console can encode."""
    return Text(encodable(printable(text), console))


def encodable(text: str, console: Console) -> str:
    """``text`` in characters that the console's encoding has."""
    if not console.options.ascii_only:
        return text
    plain = text.translate(_SPELLED)
    return plain.encode(console.encoding, "backslashreplace").decode(console.encoding)


def total_width(lanes: Sequence[TextColumn]) -> int:
    """Characters that ``lanes`` take side by side."""
    return sum(lane.width for lane in lanes) + GAP * (len(lanes) - 1)


def blocks(
    keys: Sequence[TextColumn], lanes: Sequence[TextColumn], width: int
) -> Iterator[list[TextColumn]]:
    """``lanes`` in blocks that fit ``width``, each led by ``keys``."""
    block: list[TextColumn] = []
    for lane in lanes:
        if block and total_width([*keys, *block, lane]) > width:
            yield [*keys, *block]
            block = []
        block.append(lane)
    if block:
        yield [*keys, *block]


def tables(
    keys: Sequence[TextColumn], lanes: Sequence[TextColumn], width: int
) -> list[list[TextColumn]]:
    """``lanes`` beside ``keys`` in as few tables as ``width`` allows.

    Many lanes take fewer tables when they become the rows: the first of ``keys`` then is the
    heading of the columns, and a table of its own explains it where there are others.
    """
    straight = list(blocks(keys, lanes, width))
    names = TextColumn("group", [" ".join(lane.header.split("\n")) for lane in lanes])
    explained = len(keys) > 1
    across = [
        TextColumn(
            f"{keys[0].header}\n{cell}" if explained else cell,
            align([lane.cells[row].strip() for lane in lanes]),
        )
        for row, cell in enumerate(keys[0].cells)
    ]
    turned = [list(keys)] if explained else []
    turned += blocks([names], across, width)
    return turned if len(turned) < len(straight) else straight


def print_grid(lanes: Sequence[TextColumn], console: Console) -> None:
    """One table; a cell wider than its share of the console is folded, never cut."""
    rule = _ASCII_RULE if console.options.ascii_only else box.SIMPLE_HEAD
    grid = Table(box=rule, show_edge=False, pad_edge=False, padding=(0, GAP - 1, 0, 0))
    for lane in lanes:
        grid.add_column(
            Text("\n").join(shown(line, console) for line in lane.header.split("\n")),
            justify="right" if lane.right else "left",
            overflow="fold",
            vertical="top",
            width=lane.width,
        )
    for row in zip(*(lane.cells for lane in lanes), strict=True):
        grid.add_row(*(shown(cell, console) for cell in row))
    _print_trimmed(grid, console)


def print_note(note: str, console: Console, style: str = "") -> None:
    """A paragraph beside a table; a factor stays on the line of what it belongs to."""
    _print_trimmed(Text(_filled(note, console), style), console)


def print_item(lead: str, note: str, console: Console, style: str) -> None:
    """A paragraph that begins with ``lead`` in ``style``; its further lines are indented."""
    text = Text(_filled(f"{lead}: {note}", console, indent="  "))
    text.stylize(style, 0, len(lead))
    _print_trimmed(text, console)


def _filled(note: str, console: Console, indent: str = "") -> str:
    text = _FACTOR.sub(_NO_BREAK, encodable(printable(note), console))
    width = max(console.width, len(indent) + 1)
    wrapped = textwrap.fill(text, width, subsequent_indent=indent, break_on_hyphens=False)
    return wrapped.replace(_NO_BREAK, " ")


def _print_trimmed(renderable: RenderableType, console: Console) -> None:
    """Without the blanks at the ends of lines, which files and terminals' clipboards keep."""
    for segments in console.render_lines(renderable, pad=False):
        line = Text.assemble(*((part.text, part.style or "") for part in segments))
        line.rstrip()
        console.print(line, no_wrap=True, overflow="ignore", crop=False)
