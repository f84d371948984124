"""A metric of MLflow's file store: ``mlruns/<experiment>/<run>/metrics/<name>``."""

from __future__ import annotations

import re
from pathlib import Path

from lrplan.logs.format import LR_NAME, ColumnNames, LogFormat, log_text, refuse
from lrplan.logs.log import Convention, Log
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
    files = [path] if not path.is_dir() else sorted(each for each in path.iterdir())
    rows, exact = {}, {}
    for file in files:
        asked = file.name in wanted.lr if wanted.lr else LR_NAME.search(file.name) is not None
        if file.is_file() and (asked or len(files) == 1):
            found = _ROW.findall(log_text(file))
            values, exact[file.name] = numbers([value for _, value, _ in found])
            rows[file.name] = ColumnRows([float(step or 0) for _, _, step in found], values)
    columns, notes = columns_of(rows, exact)
    if not columns:
        raise refuse(path, "no metric is called after the learning rate; --map lr=NAME names one")
    return Log(
        path=str(path), format=FORMAT.name, columns=columns, convention=_CONVENTION, notes=notes
    )


FORMAT = LogFormat(
    name="mlflow",
    title="a metric of MLflow",
    files=("metrics/*lr*", "metrics/*learning_rate*"),
    recognizes=_recognizes,
    read=_read,
)
