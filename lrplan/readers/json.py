"""The JSON of ``lrplan export --format json``."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from lrplan.arrays import FloatArray, IntArray
from lrplan.comparison import RunCurves
from lrplan.readers.runs import CurveTable, run_from
from lrplan.readers.text import read_export, refusal
from lrplan.specfile.file_kinds import EXPORT, format_of_mapping


def read_json(path: str | Path) -> list[RunCurves]:
    """The schedules of a JSON export, in its order; ``null`` is any value that is not finite.

    Raises:
        LrplanError: it cannot be read, or is not of that shape; the text names the place.
    """
    text = read_export(path)
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        message = f"column {error.colno}: this is not JSON: {error.msg}"
        raise refusal(path, message, error.lineno) from None
    except RecursionError:
        raise refusal(path, "this is nested too deep for an export") from None
    except ValueError as error:  # Python refuses to read thousands of digits
        raise refusal(path, f"this is not an export of lrplan: {error}") from None
    try:
        return [_run(path, _table(each)) for each in _schedules(document)]
    except _ShapeError as error:
        looks = format_of_mapping(document)
        if looks == EXPORT:
            raise refusal(path, f"this export of lrplan is damaged: {error}") from None
        reason = f"this looks like {looks}" if looks else str(error)
        raise refusal(path, f"this is not an export of lrplan: {reason}") from None


_LARGEST = 10**9
"""Limit of counts: up to this ``every``, the last step of any column in memory is an int64."""


class _ShapeError(ValueError):
    """The document does not have the shape of an export; the text names the part."""


def _run(path: str | Path, table: CurveTable) -> RunCurves:
    has_nulls = any(np.isnan(each).any() for of in table.columns.values() for each in of.values())
    return replace(run_from(path, table), has_nulls=has_nulls)


def _schedules(document: object) -> list[object]:
    schedules = document.get("schedules") if isinstance(document, dict) else None
    if not isinstance(schedules, list) or not schedules:
        raise _ShapeError("it has no list `schedules`")
    return schedules


def _table(schedule: object) -> CurveTable:
    if not isinstance(schedule, dict) or not isinstance(schedule.get("name"), str):
        raise _ShapeError("a schedule has no `name`")
    name = schedule["name"]
    every = _positive_integer(schedule, "every", name) or 1
    columns: dict[str, dict[str, FloatArray]] = {}
    steps: dict[str, np.ndarray] = {}
    for group, fields in _groups(schedule, name).items():
        for field, values in fields.items():
            columns.setdefault(field, {})[group] = _column(values, f"{name}: {field}")
        if "lr" not in fields:
            raise _ShapeError(f"{name}: group {group} has no list `lr`")
        # All columns of a group have one length.
        lengths = {columns[field][group].size for field in fields}
        if len(lengths) != 1 or 0 in lengths:
            raise _ShapeError(f"{name}: the columns of group {group} are not of one length")
        steps[group] = _steps(schedule, lengths.pop(), every)
    return CurveTable(
        name=name,
        steps=steps,
        columns=columns,
        epochs=None,
        total=_positive_integer(schedule, "steps", name),
        steps_per_epoch=_positive_integer(schedule, "steps_per_epoch", name),
    )


def _groups(schedule: dict[str, object], name: str) -> dict[str, dict[str, object]]:
    """The fields of every group by its name."""
    groups = schedule.get("groups")
    if not isinstance(groups, list) or not groups:
        raise _ShapeError(f"{name} has no list `groups`")
    fields_of: dict[str, dict[str, object]] = {}
    for group in groups:
        if not isinstance(group, dict) or not isinstance(group.get("name"), str):
            raise _ShapeError(f"{name}: a group has no `name`")
        fields_of[group["name"]] = {field: each for field, each in group.items() if field != "name"}
    return fields_of


def _steps(schedule: dict[str, object], length: int, every: int) -> IntArray:
    """The step of each value: of the list ``step``, else equally spaced from 0."""
    written = schedule.get("step")
    if written is None:
        return np.arange(length, dtype=np.int64) * every
    name = schedule["name"]
    if not isinstance(written, list) or len(written) != length:
        raise _ShapeError(f"{name}: `step` is no list as long as the columns")
    if not all(type(each) is int and 0 <= each <= _LARGEST for each in written):
        raise _ShapeError(f"{name}: `step` is not a list of whole numbers")
    return np.array(written, dtype=np.int64)


def _positive_integer(schedule: dict[str, object], key: str, name: str) -> int | None:
    value = schedule.get(key)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
        raise _ShapeError(f"{name}: `{key}` is not an integer above 0")
    if value is not None and value > _LARGEST:
        raise _ShapeError(f"{name}: `{key}` is too large")
    return value


def _column(values: object, name: str) -> FloatArray:
    if not isinstance(values, list):
        raise _ShapeError(f"{name} is not a list of numbers")
    try:
        return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        raise _ShapeError(f"{name} is not a list of numbers") from None
