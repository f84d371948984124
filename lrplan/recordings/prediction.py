"""Predicted steps in a recording: the curves of a run after the step at which it was stopped."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from lrplan.arrays import FloatArray, IntArray
from lrplan.limits import STEPS, VALUES
from lrplan.recordings.column_codec import DamagedTableError, EncodedTable, encode_table
from lrplan.recordings.lazy_columns import RecordedColumns
from lrplan.recordings.model import RecordedPrediction, Recording
from lrplan.trace import Failure, Trace

_ROWS = 1 << 16
"""Rows of a table."""


def recorded_prediction(optimizer: int, trace: Trace) -> RecordedPrediction:
    """A predicted trace as a recording has it.

    Args:
        optimizer: its number in the recording.
        trace: the steps that are predicted, counted from 0.
    """
    columns = {
        field: [by_group.get(name) for name in trace.groups]
        for field, by_group in trace.columns.items()
    }
    nothing = np.full(trace.steps, np.nan)
    next_values = {
        field: [float(values.get(name, np.nan)) for name in trace.groups]
        for field, values in trace.next_values.items()
    }
    return RecordedPrediction(
        optimizer=optimizer,
        steps=trace.steps,
        fields={
            field: _tables([nothing if each is None else each for each in of_field])
            for field, of_field in columns.items()
        },
        next_values=next_values,
        epochs=[] if trace.epochs is None else _tables([trace.epochs.astype(np.float64)]),
        failure="" if trace.failure is None else trace.failure.message,
    )


def _tables(columns: Sequence[FloatArray]) -> list[bytes]:
    """The tables of these columns, each of as many rows as are compressed at once."""
    rows = len(columns[0]) if columns else 0
    return [
        encode_table([np.ascontiguousarray(each[first : first + _ROWS]) for each in columns])
        for first in range(0, rows, _ROWS)
    ]


def predicted_traces(
    recording: Recording, observed: Mapping[int, Trace | None]
) -> Mapping[int, Trace]:
    """The predicted traces of each optimizer, by its number in the recording.

    Args:
        recording: the recording.
        observed: by the same number, what its steps applied.

    Raises:
        DamagedTableError: the parts of a prediction do not fit together.
    """
    traces: dict[int, Trace] = {}
    for each in recording.predictions:
        before = observed.get(each.optimizer)
        if before is None or not 0 <= each.steps <= STEPS.value or "lr" not in each.fields:
            raise DamagedTableError("a prediction of nothing")
        traces[each.optimizer] = _trace(each, before)
    return traces


def _trace(each: RecordedPrediction, before: Trace) -> Trace:
    columns: dict[str, Mapping[str, FloatArray]] = {}
    for field, data in each.fields.items():
        tables = _read(data, each.steps, len(before.groups))
        # The groups that have it are those that had it before.
        having = [(at, name) for at, name in enumerate(before.groups) if _has(before, field, name)]
        decoders: dict[str, Callable[[], FloatArray]] = {
            name: partial(_column, tables, at) for at, name in having
        }
        columns[field] = RecordedColumns(decoders)
    next_values = {
        field: dict(zip(before.groups, values, strict=False))
        for field, values in each.next_values.items()
    }
    return replace(
        before,
        columns=columns,
        next_values=next_values,
        epochs=_epochs(each),
        planned_steps=each.steps,
        failure=Failure(each.steps - 1, each.failure) if each.failure else None,
    )


def _has(trace: Trace, field: str, group: str) -> bool:
    return group in trace.columns.get(field, {})


def _epochs(each: RecordedPrediction) -> IntArray | None:
    return _column(_read(each.epochs, each.steps, 1), 0).astype(np.int64) if each.epochs else None


def _read(data: Sequence[bytes], rows: int, width: int) -> list[EncodedTable]:
    tables = [EncodedTable(each, VALUES.value) for each in data]
    if sum(each.rows for each in tables) != rows or any(each.width != width for each in tables):
        raise DamagedTableError("a prediction has more or fewer values than steps and groups")
    return tables


def _column(tables: Sequence[EncodedTable], index: int) -> FloatArray:
    return np.concatenate([np.empty(0), *(each.column(index) for each in tables)])
