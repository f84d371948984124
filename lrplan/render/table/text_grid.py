"""Columns of text laid out for a console: as wide as they need, in blocks that fit its width."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rich import box
from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from lrplan.render.numbers import align
from lrplan.text_position import printable

GAP = 2
_NO_BREAK = "\N{NO-BREAK SPACE}"
_FACTOR = re.compile(r" (?=x\d)")
_HEADER_WIDTH = 20
"""Longer names in a header are folded."""
_ASCII_RULE = box.Box("    \n    \n -- \n    \n    \n    \n    \n    \n", ascii=True)
_ASCII_SPELLINGS = str.maketrans(
    {
        "\N{MULTIPLICATION SIGN}": "x",
        "\N{EN DASH}": "-",
        "\N{EM DASH}": "-",
        "\N{HORIZONTAL ELLIPSIS}": "...",
        "\N{RIGHTWARDS ARROW}": "->",
        "\N{MIDDLE DOT}": "-",
    }
)


@dataclass(frozen=True, slots=True)
class TextColumn:
    """A column of text."""

    header: str
    cells: Sequence[str] = field(default_factory=list)
    right: bool = False
    least: int = 0
    """The least width in characters."""
    most: int | None = None
    """The largest width in characters; longer text is folded."""

    @property
    def width(self) -> int:
        """The width in characters."""
        headers = (min(cell_len(line), _HEADER_WIDTH) for line in self.header.split("\n"))
        needed = max(self.least, 1, *headers, *(cell_len(cell) for cell in self.cells))
        return needed if self.most is None else min(needed, self.most)


def console_text(text: str, console: Console) -> Text:
    """``text`` of a user without markup, control characters and what the console cannot encode."""
    return Text(encodable(printable(text), console))


def encodable(text: str, console: Console) -> str:
    """``text`` in characters that the console's encoding has."""
    if not console.options.ascii_only:
        return text
    plain = text.translate(_ASCII_SPELLINGS)
    return plain.encode(console.encoding, "backslashreplace").decode(console.encoding)


def total_width(columns: Sequence[TextColumn]) -> int:
    """The number of characters that ``columns`` take side by side."""
    return sum(column.width for column in columns) + GAP * (len(columns) - 1)


def blocks(
    keys: Sequence[TextColumn], columns: Sequence[TextColumn], width: int
) -> Iterator[list[TextColumn]]:
    """Yield ``columns`` in blocks that fit ``width``, each led by ``keys``."""
    block: list[TextColumn] = []
    for column in columns:
        if block and total_width([*keys, *block, column]) > width:
            yield [*keys, *block]
            block = []
        block.append(column)
    if block:
        yield [*keys, *block]


def tables(
    keys: Sequence[TextColumn], columns: Sequence[TextColumn], width: int
) -> list[list[TextColumn]]:
    """``columns`` beside ``keys`` in as few tables as ``width`` allows.

    Many columns take fewer tables when they become the rows: the first of ``keys`` then is the
    heading of the columns, and a table of its own explains it where there are others.
    """
    # Example: 40 groups at 6 steps take a dozen tables of 6 rows in 80 characters. Transposed, one
    # table of 40 rows has the steps 0, 100, ... as its columns, and a small one before it says
    # which epoch and event each step is.
    upright = list(blocks(keys, columns, width))
    names = TextColumn("group", [" ".join(column.header.split("\n")) for column in columns])
    explained = len(keys) > 1
    across = [
        TextColumn(
            f"{keys[0].header}\n{cell}" if explained else cell,
            align([column.cells[row].strip() for column in columns]),
        )
        for row, cell in enumerate(keys[0].cells)
    ]
    transposed = [list(keys)] if explained else []
    transposed += blocks([names], across, width)
    return transposed if len(transposed) < len(upright) else upright


def print_grid(columns: Sequence[TextColumn], console: Console) -> None:
    """Print one table; a cell wider than its share of the console is folded, never cut."""
    rule = _ASCII_RULE if console.options.ascii_only else box.SIMPLE_HEAD
    grid = Table(box=rule, show_edge=False, pad_edge=False, padding=(0, GAP - 1, 0, 0))
    for column in columns:
        grid.add_column(
            Text("\n").join(console_text(line, console) for line in column.header.split("\n")),
            justify="right" if column.right else "left",
            overflow="fold",
            vertical="top",
            width=column.width,
        )
    for row in zip(*(column.cells for column in columns), strict=True):
        grid.add_row(*(console_text(cell, console) for cell in row))
    _print_trimmed(grid, console)


def print_note(note: str, console: Console, style: str = "") -> None:
    """Print a paragraph beside a table; a factor such as ``x0.1`` stays on the line of its name."""
    _print_trimmed(Text(_wrap(note, console), style), console)


def print_item(lead: str, note: str, console: Console, style: str) -> None:
    """Print a paragraph that begins with ``lead`` in ``style``; further lines are indented."""
    text = Text(_wrap(f"{lead}: {note}", console, indent="  "))
    text.stylize(style, 0, len(lead))
    _print_trimmed(text, console)


def _wrap(note: str, console: Console, indent: str = "") -> str:
    text = _FACTOR.sub(_NO_BREAK, encodable(printable(note), console))
    width = max(console.width, len(indent) + 1)
    wrapped = textwrap.fill(text, width, subsequent_indent=indent, break_on_hyphens=False)
    return wrapped.replace(_NO_BREAK, " ")


def _print_trimmed(renderable: RenderableType, console: Console) -> None:
    """Print without the blanks at the ends of lines, which files and clipboards would keep."""
    for segments in console.render_lines(renderable, pad=False):
        line = Text.assemble(*((part.text, part.style or "") for part in segments))
        line.rstrip()
        console.print(line, no_wrap=True, overflow="ignore", crop=False)
