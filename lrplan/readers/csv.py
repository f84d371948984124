"""The CSV of ``lrplan export --format csv``, or any table of steps and learning rates."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from lrplan.comparison import RunCurves
from lrplan.readers.runs import CurveTable, run_from
from lrplan.readers.text import read_export, refusal
from lrplan.specfile.yaml.core_schema import clip
from lrplan.trace import DEFAULT_GROUP

_KEYS = ("schedule", "group", "step", "epoch")
_LARGEST = 10**12


@dataclass(slots=True)
class _Rows:
    """The rows of one group of one schedule."""

    steps: list[int] = field(default_factory=list)
    epochs: list[int] = field(default_factory=list)
    values: list[list[float]] = field(default_factory=list)


def read_csv(path: str | Path) -> list[RunCurves]:
    """The schedules of a CSV export, in the order in which they begin.

    The first line names the columns; ``step`` and ``lr`` must be among them. Without ``schedule``
    the file is one schedule, called after the file, without ``group`` one group, called ``all``.
    Every other column is a field; an empty cell is NaN.

    Raises:
        LrplanError: it cannot be read, or is not of that shape; the text names the line.
    """
    text = io.StringIO(read_export(path), newline="")
    # newline="" above leaves line ends to the reader: one inside quotes is part of a cell.
    rows = csv.reader(text)
    try:
        names = [name.strip() for name in next(rows, [])]
        _check_header(path, names)
        schedules = _collect(path, names, rows)
    except csv.Error as error:
        raise refusal(path, f"this is not CSV: {error}", rows.line_num) from None
    if not schedules:
        raise refusal(path, "there are no rows below the names of the columns")
    fields = [name for name in names if name not in _KEYS]
    tables = [_table(name, groups, fields) for name, groups in schedules.items()]
    for table in tables:
        if "lr" not in table.columns:
            raise refusal(path, f"the column `lr` has no number in {clip(table.name)}")
    return [run_from(path, table) for table in tables]


def _check_header(path: str | Path, names: list[str]) -> None:
    for needed in ("step", "lr"):
        if needed not in names:
            listed = clip(", ".join(names), 100) or "none"
            raise refusal(path, f"there is no column `{needed}`; there is {listed}", 1)
    for name in names:
        if names.count(name) > 1:
            raise refusal(path, f"there are two columns `{clip(name)}`", 1)


def _collect(
    path: str | Path, names: list[str], rows: Iterator[list[str]]
) -> dict[str, dict[str, _Rows]]:
    """The rows of every group of every schedule: ``[schedule][group]``."""
    index_of = {name: names.index(name) for name in names}
    fields = [index for name, index in index_of.items() if name not in _KEYS]
    schedule, group = index_of.get("schedule"), index_of.get("group")
    schedules: dict[str, dict[str, _Rows]] = {}
    for line, row in enumerate(rows, start=2):
        if not row:
            continue
        if len(row) != len(names):
            raise refusal(path, f"{len(row)} cells, not {len(names)}", line)
        name = Path(path).stem if schedule is None else row[schedule]
        # Rows of several groups may alternate: each goes to its own group.
        collected = schedules.setdefault(name, {}).setdefault(
            DEFAULT_GROUP if group is None else row[group], _Rows()
        )
        try:
            collected.steps.append(_integer(row[index_of["step"]]))
            collected.values.append([float(row[index] or "nan") for index in fields])
            if "epoch" in index_of and row[index_of["epoch"]]:
                collected.epochs.append(_integer(row[index_of["epoch"]]))
        except ValueError as error:
            raise refusal(path, f"a cell is not a number: {error}", line) from None
        except OverflowError as error:
            raise refusal(path, str(error), line) from None
    return schedules


def _integer(text: str) -> int:
    """A step or an epoch.

    Raises:
        ValueError: the text is not an integer.
        OverflowError: it is larger than any run is long.
    """
    value = int(text)
    if abs(value) > _LARGEST:
        raise OverflowError(f"{clip(text)} is too large")
    return value


def _table(name: str, groups: dict[str, _Rows], fields: list[str]) -> CurveTable:
    columns: dict[str, dict[str, np.ndarray]] = {}
    for group, rows in groups.items():
        block = np.array(rows.values, dtype=np.float64).reshape(len(rows.steps), len(fields))
        for index, each in enumerate(fields):
            # An export has one list of columns for all groups: cells of a field that this group
            # does not have are all empty. Such a field has no curve, rather than one of NaN.
            if not np.isnan(block[:, index]).all():
                columns.setdefault(each, {})[group] = block[:, index]
    first = next(iter(groups.values()))
    return CurveTable(
        name=name,
        steps={group: np.array(rows.steps, dtype=np.int64) for group, rows in groups.items()},
        columns=columns,
        epochs=np.array(first.epochs, dtype=np.int64)
        if len(first.epochs) == len(first.steps)
        else None,
    )
