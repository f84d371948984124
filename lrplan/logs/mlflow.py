"""A metric of MLflow's file store: ``mlruns/<experiment>/<run>/metrics/<name>``."""

from __future__ import annotations

import re
from itertools import islice
from pathlib import Path

from lrplan.limits import ENTRIES
from lrplan.logs.format import (
    LR_NAME,
    ColumnNames,
    LogFormat,
    check_columns,
    check_rows,
    log_text,
    refuse,
)
from lrplan.logs.log import Convention, Log
from lrplan.logs.precision import Precision
from lrplan.logs.rows import ColumnRows, columns_of, numbers

_ROW = re.compile(r"^(\d{10,16}) (\S+)(?: (\d+))?$", re.MULTILINE)
_CONVENTION = Convention("update", 0, "the step is the one that the program handed to MLflow")


def _recognizes(head: str) -> bool:
    return _ROW.match(head) is not None


def _read(path: Path, wanted: ColumnNames) -> Log:
    """Read a metric, or those of a run's ``metrics`` folder that are called after the rate.

    Raises:
        LrplanError: a file cannot be read, or there is no such metric.
    """
    files = _metrics(path)
    rows: dict[str, ColumnRows] = {}
    exact: dict[str, Precision] = {}
    read = 0
    for name, file in files.items():
        asked = name in wanted.lr if wanted.lr else LR_NAME.search(name) is not None
        if asked or not path.is_dir():
            check_columns(path, len(rows) + 1)
            found = _ROW.findall(log_text(file))
            read += len(found)
            check_rows(path, read)
            values, exact[name] = numbers([value for _, value, _ in found])
            rows[name] = ColumnRows([float(step or 0) for _, _, step in found], values)
    columns, notes = columns_of(rows, exact)
    if not columns:
        raise refuse(path, "no metric is called after the learning rate; --map lr=NAME names one")
    return Log(
        path=str(path), format=FORMAT.name, columns=columns, convention=_CONVENTION, notes=notes
    )


def _metrics(path: Path) -> dict[str, Path]:
    """The files of metrics by name: ``lr-AdamW/pg0`` lies in a folder ``lr-AdamW``."""
    if not path.is_dir():
        return {path.name: path}
    found = (each for depth in ("*", "*/*", "*/*/*") for each in path.glob(depth))
    return {
        each.relative_to(path).as_posix(): each
        for each in sorted(islice(found, ENTRIES.value))
        if each.is_file() and not each.is_symlink()
    }


FORMAT = LogFormat(
    name="mlflow",
    title="a metric of MLflow",
    files=("metrics/*lr*", "metrics/*learning_rate*", "metrics/*lr*/*"),
    folder_of=lambda file: next(each for each in file.parents if each.name == "metrics"),
    recognizes=_recognizes,
    read=_read,
)
