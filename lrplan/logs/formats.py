"""The formats of logs: which one a file has, and where the log of a run folder is."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from lrplan.catalog import nearest
from lrplan.errors import LrplanError, UsageError
from lrplan.logs import (
    any_csv,
    detectron2,
    json_lines,
    lightning,
    mlflow,
    mmengine,
    tensorboard,
    text_lines,
    timm,
    transformers,
    ultralytics,
    wandb,
)
from lrplan.logs.csv_table import header_of
from lrplan.logs.format import HEAD, ColumnNames, LogFormat, refuse
from lrplan.logs.log import Log
from lrplan.specfile.files import UnreadableError, exists, is_folder, read_head
from lrplan.specfile.path_hint import hint_for
from lrplan.text import join_words

FORMATS: Mapping[str, LogFormat] = MappingProxyType(
    {
        each.name: each
        for each in (
            # What is recognised by more comes first: a metrics.csv of Lightning is a table too.
            transformers.FORMAT,
            tensorboard.FORMAT,
            lightning.FORMAT,
            ultralytics.FORMAT,
            timm.FORMAT,
            wandb.FORMAT,
            mmengine.SCALARS,
            mmengine.TEXT,
            detectron2.FORMAT,
            text_lines.DEEPSPEED,
            text_lines.MEGATRON,
            mlflow.FORMAT,
            json_lines.FORMAT,
            any_csv.FORMAT,
            text_lines.TEXT,
        )
    }
)
"""Every format by its name, in the order in which a file is tried."""

_DEPTH = 6
"""Folders below a run folder that are looked into."""
_MOST_FILES = 20_000
"""Files below a run folder; a folder that has more holds other things too."""


def read_log(path: str | Path, name: str = "", wanted: ColumnNames | None = None) -> Log:
    """Read the log of a finished run.

    Args:
        path: a file, or the folder of a run.
        name: of its format; empty: it is found by its content.
        wanted: the columns that the user names.

    Raises:
        LrplanError: it cannot be read, is not a log, or has no learning rate; of a folder, there is
            no log in it.
        UsageError: there is no such format.
    """
    known = format_called(name) if name else None
    wanted = wanted or ColumnNames()
    if not is_folder(path):
        found = known or recognize(path) or (_table_or_lines(path) if wanted.lr else None)
        if found is None:
            raise refuse(path, _unknown(path))
        return found.read(Path(path), wanted)
    refusal: LrplanError | None = None
    for file, found in logs_in(Path(path), known):
        # A folder may hold files of that name without a rate; the next one may have it.
        try:
            return found.read(file, wanted)
        except LrplanError as error:
            refusal = refusal or error
    raise refusal or _none_in(path)


def format_called(name: str) -> LogFormat:
    """The format of that name.

    Raises:
        UsageError: there is none; the text says the nearest name.
    """
    if name not in FORMATS:
        hint = nearest(name, tuple(FORMATS))
        fix = f"did you mean `{hint}`?" if hint else f"it has {join_words(tuple(FORMATS))}"
        raise UsageError(f"--as {name!r}: lrplan reads no log of that name; {fix}")
    return FORMATS[name]


def recognize(path: str | Path) -> LogFormat | None:
    """The format of a file, by how it begins; None if it is not a log that lrplan knows.

    Raises:
        LrplanError: it cannot be read.
    """
    head = _head(path)
    return next((each for each in FORMATS.values() if each.recognizes(head)), None)


def _head(path: str | Path) -> str:
    try:
        # Latin-1 has a character for every byte, so binary files get through.
        return read_head(path, HEAD).removeprefix(b"\xef\xbb\xbf").decode("latin-1")
    except UnreadableError as error:
        raise refuse(path, "; ".join(filter(None, (str(error), hint_for(path))))) from None


def _table_or_lines(path: str | Path) -> LogFormat | None:
    """The format of a file whose rates have no usual name; None where it has no names at all."""
    head = _head(path).lstrip()
    if head[:1] in ("{", "["):
        return json_lines.FORMAT
    return any_csv.FORMAT if len(header_of(head)) > 1 else None


def logs_in(folder: Path, known: LogFormat | None = None) -> Iterator[tuple[Path, LogFormat]]:
    """The logs below the folder of a run: of the first format that is there, the newest first."""
    formats = [known] if known else [each for each in FORMATS.values() if each.files]
    files = list(_files_below(folder))
    for each in formats:
        matching = [file for file in files if _is_called(file, each)]
        for file in sorted(matching, key=_by_number, reverse=True):
            if known or recognize(file) is each:
                yield (file if each.folder_of is None else each.folder_of(file)), each


def _files_below(folder: Path) -> Iterator[Path]:
    def below(folder: Path, depth: int) -> Iterator[Path]:
        try:
            entries = sorted(folder.iterdir())
        except OSError:
            return
        for entry in entries:
            # A link may lead out of the folder, and in a circle: it is neither of these.
            mode = _mode(entry)
            if stat.S_ISREG(mode):
                yield entry
            elif stat.S_ISDIR(mode) and depth < _DEPTH:
                yield from below(entry, depth + 1)

    for count, file in enumerate(below(folder, 0)):
        if count >= _MOST_FILES:
            raise refuse(folder, f"more than {_MOST_FILES:,} files lie below it: name the log")
        yield file


def _mode(path: Path) -> int:
    """The mode of a file; 0 where it is gone since it was listed, as often in ``/proc``."""
    try:
        return path.lstat().st_mode
    except OSError:
        return 0


def _is_called(file: Path, each: LogFormat) -> bool:
    return any(file.match(pattern) for pattern in each.files)


def _by_number(file: Path) -> tuple[list[int], str]:
    """``checkpoint-500`` comes before ``checkpoint-1000``, which has the longer history."""
    return [int(number) for number in re.findall(r"\d{1,15}", file.parent.name)], file.name


def _unknown(path: str | Path) -> str:
    if not exists(path):
        return "; ".join(filter(None, ("there is no such file", hint_for(path))))
    return (
        "lrplan does not recognise this as a log with learning rates; `--as FORMAT` names one of"
        f" {join_words(tuple(FORMATS), 'or')}, `--map lr=COLUMN` the column"
    )


def _none_in(folder: str | Path) -> LrplanError:
    names = sorted({name for each in FORMATS.values() for name in each.files})
    return refuse(folder, f"no log is in this folder; looked for {join_words(names, 'or')}")
