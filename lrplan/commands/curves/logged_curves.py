"""The curves of a log, for the commands that compare curves: the points that it has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from lrplan.arrays import FloatArray, IntArray
from lrplan.comparison import RunCurve, RunCurves
from lrplan.errors import LrplanError
from lrplan.limits import STEPS
from lrplan.logs.csv_table import header_of
from lrplan.logs.format import HEAD, ColumnNames, LogFormat
from lrplan.logs.formats import read_log, recognize
from lrplan.logs.log import Log
from lrplan.specfile.files import UnreadableError, is_file, read_head
from lrplan.text_position import printable

_GENERIC = {"csv", "jsonl", "text"}
"""Formats of tables and lines that may be something else: an export of lrplan, or a spec."""
_NEVER = (".yaml", ".yml", ".py", ".toml")
_TEXTS = (".log", ".txt", ".out", ".jsonl", ".csv", ".tsv")
"""Suffixes of files that count as a log if a table, or lines, in them name a learning rate."""


def is_comparable_log(path: str, *, named: bool = False) -> bool:
    """Return True for a log that ``compare`` reads as one.

    A table with columns ``step`` and ``lr`` does not count as a log: it is read like an export of
    lrplan, with all its other columns. The folder of a run is for ``lrplan audit``.

    Args:
        path: of any file.
        named: the user names columns of it: then any table may be a log.
    """
    if named:
        return is_any_log(path, named=True)
    found = _format_of(path)
    if found is None or found.name not in _GENERIC:
        return found is not None
    return is_any_log(path) and not (found.name == "csv" and {"step", "lr"} <= _header(path))


def _header(path: str) -> set[str]:
    return set(header_of(read_head(path, HEAD).decode("utf-8", "replace")))


def is_any_log(path: str, *, named: bool = False) -> bool:
    """Return True for a log of a known tool, or of any program that names the learning rate.

    An export of lrplan, which is a table of learning rates too, is not a log.

    Args:
        path: of any file.
        named: the user names columns of it: it need not name the learning rate.
    """
    found = _format_of(path)
    if found is None and named:
        return is_file(path) and path.lower().endswith(_TEXTS) and not is_export(path)
    if found is None or found.name not in _GENERIC:
        return found is not None
    is_list = found.name == "jsonl" and read_head(path, HEAD).lstrip().startswith(b"[")
    return (path.lower().endswith(_TEXTS) or is_list) and not is_export(path)


def is_export(path: str) -> bool:
    """Return True for a CSV or JSON file that begins like an export of lrplan."""
    try:
        head = read_head(path, _HEAD).decode("utf-8", "replace")
    except UnreadableError:
        return False
    if head.lstrip()[:1] == "{":
        return '"lrplan"' in head
    return head.lstrip("\ufeff").startswith("schedule,group,step,epoch,lr")


_HEAD = 200


def _format_of(path: str) -> LogFormat | None:
    if not is_file(path) or path.lower().endswith(_NEVER):
        return None
    try:
        return recognize(path)
    except LrplanError:
        return None


def run_of_log(path: str, wanted: ColumnNames | None = None) -> RunCurves:
    """The logged learning rates by update, from 0; each column is a parameter group.

    Args:
        path: of a log.
        wanted: the columns that the user names.

    Raises:
        LrplanError: there is no log, or it counts epochs, which are no updates, or more updates
            than a run may have.
    """
    log = read_log(path, wanted=wanted)
    if log.convention.unit == "epoch":
        raise LrplanError(f"{log.path} counts epochs: `lrplan audit` places them in a plan")
    curves = {column.name: _at_updates(log, index) for index, column in enumerate(log.columns)}
    found = _run(log, curves)
    if found.steps > STEPS.value:
        more = f"{found.steps:,} steps, more than the {STEPS.value:,} that are allowed"
        raise LrplanError(printable(f"{log.path} has {more}; {STEPS.hint}"))
    return found


def run_in_own_steps(log: Log) -> RunCurves:
    """The logged learning rates by the log's own count of steps, or of epochs."""
    curves = {column.name: (column.steps, column.values) for column in log.columns}
    return replace(_run(log, curves), unit="epoch" if log.convention.unit == "epoch" else "step")


def _run(log: Log, curves: Mapping[str, tuple[IntArray, FloatArray]]) -> RunCurves:
    total = max(int(steps[-1]) + 1 for steps, _ in curves.values())
    spacing = max(int(np.diff(steps).max(initial=1)) for steps, _ in curves.values())
    path = Path(log.path)
    return RunCurves(
        label=printable(path.name),
        name=printable(path.stem),
        groups=tuple(curves),
        columns={
            "lr": {
                name: RunCurve(values, total, steps=None if steps.size == total else steps)
                for name, (steps, values) in curves.items()
            }
        },
        steps=total,
        # Rows every 100 updates: up to 99 more may have followed the last one.
        hidden=spacing - 1,
        tolerance=_rounding(log),
        tolerance_reason="is a log, whose values are rounded",
        is_log=True,
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
