"""Columns of a recorded optimizer, which are decoded when they are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from lrplan.arrays import DeferredColumns, FloatArray
from lrplan.limits import VALUES
from lrplan.recordings.column_codec import DamagedTableError, EncodedTable
from lrplan.recordings.model import FieldChanges, RecordedOptimizer

_MOST_BYTES = 256_000_000
"""Of the columns that are kept decoded."""


class RecordedColumns(DeferredColumns):
    """The values of one field by group: float64, shape ``(steps,)``, read-only.

    Args:
        decoders: by group, what decodes its column.
    """

    def __init__(self, decoders: Mapping[str, Callable[[], FloatArray]]) -> None:
        super().__init__(decoders)
        self._decoders = decoders
        self._cache: dict[str, FloatArray] = {}

    def __getitem__(self, group: str) -> FloatArray:
        column = self._cache.get(group)
        if column is None:
            column = self._decoders[group]()
            column.flags.writeable = False
            # The one that was decoded first makes room.
            while self._cache and (len(self._cache) + 1) * column.nbytes > _MOST_BYTES:
                del self._cache[next(iter(self._cache))]
            self._cache[group] = column
        return column


class LrDecoder:
    """Decodes the learning rates of an optimizer's groups.

    Args:
        optimizer: as it was recorded.

    Raises:
        DamagedTableError: its tables are damaged, or do not have a row a step.
    """

    def __init__(self, optimizer: RecordedOptimizer) -> None:
        self._tables = [EncodedTable(data, VALUES.value) for data in optimizer.lr]
        self._skipped = optimizer.skipped
        if sum(table.rows for table in self._tables) != optimizer.steps:
            raise DamagedTableError("there are more or fewer learning rates than steps")

    def column(self, group: int) -> FloatArray:
        """The learning rate at each step; NaN where the optimizer did not have the group."""
        parts = [
            table.column(group) if group < table.width else np.full(table.rows, np.nan)
            for table in self._tables
        ]
        # Example: a group that `add_param_group` adds at step 3 of 5: the first table has 3 rows
        # and one column, the second 2 rows and two. The new group's column is NaN, NaN, NaN, and
        # its 2 values.
        values = np.concatenate(parts) if parts else np.empty(0)
        return np.delete(values, self._skipped) if self._skipped else values

    def last(self, group: int) -> float:
        """The last learning rate of the group; NaN if the last step had no such group."""
        has_group = self._tables and group < self._tables[-1].width
        values = self._tables[-1].column(group)[-1:] if has_group else np.empty(0)
        return float(values[0]) if values.size else float("nan")


def changes_column(
    first_value: float,
    first_step: int,
    changes: FieldChanges | None,
    optimizer: RecordedOptimizer,
) -> FloatArray:
    """A field's value at each step, from its first value and its changes.

    Args:
        first_value: at ``first_step``; before that step the values are NaN.
        first_step: the first step that updated the group.
        changes: the steps from which on there was another value.
        optimizer: the optimizer.

    Raises:
        DamagedTableError: its tables are damaged, or their steps do not ascend.
    """
    steps, values = _rows(changes.tables if changes else ())
    # Example: first value 0.9 at step 0, changes (2, 0.8) and (3, 0.7) of 5 steps. The values hold
    # for 2, 1 and 2 steps: 0.9 0.9 0.8 0.7 0.7.
    starts = np.concatenate(([0.0, first_step], steps, [optimizer.steps])).astype(np.int64)
    lengths = np.diff(starts)
    if (lengths < 0).any():
        raise DamagedTableError("the steps of a field's changes do not ascend")
    column = np.repeat(np.concatenate(([np.nan, first_value], values)), lengths)
    return np.delete(column, optimizer.skipped) if optimizer.skipped else column


def _rows(tables: Sequence[bytes]) -> tuple[FloatArray, FloatArray]:
    decoded = [EncodedTable(data, VALUES.value) for data in tables]
    if any(table.width != 2 for table in decoded):
        raise DamagedTableError("a table of changes has no two columns")
    columns = [
        np.concatenate([np.empty(0), *(each.column(index) for each in decoded)]) for index in (0, 1)
    ]
    return columns[0], columns[1]
