"""Columns that a run fills: one per field and group, one value per step."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from lrplan.simulate.sampling.buffers import RecordedField, TensorBuffer, make_buffers

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from torch.optim import Optimizer

    from lrplan.simulate.sampling.buffers import ArrayBuffer, FloatBuffer
    from lrplan.trace import FloatArray

STANDARD = ("lr", "momentum", "weight_decay")

_MOMENTUM_KEYS = ("momentum", "betas[0]")
_LONG = 16
"""Steps per row from which on rows are spread one by one."""


class Recorder:
    """Reads the parameter groups of an optimizer into preallocated columns.

    ``keep`` takes a row, ``flush`` writes those taken into the columns; ``lanes.ROOM`` of them may
    wait for that.

    Args:
        optimizer: whose groups are read.
        names: a name for each of its groups.
        extra: fields to record besides lr, momentum and weight decay, such as ``eps``.
        steps: of the run.
        driven: pairs of a field and a group's name that may change; the others are read once.
            None: any may.
        start: the first step recorded.
        members: of a group that stands for several, whose lr is an array: their names, in order.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        names: Iterable[str],
        extra: Iterable[str],
        steps: int,
        *,
        driven: Collection[tuple[str, str]] | None = None,
        start: int = 0,
        members: Mapping[str, Sequence[str]] = MappingProxyType({}),
    ) -> None:
        groups = list(zip(names, optimizer.param_groups, strict=True))
        self._cells = [
            cell
            for field in (*STANDARD, *extra)
            for name, group in groups
            for cell in _cells(field, name, group, members.get(name, ()))
        ]
        self._lanes = make_buffers(
            cell for cell in self._cells if driven is None or (cell.field, cell.name) in driven
        )
        moving = [(cell.field, cell.name) for lane in self._lanes for cell in lane.cells]
        self._rows = {key: row for row, key in enumerate(moving)}
        self._table = np.empty((len(moving), steps - start), dtype=np.float64)
        self._start = start
        self._written = 0
        self._ends: list[int] = []

    @property
    def done(self) -> int:
        """The first step that is not recorded so far."""
        return self._start + self._recorded()

    def _recorded(self) -> int:
        if self._ends:
            return self._ends[-1]
        # Rows that came straight into the lane are those of one step each.
        return self._written + (0 if self.straight is None else self.straight.rows)

    @property
    def straight(self) -> FloatBuffer | ArrayBuffer | None:
        """The lane into which whole rows, one a step, may be put; None where one is not enough."""
        only = self._lanes[0] if len(self._lanes) == 1 else None
        return None if isinstance(only, TensorBuffer) else only

    def keep(self, until: int) -> None:
        """What the groups hold now is what the steps from ``done`` to before ``until`` are given.

        Raises:
            TypeError: something there is not a real number.
        """
        for lane in self._lanes:
            lane.keep()
        self._ends.append(until - self._start)

    def flush(self) -> None:
        """Write the rows taken into the columns."""
        recorded, first = self._recorded(), 0
        for lane in self._lanes:
            target = self._table[first : first + len(lane.cells)]
            first += len(lane.cells)
            block = lane.take()[: len(self._ends) or recorded - self._written]
            if self._ends:
                _spread(target, block, [self._written, *self._ends])
            else:
                target[:, self._written : recorded] = block.T
        self._written = recorded
        self._ends.clear()

    def columns(self) -> Mapping[str, Mapping[str, FloatArray]]:
        """What was recorded up to the last ``flush``, by field and group; not to be written to.

        Fields that no group has are left out. What cannot change takes no memory.
        """
        columns: dict[str, dict[str, FloatArray]] = {}
        for cell in self._cells:
            row = self._rows.get((cell.field, cell.name))
            column = self._constant(cell) if row is None else self._table[row, : self._written]
            column.flags.writeable = False
            columns.setdefault(cell.field, {})[cell.name] = column
        return columns

    def _constant(self, cell: RecordedField) -> FloatArray:
        return np.broadcast_to(np.float64(float(cell.read())), (self._written,))

    def now(self) -> Mapping[str, Mapping[str, float]]:
        """What the groups hold now, by field and group; NaN for what is not a real number."""
        held: dict[str, dict[str, float]] = {}
        for cell in self._cells:
            held.setdefault(cell.field, {})[cell.name] = _real(cell.read())
        return held


def _cells(
    field: str, name: str, group: Mapping[str, Any], members: Sequence[str]
) -> Iterator[RecordedField]:
    key = group_key_of(field, group)
    if key is None:
        return
    if field == "lr" and members:
        for place, member in enumerate(members):
            yield RecordedField(field, member, group, key, place)
    else:
        yield RecordedField(field, name, group, key)


def _real(held: Any) -> float:
    return float("nan") if held is None or isinstance(held, complex) else float(held)


def _spread(target: FloatArray, block: FloatArray, edges: list[int]) -> None:
    """Row ``i`` of ``block`` into the columns from ``edges[i]`` to before ``edges[i + 1]``."""
    first, last = edges[0], edges[-1]
    if last - first < _LONG * len(block):
        target[:, first:last] = np.repeat(block, np.diff(edges), axis=0).T
        return
    for values, (begin, end) in zip(block, pairwise(edges), strict=True):
        target[:, begin:end] = values[:, np.newaxis]


def group_key_of(field: str, group: Mapping[str, Any]) -> str | None:
    """Under which key ``group`` holds ``field`` (momentum may be ``betas[0]``), or None."""
    candidates = _MOMENTUM_KEYS if field == "momentum" else (field,)
    return next((key for key in candidates if _has(group, key)), None)


def _has(group: Mapping[str, Any], key: str) -> bool:
    name, bracket, _ = key.partition("[")
    return name in group and (
        not bracket or (isinstance(group[name], Sequence) and bool(group[name]))
    )
