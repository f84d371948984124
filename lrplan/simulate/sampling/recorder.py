"""The recorder: columns that a run fills, one per field and group, one value per step."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from lrplan.arrays import FloatArray
from lrplan.simulate.sampling.buffers import RecordedField, make_buffers
from lrplan.trace import STANDARD_FIELDS

_MOMENTUM_KEYS = ("momentum", "betas[0]")
_LONG = 16
"""If a row covers at least this many steps on average, rows are written one by one."""


class FieldRecorder:
    """Reads the parameter groups of an optimizer into preallocated columns.

    ``append`` reads a row, ``flush`` writes the rows read so far into the columns;
    ``buffers.CAPACITY`` of them may wait for that.

    Args:
        param_groups: of the optimizer, or of several.
        names: a name for each group.
        extra: fields to record besides lr, momentum and weight decay, such as ``eps``.
        steps: of the run.
        driven: pairs of a field and a group's name that may change; the others are read once.
            None: any may.
        start: the first step recorded.
    """

    def __init__(
        self,
        param_groups: Sequence[Mapping[str, Any]],
        names: Iterable[str],
        extra: Iterable[str],
        steps: int,
        *,
        driven: Collection[tuple[str, str]] | None = None,
        start: int = 0,
    ) -> None:
        groups = list(zip(names, param_groups, strict=True))
        self._fields = [
            RecordedField(field, name, group, key)
            for field in (*STANDARD_FIELDS, *extra)
            for name, group in groups
            if (key := group_key_of(field, group)) is not None
        ]
        self._buffers = make_buffers(
            each for each in self._fields if driven is None or (each.field, each.name) in driven
        )
        moving = [(each.field, each.name) for buffer in self._buffers for each in buffer.fields]
        self._rows = {key: row for row, key in enumerate(moving)}
        self._table = np.empty((len(moving), steps - start), dtype=np.float64)
        self._start = start
        self._written = 0
        self._ends: list[int] = []  # of each row that waits: the step before which it ends

    @property
    def done(self) -> int:
        """The first step that is not recorded so far."""
        return self._start + (self._ends[-1] if self._ends else self._written)

    def append(self, until: int) -> None:
        """Record the current values as those of the steps from ``done`` to before ``until``.

        Raises:
            TypeError: one of them is not a real number.
        """
        for buffer in self._buffers:
            buffer.append()
        self._ends.append(until - self._start)

    def flush(self) -> None:
        """Write the rows that wait into the columns."""
        first_row, edges = 0, [self._written, *self._ends]
        for buffer in self._buffers:
            target = self._table[first_row : first_row + len(buffer.fields)]
            first_row += len(buffer.fields)
            # If a buffer refused its values, the buffers before it have one row too many.
            _spread(target, buffer.drain()[: len(self._ends)], edges)
        self._written = edges[-1]
        self._ends.clear()

    def columns(self) -> Mapping[str, Mapping[str, FloatArray]]:
        """Return what was recorded up to the last ``flush``, by field and group; read-only.

        Fields that no group has are left out. What cannot change takes no memory.
        """
        columns: dict[str, dict[str, FloatArray]] = {}
        constants = _Constants(self._written)
        for each in self._fields:
            row = self._rows.get((each.field, each.name))
            if row is None:
                column = constants[float(each.read()).hex()]
            else:
                column = self._table[row, : self._written]
            column.flags.writeable = False
            columns.setdefault(each.field, {})[each.name] = column
        return columns

    def current_values(self) -> Mapping[str, Mapping[str, float]]:
        """Return the groups' current values; NaN for what is not a real number."""
        values: dict[str, dict[str, float]] = {}
        for each in self._fields:
            values.setdefault(each.field, {})[each.name] = _real(each.read())
        return values


class _Constants(dict[str, "FloatArray"]):
    """Columns of one value by its hexadecimal text, so that 0.0 and -0.0 differ.

    A thousand groups with the same weight decay share one.
    """

    def __init__(self, steps: int) -> None:
        super().__init__()
        self._steps = steps

    def __missing__(self, text: str) -> FloatArray:
        self[text] = np.broadcast_to(np.float64(float.fromhex(text)), (self._steps,))
        return self[text]


def _real(value: Any) -> float:
    return float("nan") if value is None or isinstance(value, complex) else float(value)


def _spread(target: FloatArray, block: FloatArray, edges: list[int]) -> None:
    """Write row ``i`` of ``block`` into the columns from ``edges[i]`` to before ``edges[i + 1]``.

    A scheduler that ticks once an epoch gives a row an epoch: its value is repeated for all steps
    of the epoch.
    """
    # Example: rows 1 and 2 with edges 0, 4, 8 fill 1 1 1 1 2 2 2 2. One row a step is a transposed
    # copy; rows of a few steps are repeated in one call; from 16 steps a row on, each row is
    # written to a slice, without the array that `repeat` makes first.
    first, last = edges[0], edges[-1]
    if last - first == len(block):
        target[:, first:last] = block.T
    elif last - first < _LONG * len(block):
        target[:, first:last] = np.repeat(block, np.diff(edges), axis=0).T
    else:
        for values, (begin, end) in zip(block, pairwise(edges), strict=True):
            target[:, begin:end] = values[:, np.newaxis]


def group_key_of(field: str, group: Mapping[str, Any]) -> str | None:
    """Return the key of ``group`` for ``field`` (momentum may be ``betas[0]``), or None."""
    candidates = _MOMENTUM_KEYS if field == "momentum" else (field,)
    return next((key for key in candidates if _has(group, key)), None)


def _has(group: Mapping[str, Any], key: str) -> bool:
    name, bracket, _ = key.partition("[")
    return name in group and (
        not bracket or (isinstance(group[name], Sequence) and bool(group[name]))
    )
