"""Tables of measurements: on a terminal, and as Markdown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table as RichTable


@dataclass(slots=True)
class Table:
    """Rows of text under a heading, with what a reader has to know to judge them."""

    title: str
    columns: tuple[str, ...]
    how: str
    """What was measured, in a sentence or two."""
    rows: list[tuple[str, ...]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, *cells: str) -> None:
        """Another row."""
        self.rows.append(cells)

    def rich(self) -> RichTable:
        """For a terminal."""
        from rich.table import Table as RichTable

        table = RichTable(title=self.title, caption=self._caption(), title_justify="left")
        for index, column in enumerate(self.columns):
            table.add_column(column, justify="right" if index else "left")
        for row in self.rows:
            table.add_row(*row)
        return table

    def markdown(self) -> str:
        """For a page."""
        lines = [
            f"## {self.title}",
            "",
            self.how,
            "",
            _line(self.columns),
            _line(["---", *["---:" for _ in self.columns[1:]]]),
            *map(_line, self.rows),
            "",
        ]
        for note in self.notes:
            lines += [note, ""]
        return "\n".join(lines)

    def _caption(self) -> str:
        return "\n".join([self.how, *self.notes])


def _line(cells: tuple[str, ...] | list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def duration(seconds: float, *, scaled: bool = False) -> str:
    """``12.3 ms``, with ``~`` where a part was measured and the rest follows from it."""
    units = ((1, "s"), (1e-3, "ms"), (1e-6, "us"))
    size, unit = next((pair for pair in units if seconds >= pair[0]), units[-1])
    return f"{'~' if scaled else ''}{seconds / size:.3g} {unit}"


def times(ratio: float) -> str:
    """``x0.43``, ``x17``."""
    return f"x{ratio:.3g}" if ratio < 100 else f"x{ratio:.0f}"


def count(number: int) -> str:
    """``1e6`` for powers of ten, else with separators."""
    text = f"{number:.0e}".replace("e+0", "e")
    return text if float(text) == number else f"{number:,}"
