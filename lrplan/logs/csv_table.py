"""Logs that are a table: a line of names, and a row of cells for each step or epoch."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lrplan.logs.format import LR_NAME, STEP_NAMES, ColumnNames, check_columns, log_text, refuse
from lrplan.logs.log import Convention, Log
from lrplan.logs.precision import Precision
from lrplan.logs.rows import ColumnRows, columns_of, numbers
from lrplan.specfile.yaml.core_schema import clip
from lrplan.text import join_words


@dataclass(frozen=True, slots=True)
class TableLayout:
    """The columns of a table that are read: that of the steps, and those of the learning rates."""

    step: str
    lrs: tuple[str, ...]


def header_of(head: str) -> list[str]:
    """The names in the first line of a table; padding around them does not count."""
    # A line may end with a carriage return alone, which the module csv refuses within one.
    first = re.split(r"[\r\n]", head.lstrip("\ufeff"), maxsplit=1)[0]
    return [name.strip() for name in next(csv.reader([first]), [])]


def _layout(names: Sequence[str], wanted: ColumnNames, path: Path) -> TableLayout:
    """The columns that the user names, else those that are called after steps and rates.

    Raises:
        LrplanError: there is no such column; the text names those that there are.
    """
    for name in (*wanted.lr, wanted.step):
        if name and name not in names:
            raise refuse(path, f"there is no column {clip(name)!r}; there is {_listed(names)}", 1)
    # wandb writes `run - lr`, and beside it the extremes `run - lr__MIN` and `run - lr__MAX`.
    guessed = [n for n in names if LR_NAME.search(n) and not n.endswith(("__MIN", "__MAX"))]
    lrs = wanted.lr or tuple(guessed)
    if not lrs:
        hint = f"--map lr=COLUMN names it; there is {_listed(names)}"
        raise refuse(path, f"no column is called after the learning rate; {hint}", 1)
    lowered = {name.lower(): name for name in reversed(names)}
    step = wanted.step or next((lowered[each] for each in STEP_NAMES if each in lowered), "")
    step = step or lowered.get("epoch", "")
    if not step:
        hint = f"--map step=COLUMN names it; there is {_listed(names)}"
        raise refuse(path, f"no column counts steps or epochs; {hint}", 1)
    return TableLayout(step, lrs)


def read_table(
    path: Path,
    name: str,
    wanted: ColumnNames,
    convention_of: Callable[[TableLayout, float], Convention],
) -> Log:
    """Read a table.

    Args:
        path: the file.
        name: of its format.
        wanted: the columns that the user names.
        convention_of: what a step means, given the layout and the first step.

    Raises:
        LrplanError: it cannot be read, or holds no learning rate.
    """
    text = log_text(path)
    rows = csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""))
    try:
        names = [cell.strip() for cell in next(rows, [])]
        layout = _layout(names, wanted, path)
        check_columns(path, len(layout.lrs))
        indices = [names.index(each) for each in (layout.step, *layout.lrs)]
        step_cells, *cells = _cells(rows, indices)
    except csv.Error as error:
        raise refuse(path, f"this is not CSV: {clip(str(error))}", rows.line_num) from None
    columns, exact = _column_rows(cells, step_cells, layout.lrs)
    found, notes = columns_of(columns, exact)
    if not found:
        raise refuse(path, f"no row has a learning rate in {join_words(layout.lrs[:5])}")
    first = min(float(column.steps[0]) for column in found)
    return Log(
        path=str(path),
        format=name,
        columns=found,
        convention=convention_of(layout, first),
        notes=notes,
    )


def _cells(rows: Iterable[list[str]], indices: Sequence[int]) -> list[list[str]]:
    """The cells of some columns; rows that are too short, as a cut last one, are left out."""
    longest = max(indices)
    columns: list[list[str]] = [[] for _ in indices]
    # Only the columns asked for are kept: an export of wandb may have hundreds, and all cells of a
    # million rows would fill the memory as strings.
    appends = [(index, column.append) for index, column in zip(indices, columns, strict=True)]
    for row in rows:
        if len(row) > longest:
            for index, append in appends:
                append(row[index])
    return columns


def _column_rows(
    columns: Sequence[Sequence[str]], step_cells: Sequence[str], names: Sequence[str]
) -> tuple[dict[str, ColumnRows], dict[str, Precision]]:
    steps, _ = numbers(step_cells)
    rows, exact = {}, {}
    for name, cells in zip(names, columns, strict=True):
        # Rows without a rate are those of other metrics, and no fault of the log.
        kept = [(step, cell) for step, cell in zip(steps, cells, strict=True) if cell.strip()]
        values, exact[name] = numbers([cell for _, cell in kept])
        rows[name] = ColumnRows([step for step, _ in kept], values)
    return rows, exact


def _listed(names: Sequence[str]) -> str:
    return clip(", ".join(names), 200) or "none"
