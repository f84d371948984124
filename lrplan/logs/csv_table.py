"""Logs that are a table: a line of names, and a row of cells for each step or epoch."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import compress, islice
from pathlib import Path

from lrplan.logs.format import (
    LR_NAME,
    STEP_NAMES,
    ColumnNames,
    check_columns,
    check_rows,
    log_text,
    refuse,
)
from lrplan.logs.log import Convention, Log
from lrplan.logs.precision import Precision
from lrplan.logs.rows import ColumnRows, TextSample, columns_of, number
from lrplan.specfile.yaml.core_schema import clip
from lrplan.text import join_words

_BLOCK = 20_000
"""Rows that are in memory as text."""


@dataclass(frozen=True, slots=True)
class TableLayout:
    """The columns of a table that are read: that of the steps, and those of the learning rates."""

    step: str
    lrs: tuple[str, ...]


def header_of(head: str) -> list[str]:
    """The names in the first line of a table; padding around them does not count."""
    first = _first_line(head.lstrip("\ufeff"))
    return [name.strip() for name in next(csv.reader([first], delimiter=_delimiter(first)), [])]


def _first_line(text: str) -> str:
    # A line may end with a carriage return alone, which the module csv refuses within one.
    return re.split(r"[\r\n]", text, maxsplit=1)[0]


def _delimiter(first: str) -> str:
    """The character between the cells of a table: what its first line has most of."""
    return max(",", "\t", ";", key=first.count)


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
    text = log_text(path).lstrip("\ufeff")
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(_first_line(text)))
    try:
        names, renamed = _unique_names([cell.strip() for cell in next(rows, [])])
        layout = _layout(names, wanted, path)
        check_columns(path, len(layout.lrs))
        indices = [names.index(each) for each in (layout.step, *layout.lrs)]
        columns, exact = _columns(path, rows, indices, layout.lrs)
    except csv.Error as error:
        raise refuse(path, f"this is not CSV: {clip(str(error))}", rows.line_num) from None
    found, notes = columns_of(columns, exact)
    if not found:
        raise refuse(path, f"no row has a learning rate in {join_words(layout.lrs[:5])}")
    first = min(float(column.steps[0]) for column in found)
    return Log(
        path=str(path),
        format=name,
        columns=found,
        convention=convention_of(layout, first),
        notes=(*_about_names(renamed, layout), *notes),
    )


def _unique_names(names: Sequence[str]) -> tuple[list[str], list[str]]:
    """The names of all columns, each once, and those that several columns had.

    The second column called ``lr`` is ``lr.1``, as pandas has it; ``--map`` takes these names.
    """
    counts: dict[str, int] = {}
    repeated: dict[str, None] = {}
    taken, own = set(names), []
    for name in names:
        counts[name] = counts.get(name, 0) + 1
        unique = name
        if counts[name] > 1:
            repeated[name] = None
            while unique in taken:
                unique = f"{name}.{counts[name] - 1}"
                counts[name] += unique in taken
            taken.add(unique)
        own.append(unique)
    return own, list(repeated)


def _about_names(repeated: Sequence[str], layout: TableLayout) -> Iterator[str]:
    """Yield a sentence for each name that several columns have and that was read."""
    for name in repeated:
        read = [each for each in layout.lrs if each == name or each.startswith(f"{name}.")]
        if read:
            listed = join_words([clip(each) for each in read[:5]])
            yield f"several columns are called {clip(name)}: they are read as {listed}"
        elif name == layout.step:
            yield f"several columns are called {clip(name)}: the first one counts the steps"


def _columns(
    path: Path, rows: Iterator[list[str]], indices: Sequence[int], names: Sequence[str]
) -> tuple[dict[str, ColumnRows], dict[str, Precision]]:
    """The columns of learning rates, whose indices follow that of the steps.

    Rows that are too short, as a cut last one, are left out. Only the columns asked for are kept,
    and as numbers: the texts of all cells of a million rows would fill the memory.
    """
    longest = max(indices)
    found = {name: ColumnRows() for name in names}
    samples = {name: TextSample() for name in names}
    read = 0
    while block := list(islice(rows, _BLOCK)):
        read += len(block)
        check_rows(path, read)
        whole = [row for row in block if len(row) > longest]
        steps = _floats([row[indices[0]] for row in whole])
        for name, index in zip(names, indices[1:], strict=True):
            cells = [row[index] for row in whole]
            # Rows without a rate are those of other metrics, and no fault of the log.
            has_rate = [bool(cell) and not cell.isspace() for cell in cells]
            kept = list(compress(steps, has_rate))
            cells = list(compress(cells, has_rate))
            found[name].steps.extend(kept)
            found[name].values.extend(_floats(cells))
            samples[name].add(cells)
    return found, {name: sample.precision() for name, sample in samples.items()}


def _floats(cells: Sequence[str]) -> list[float]:
    """The cells as numbers; NaN for one that is not a number."""
    try:
        return list(map(float, cells))
    except ValueError:
        return list(map(number, cells))


def _listed(names: Sequence[str]) -> str:
    return clip(", ".join(names), 200) or "none"
