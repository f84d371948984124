"""One column of numbers out of a CSV file."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from lrplan.catalog import nearest
from lrplan.spec.files import UnreadableError, read_file
from lrplan.spec.scalars import clip

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_LISTED = 12
_COMPARED = 1000


class ColumnError(ValueError):
    """A CSV file that does not give the column.

    Args:
        message: why, without the name of the file.
        fix: what to write instead, when there is something to say.
        column: the column's name is wrong, not the file.
    """

    def __init__(self, message: str, fix: str = "", *, column: bool = False) -> None:
        super().__init__(message)
        self.fix = fix
        self.column = column


def read_column(path: Path, name: str) -> tuple[float, ...]:
    """The numbers of one column, from top to bottom.

    The first line names the columns. Empty cells are passed over: loggers leave them where one
    metric has no value on the row of another.

    Args:
        path: a regular file of comma-separated text, at most 10 MB.
        name: the column; white space around it does not count.

    Raises:
        ColumnError: the file cannot be read, has no such column or no number in it, or a cell is
            not a number.
    """
    try:
        return _numbers(read_file(path), name.strip())
    except UnreadableError as error:
        raise ColumnError(str(error)) from None
    except csv.Error as error:
        raise ColumnError(f"this is not CSV: {error}") from None


def _numbers(text: str, name: str) -> tuple[float, ...]:
    rows = csv.reader(io.StringIO(text, newline=""))
    index = _index([cell.strip() for cell in next(rows, [])], name)
    values: list[float] = []
    for row in rows:
        cell = row[index].strip() if index < len(row) else ""
        if cell:
            values.append(_number(cell, rows.line_num, name))
    if not values:
        raise ColumnError(f"the column `{clip(name)}` holds no number", column=True)
    return tuple(values)


def _index(names: Sequence[str], name: str) -> int:
    if name in names:
        return names.index(name)
    if not any(names):
        raise ColumnError("its first line names no columns")
    meant = nearest(name, names[:_COMPARED])
    listed = ", ".join(names[:_LISTED]) + (", ..." if len(names) > _LISTED else "")
    fix = f"did you mean `{meant}`?" if meant else f"there are {clip(listed, 200)}"
    if len(names) == 1 and (";" in names[0] or "\t" in names[0]):
        fix = "the file must be separated by commas"
    raise ColumnError(f"there is no column `{clip(name)}`", fix, column=True)


def _number(cell: str, line: int, name: str) -> float:
    try:
        return float(cell)
    except ValueError:
        message = f"line {line}: `{clip(cell)}` in column `{clip(name)}` is not a number"
        raise ColumnError(message) from None
