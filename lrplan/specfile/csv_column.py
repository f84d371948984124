"""One column of numbers out of a CSV file."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lrplan.catalog import nearest
from lrplan.limits import METRIC_BYTES
from lrplan.specfile.files import UnreadableError, read_file
from lrplan.specfile.yaml.core_schema import clip

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_LISTED = 12
_COMPARED = 1000
_HEADING = re.compile(r"[\w ./:()%@#-]{0,40}")
_SHOWN = re.compile(r"[\w.,+%()-]{1,12}", re.ASCII)
# Short enough for a slip such as `0,5` or `n/a`, too short for most that is secret.


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


@dataclass(slots=True)
class Columns:
    """The columns read for one spec, each of them once.

    A file is read again for another of its columns: what is kept is a few numbers, not tables.
    """

    _known: dict[tuple[Path, str], tuple[float, ...] | ColumnError] = field(default_factory=dict)
    _spent: int = 0

    def read(self, path: Path, name: str) -> tuple[float, ...]:
        """The numbers of one column, from top to bottom.

        The first line names the columns. Empty cells are passed over: loggers leave them where one
        metric has no value on the row of another.

        Args:
            path: a regular file of comma-separated text, no larger than a spec may be.
            name: the column; white space around it does not count.

        Raises:
            ColumnError: the file cannot be read, has no such column or no number in it, a cell is
                not a number, or all files together are larger than ``limits.METRIC_BYTES``.
        """
        key = path, name.strip()
        if key not in self._known:
            self._known[key] = self._read(*key)
        known = self._known[key]
        if isinstance(known, ColumnError):
            raise known
        return known

    def _read(self, path: Path, name: str) -> tuple[float, ...] | ColumnError:
        try:
            text = read_file(path)
            self._spend(len(text))
            return _numbers(text, name)
        except (UnreadableError, csv.Error) as error:
            told = "this is not CSV: " if isinstance(error, csv.Error) else ""
            return ColumnError(f"{told}{error}")
        except ColumnError as error:
            return error

    def _spend(self, size: int) -> None:
        self._spent += size
        most = METRIC_BYTES.now
        if self._spent > most:
            message = f"the CSV files read for this spec are larger than {most / 1e6:g} MB together"
            raise ColumnError(message, METRIC_BYTES.hint)


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
    raise ColumnError(f"there is no column `{clip(name)}`", _instead(names, name), column=True)


def _instead(names: Sequence[str], name: str) -> str:
    """What to write, if the first line is a header: a spec may name any file, also a secret one."""
    if len(names) == 1 and (";" in names[0] or "\t" in names[0]):
        return "the file must be separated by commas"
    if len(names) == 1 or not all(_HEADING.fullmatch(each) for each in names[:_COMPARED]):
        return "the first line must name the columns, separated by commas"
    meant = nearest(name, names[:_COMPARED])
    listed = ", ".join(names[:_LISTED]) + (", ..." if len(names) > _LISTED else "")
    return f"did you mean `{meant}`?" if meant else f"there are {clip(listed, 200)}"


def _number(cell: str, line: int, name: str) -> float:
    try:
        return float(cell)
    except ValueError:
        shown = f"`{cell}`" if _SHOWN.fullmatch(cell) else "a cell"
        message = f"line {line}: {shown} in column `{clip(name)}` is not a number"
        raise ColumnError(message) from None
