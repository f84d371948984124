"""One format of logs: how its files are recognised, and the function that reads one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from lrplan.errors import LrplanError, UsageError
from lrplan.limits import GROUPS, LOG_BYTES, LOG_ROWS
from lrplan.logs.log import Log
from lrplan.specfile.files import UnreadableError, read_file
from lrplan.text_position import printable

_Row = TypeVar("_Row")

HEAD = 65_536
"""Characters of a file by which its format is recognised."""

LR_NAME = re.compile(r"(?:^|[^a-z0-9])(?:lr|learning[ _-]?rate)(?:[^a-z]|$)", re.IGNORECASE)
"""A column that is called after the learning rate: ``lr``, ``train/lr``, ``lr-SGD``, ``lr/pg0``."""

STEP_NAMES = (
    "step",
    "_step",
    "global_step",
    "trainer/global_step",
    "train/global_step",
    "num_updates",
    "update",
    "updates",
    "iteration",
    "iter",
)
"""Columns that count updates, the most telling one first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFormat:
    """A format of logs.

    Args:
        name: as ``--as`` has it.
        title: with its article, for sentences: ``a log of Lightning``.
        files: the names that such files have, as globs, for the search of a run folder.
        recognizes: says whether a file of this beginning (``HEAD`` characters) is one.
        read: reads a file.
        folder_of: the folder that is read in place of one of its files, where a log has several.
    """

    name: str
    title: str
    files: tuple[str, ...]
    recognizes: Callable[[str], bool]
    read: Callable[[Path, ColumnNames], Log]
    folder_of: Callable[[Path], Path] | None = None


@dataclass(frozen=True, slots=True)
class ColumnNames:
    """The columns that the user names with ``--map``; empty where they are to be guessed."""

    lr: tuple[str, ...] = ()
    step: str = ""

    @classmethod
    def parse(cls, texts: Sequence[str]) -> ColumnNames:
        """The names given as ``lr=COLUMN`` (several are allowed) and ``step=COLUMN``.

        Raises:
            UsageError: a text is neither; or two columns are to count the steps.
        """
        names: dict[str, list[str]] = {"lr": [], "step": []}
        for text in texts:
            key, _, column = text.partition("=")
            if key not in names or not column:
                raise UsageError(printable(f"--map {text!r}: write lr=COLUMN or step=COLUMN"))
            names[key].append(column)
        if len(names["step"]) > 1:
            raise UsageError("--map step=COLUMN: one column counts the steps")
        return cls(tuple(dict.fromkeys(names["lr"])), "".join(names["step"]))

    def __bool__(self) -> bool:
        return bool(self.lr or self.step)


def refuse(path: str | Path, message: str, line: int | None = None) -> LrplanError:
    """An error that names the file, and the line where there is one."""
    prefix = str(path) if line is None else f"{path}:{line}"
    return LrplanError(printable(f"{prefix}: {message}"))


def check_columns(path: Path, count: int) -> None:
    """Refuse a log of more columns of learning rates than an optimizer may have groups.

    Raises:
        LrplanError: it has more.
    """
    if count > GROUPS.value:
        more = f"more than {GROUPS.value:,} columns of learning rates"
        raise refuse(path, f"{more}; --map lr=COLUMN names one, and {GROUPS.hint}")


def check_rows(path: Path, count: int) -> None:
    """Refuse a log of more rows than fit into memory.

    Raises:
        LrplanError: it has more.
    """
    if count > LOG_ROWS.value:
        raise refuse(path, f"more than {LOG_ROWS.value:,} rows; {LOG_ROWS.hint}")


def limit_rows(path: Path, rows: Iterable[_Row]) -> Iterator[_Row]:
    """The rows one after the other, so that too many of them never fill the memory.

    Raises:
        LrplanError: there are more than are read.
    """
    most = LOG_ROWS.value
    for count, row in enumerate(rows, start=1):
        if count > most:
            check_rows(path, count)
        yield row


def log_text(path: Path) -> str:
    """The text of a log.

    Raises:
        LrplanError: it is missing, no regular file, too large, or no text.
    """
    try:
        return read_file(path, LOG_BYTES)
    except UnreadableError as error:
        raise refuse(path, str(error)) from None
