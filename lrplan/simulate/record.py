"""Columns that a run fills: one per field and group, one value per step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from torch import Tensor

from lrplan.build.custom import read_field

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from torch.optim import Optimizer

    from lrplan.trace import FloatArray

STANDARD = ("lr", "momentum", "weight_decay")
_MOMENTUM_KEYS = ("momentum", "betas[0]")


class Recorder:
    """Reads the parameter groups of an optimizer into preallocated columns.

    Args:
        optimizer: whose groups are read.
        names: a name for each of its groups.
        extra: fields to record besides lr, momentum and weight decay, such as ``eps``.
        steps: how many steps the run has.
    """

    def __init__(
        self, optimizer: Optimizer, names: Iterable[str], extra: Iterable[str], steps: int
    ) -> None:
        self._cells: list[tuple[FloatArray, dict[str, Any], str]] = []
        self._items: list[tuple[FloatArray, dict[str, Any], str]] = []
        self._tensors: list[tuple[FloatArray, dict[str, Any], str]] = []
        self._columns: dict[str, dict[str, FloatArray]] = {}
        self._groups = dict(zip(names, optimizer.param_groups, strict=True))
        for field in (*STANDARD, *extra):
            self._columns[field] = {}
            for name, group in self._groups.items():
                self._add(field, name, group, steps)

    def _add(self, field: str, name: str, group: dict[str, Any], steps: int) -> None:
        key = held_as(field, group)
        if key is None:
            return
        column = np.empty(steps, dtype=np.float64)
        self._columns[field][name] = column
        cells = self._items if "[" in key else self._cells
        if isinstance(read_field(group, key), Tensor):
            cells = self._tensors
        cells.append((column, group, key))

    def record(self, step: int) -> None:
        """What the groups hold now becomes row ``step``."""
        for column, group, key in self._cells:
            column[step] = group[key]
        for column, group, key in self._items:
            column[step] = read_field(group, key)
        for column, group, key in self._tensors:
            # numpy does not read one that is on a GPU.
            column[step] = float(read_field(group, key))

    def columns(self, steps: int) -> Mapping[str, Mapping[str, FloatArray]]:
        """The first ``steps`` rows by field and group; fields that no group has are left out."""
        return {
            field: {name: column[:steps] for name, column in columns.items()}
            for field, columns in self._columns.items()
            if columns
        }

    def now(self) -> Mapping[str, Mapping[str, float]]:
        """What the groups hold now, by field and group; NaN for what is not a real number."""
        return {
            field: {name: _held(field, self._groups[name]) for name in columns}
            for field, columns in self._columns.items()
            if columns
        }


def _held(field: str, group: Mapping[str, Any]) -> float:
    key = held_as(field, group)
    value = None if key is None else read_field(group, key)
    return float("nan") if value is None or isinstance(value, complex) else float(value)


def held_as(field: str, group: Mapping[str, Any]) -> str | None:
    """Under which key ``group`` holds ``field`` (momentum may be ``betas[0]``), or None."""
    candidates = _MOMENTUM_KEYS if field == "momentum" else (field,)
    return next((key for key in candidates if _has(group, key)), None)


def _has(group: Mapping[str, Any], key: str) -> bool:
    name, bracket, _ = key.partition("[")
    return name in group and (
        not bracket or (isinstance(group[name], Sequence) and bool(group[name]))
    )
