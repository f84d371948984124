"""Reads a column of numbers from a CSV file, such as a logged validation loss."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lrplan.catalog import nearest
from lrplan.limits import METRIC_BYTES
from lrplan.specfile.files import UnreadableError, read_file
from lrplan.specfile.yaml.core_schema import clip

_MAX_LISTED = 12
_MAX_COMPARED = 1000
_HEADING = re.compile(r"[\w ./:()%@#-]{0,40}")
_QUOTABLE = re.compile(r"[\w.,+%()-]{1,12}", re.ASCII)
# A spec may name any file, also a secret one, and messages end up in logs. So cells are quoted only
# when they are short: enough for a slip such as `0,5` or `n/a`, too little for most passwords.


class ColumnError(ValueError):
    """A column cannot be read from a CSV file.

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
class CsvColumns:
    """The columns read for one spec, each of them once.

    A file is read again for another of its columns: a few columns are kept, not whole tables.
    """

    _cache: dict[tuple[Path, str], tuple[float, ...] | ColumnError] = field(default_factory=dict)
    _characters_read: int = 0

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
        # An error is kept like a column: a hundred schedules that name the same missing column read
        # the file once, and each reports it at its own line.
        if key not in self._cache:
            self._cache[key] = self._read(*key)
        result = self._cache[key]
        if isinstance(result, ColumnError):
            raise result
        return result

    def _read(self, path: Path, name: str) -> tuple[float, ...] | ColumnError:
        try:
            text = read_file(path)
            self._check_size(len(text))
            return _numbers(text, name)
        except (UnreadableError, csv.Error) as error:
            prefix = "this is not CSV: " if isinstance(error, csv.Error) else ""
            return ColumnError(f"{prefix}{error}")
        except ColumnError as error:
            return error

    def _check_size(self, size: int) -> None:
        self._characters_read += size
        limit = METRIC_BYTES.value
        if self._characters_read > limit:
            megabytes = f"{limit / 1e6:g} MB"
            message = f"the CSV files read for this spec are larger than {megabytes} together"
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
    raise ColumnError(f"there is no column `{clip(name)}`", _column_hint(names, name), column=True)


def _column_hint(names: Sequence[str], name: str) -> str:
    """The hint for a wrong column name; it quotes the first line only where that is a header."""
    if len(names) == 1 and (";" in names[0] or "\t" in names[0]):
        return "the file must be separated by commas"
    if len(names) == 1 or not all(_HEADING.fullmatch(each) for each in names[:_MAX_COMPARED]):
        return "the first line must name the columns, separated by commas"
    close = nearest(name, names[:_MAX_COMPARED])
    listed = ", ".join(names[:_MAX_LISTED]) + (", ..." if len(names) > _MAX_LISTED else "")
    return f"did you mean `{close}`?" if close else f"there are {clip(listed, 200)}"


def _number(cell: str, line: int, name: str) -> float:
    try:
        return float(cell)
    except ValueError:
        quoted = f"`{cell}`" if _QUOTABLE.fullmatch(cell) else "a cell"
        message = f"line {line}: {quoted} in column `{clip(name)}` is not a number"
        raise ColumnError(message) from None
