"""Encodes a trace as the bytes of a cache file, and decodes it for the plan at hand.

Only what the run has computed is stored. Names, titles, epochs and marks follow from the plan, and
are taken from the plan that the curve is looked up for: its texts may have changed meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, fields, replace
from functools import cache
from typing import Any, Final, Literal

import numpy as np

from lrplan.arrays import FloatArray
from lrplan.cache.file_format import pack, require_type, unpack
from lrplan.plan import SchedulePlan
from lrplan.specfile.plan_trace_header import group_names, header_of_plan
from lrplan.trace import Deviation, TorchWarning, Trace

Columns = Mapping[str, Mapping[str, FloatArray]]

PLAN_FIELDS: Final = {
    *("name", "title", "description", "groups", "planned_steps", "epochs", "steps_per_epoch"),
    *("marks", "metrics", "resolved", "arithmetic", "code_loop", "formulas"),
    *("packages", "substitutions"),
}
RUN_FIELDS: Final = {
    *("columns", "next_values", "get_lr", "get_lr_note", "warnings", "torch", "device", "engine"),
    *("engine_note", "deviation"),
}
UNCACHED_FIELDS: Final = {"failure", "unbroken"}
"""Fields that are set only in traces that are not cached."""

_DTYPE = "<f8"
_BYTES_PER_VALUE = 8

_ENGINES: Final[Mapping[object, Literal["step", "closed"]]] = {"step": "step", "closed": "closed"}


def encode(key: str, trace: Trace, limit: int) -> bytes | None:
    """The bytes of a file for the trace of a whole run.

    It is None if the run stopped midway, the columns are larger than ``limit``, or the trace has
    a field that this module does not know.

    Args:
        key: the key that the file is stored under.
        trace: the trace of a plan.
        limit: the largest size of all columns together, in bytes.
    """
    is_whole = trace.failure is None and not trace.unbroken and trace.steps == trace.planned_steps
    # A column may be computed only when it is read. One of this length would not fit anyway.
    if _unknown_fields() or not is_whole or trace.steps * _BYTES_PER_VALUE > limit:
        return None
    table = _ColumnTable(limit)
    try:
        header = {
            "lr": _indices_of(trace.columns, table),
            "get_lr": _indices_of({"lr": trace.get_lr}, table),
            "next": {field: dict(values) for field, values in trace.next_values.items()},
            "note": trace.get_lr_note,
            "warnings": [[w.category, w.message, w.step, w.count] for w in trace.warnings],
            "made": [trace.torch, trace.device, trace.engine, trace.engine_note],
            "deviation": None if trace.deviation is None else astuple(trace.deviation),
        }
    except OverflowError:
        return None
    return pack_columns(key, header, table.contents)


@cache
def _unknown_fields() -> set[str]:
    return {each.name for each in fields(Trace)} - PLAN_FIELDS - RUN_FIELDS - UNCACHED_FIELDS


def pack_columns(key: str, header: dict[str, Any], columns: Sequence[bytes]) -> bytes:
    """The bytes of a file: a header, with the lengths of the columns added, and the columns."""
    counts = [len(column) // _BYTES_PER_VALUE for column in columns]
    return pack(key, {**header, "columns": counts}, columns)


def unpack_columns(key: str, data: bytes) -> tuple[dict[str, Any], list[FloatArray]]:
    """The header and the columns, as read-only arrays, of the bytes of a file.

    Raises:
        ValueError, LookupError, TypeError: they make no sense.
    """
    header, start = unpack(key, data)
    values = np.frombuffer(data, dtype=_DTYPE, offset=start).astype(np.float64, copy=False)
    counts = header["columns"]
    if any(type(count) is not int or count < 0 for count in counts) or sum(counts) != len(values):
        raise ValueError("columns that do not fill the file")
    columns, first = [], 0
    for count in counts:
        columns.append(values[first : first + count])
        first += count
    return header, columns


def decode(key: str, data: bytes, plan: SchedulePlan) -> Trace:
    """The trace of ``plan`` in the bytes of the file stored under ``key``.

    Raises:
        ValueError, LookupError, TypeError, AttributeError: it is damaged, or not of this plan.
    """
    header, stored = unpack_columns(key, data)
    table = [_expanded(column, plan.clock.steps) for column in stored]
    groups = group_names(plan)
    columns = _columns_at(header["lr"], table, groups)
    next_values = {
        str(field): {group: require_type(float, value) for group, value in values.items()}
        for field, values in header["next"].items()
    }
    if tuple(columns["lr"]) != groups:
        raise ValueError("the groups of another plan")
    torch, device, engine, engine_note = header["made"]
    deviation = header["deviation"]
    return replace(
        header_of_plan(plan, columns, next_values, plan.clock.steps),
        get_lr=_columns_at(header["get_lr"], table, groups)["lr"],
        get_lr_note=require_type(str, header["note"]),
        warnings=tuple(_warned(*each) for each in header["warnings"]),
        torch=require_type(str, torch),
        device=require_type(str, device),
        engine=_ENGINES[engine],
        engine_note=require_type(str, engine_note),
        deviation=None if deviation is None else _deviation(*deviation),
    )


class _ColumnTable:
    """The columns of a file, each stored once: a constant one as a single value.

    Most groups share a curve and most fields never change. An Adam with 8 groups has dozens of
    columns and two or three different ones; the header refers to them by index.
    """

    def __init__(self, limit: int) -> None:
        self._bytes_left = limit
        self._indices: dict[bytes, int] = {}

    @property
    def contents(self) -> list[bytes]:
        """The values of each column, little-endian."""
        return list(self._indices)

    def index(self, column: FloatArray) -> int:
        """The index of ``column`` in the table; it is added if it is new.

        Raises:
            OverflowError: there is no more room.
        """
        stored = column[:1] if _is_constant(column) else column
        if stored.nbytes > self._bytes_left:
            raise OverflowError
        content = stored.astype(_DTYPE, copy=False).tobytes()
        if content not in self._indices:
            self._indices[content] = len(self._indices)
            self._bytes_left -= stored.nbytes
        return self._indices[content]


def _is_constant(column: FloatArray) -> bool:
    if column.strides == (0,):
        return True  # one value, broadcast
    # Compared as integers: NaN is equal to itself then, and 0.0 differs from -0.0.
    bits = np.ascontiguousarray(column, dtype=np.float64).view(np.int64)
    return bool((bits == bits[:1]).all())


def _indices_of(columns: Columns, table: _ColumnTable) -> dict[str, dict[str, int]]:
    return {
        field: {group: table.index(column) for group, column in by_group.items()}
        for field, by_group in columns.items()
    }


def _expanded(column: FloatArray, steps: int) -> FloatArray:
    if len(column) not in (1, steps):
        raise ValueError("a column of another length")
    return column if len(column) == steps else np.broadcast_to(column[0], (steps,))


def _columns_at(
    indices: dict[str, dict[str, int]], table: list[FloatArray], groups: tuple[str, ...]
) -> Columns:
    return {field: dict(_by_group(each, table, groups)) for field, each in indices.items()}


def _by_group(
    indices: dict[str, int], table: list[FloatArray], groups: tuple[str, ...]
) -> Iterator[tuple[str, FloatArray]]:
    for group, index in indices.items():
        if group not in groups or not 0 <= index < len(table):
            raise ValueError("a group or a column that is not there")
        yield group, table[index]


def _warned(category: Any, message: Any, step: Any, count: Any) -> TorchWarning:
    checked_step = None if step is None else require_type(int, step)
    return TorchWarning(
        require_type(str, category),
        require_type(str, message),
        checked_step,
        require_type(int, count),
    )


def _deviation(checks: Any, largest: Any, tolerance: Any) -> Deviation:
    return Deviation(
        require_type(int, checks), require_type(float, largest), require_type(float, tolerance)
    )
