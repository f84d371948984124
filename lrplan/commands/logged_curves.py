"""The curves of a log, for the commands that compare curves: the points that it has."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from lrplan.comparison import Curve, Run
from lrplan.errors import LrplanError
from lrplan.logs.format import ColumnNames
from lrplan.logs.formats import read_log, recognize
from lrplan.logs.log import Convention, Log, LogColumn
from lrplan.logs.precision import FLOAT64
from lrplan.recordings import read
from lrplan.recordings.file_kind import is_recording
from lrplan.specfile.files import is_file
from lrplan.text import join_words
from lrplan.text_position import printable

_GENERIC = {"csv", "jsonl", "text"}
"""Formats of tables and lines that may be something else: an export of lrplan, or a spec."""
_NEVER = (".yaml", ".yml", ".py", ".toml")


def is_log(path: str) -> bool:
    """Return True for a log of a known tool; the folder of a run is for ``lrplan audit``."""
    if not is_file(path) or path.lower().endswith(_NEVER):
        return False
    try:
        found = recognize(path)
    except LrplanError:
        return False
    return found is not None and (found.name not in _GENERIC or path.endswith(".jsonl"))


def run_of_log(path: str) -> Run:
    """The logged learning rates by update, from 0; a column stands for a parameter group.

    Raises:
        LrplanError: there is no log, or it counts epochs, which are no updates.
    """
    log = read_log(path)
    if log.convention.unit == "epoch":
        raise LrplanError(f"{log.path} counts epochs: `lrplan audit` places them in a plan")
    curves = {column.name: _at_updates(log, index) for index, column in enumerate(log.columns)}
    total = max(int(steps[-1]) + 1 for steps, _ in curves.values())
    spacing = max(int(np.diff(steps).max(initial=1)) for steps, _ in curves.values())
    return Run(
        label=printable(Path(path).name),
        name=Path(path).stem,
        groups=tuple(curves),
        columns={
            "lr": {
                name: Curve(values, total, steps=None if steps.size == total else steps)
                for name, (steps, values) in curves.items()
            }
        },
        steps=total,
        # Rows every 100 updates: up to 99 more may have followed the last one.
        hidden=spacing - 1,
        tolerance=_rounding(log),
        tolerance_reason="is a log, whose values are rounded",
    )


def log_of(path: str, format_: str, columns: ColumnNames) -> Log:
    """The log at ``path``, or the recording there as a log of every update.

    Raises:
        LrplanError: there is none; or a recording of several optimizers.
    """
    if not is_recording(path):
        return read_log(path, format_, columns)
    trained = [each.trace for each in read(path).optimizers if each.trace is not None]
    if len(trained) != 1:
        names = join_words([trace.name for trace in trained]) or "none"
        message = f"{path} has the optimizers {names}; only a recording of one can be audited"
        raise LrplanError(printable(message))
    (trace,) = trained
    updates = np.arange(trace.steps)
    return Log(
        path=path,
        format="recording",
        columns=tuple(
            LogColumn(name, updates, np.asarray(values), FLOAT64)
            for name, values in trace.lr.items()
        ),
        convention=Convention("update", 0, "a value is the one that the update applied"),
    )


def _at_updates(log: Log, index: int) -> tuple[np.ndarray, np.ndarray]:
    column = log.columns[index]
    updates = column.steps + log.convention.offset
    kept = updates >= 0
    if not kept.any():
        raise LrplanError(f"{log.path}: no row of {column.name} is of an update")
    return updates[kept], column.values[kept]


def _rounding(log: Log) -> float:
    """The largest rounding of a value, as a share of the largest value."""
    largest = max(float(np.abs(column.values).max()) for column in log.columns)
    rounding = max(float(column.precision.tolerance(column.values).max()) for column in log.columns)
    return rounding / largest if largest else 0.0
