"""Where rows of values wait until they are written into columns: in memory, or on a device."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from lrplan.torch_objects.schedulers import read_field

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from lrplan.trace import FloatArray

CAPACITY = 2048
"""Rows that may wait."""
_FEW = 4
"""So many numbers are faster one by one than as a list."""


class RecordedField(NamedTuple):
    """One value of a row: a field of a parameter group."""

    field: str
    name: str
    """The group's."""
    group: Mapping[str, Any]
    key: str
    """What the group calls the field: momentum may be ``betas[0]``."""
    place: int | None = None
    """Where the group holds an array of values, one for each of several groups: which of them."""

    def read(self) -> Any:
        """What the group holds now."""
        held = read_field(self.group, self.key)
        return held if self.place is None else held[self.place]


class FloatBuffer:
    """Rows of plain numbers.

    Args:
        cells: what makes a row.
    """

    def __init__(self, cells: Sequence[RecordedField]) -> None:
        whole = [cell for cell in cells if "[" not in cell.key]
        self._columns = [
            (key, [cell.group for cell in whole if cell.key == key])
            for key in dict.fromkeys(cell.key for cell in whole)
        ]
        self._few = [(cell.group, cell.key) for cell in whole] if len(whole) <= _FEW else []
        self._entries = [cell for cell in cells if "[" in cell.key]
        by_key = [cell for key, _ in self._columns for cell in whole if cell.key == key]
        self.cells = (*(whole if self._few else by_key), *self._entries)
        """In the order of a row."""
        self.values = array("d")
        """The rows, one after the other."""

    @property
    def rows(self) -> int:
        """How many wait."""
        return len(self.values) // len(self.cells)

    def keep(self) -> None:
        """One more row: what the groups hold now.

        Raises:
            TypeError: something is not a real number; no row is added.
        """
        values, before = self.values, len(self.values)
        try:
            if self._few:
                for group, key in self._few:
                    values.append(group[key])
            else:
                for key, groups in self._columns:
                    values.fromlist([group[key] for group in groups])
            if self._entries:
                values.fromlist([cell.read() for cell in self._entries])
        except TypeError:
            del values[before:]
            values.fromlist([_number(cell.read()) for cell in self.cells])

    def take(self) -> FloatArray:
        """All rows, shape ``(rows, cells)``; none wait afterwards."""
        block = np.array(self.values, dtype=np.float64).reshape(-1, len(self.cells))
        del self.values[:]
        return block


def _number(held: Any) -> float:
    return float("nan") if held is None else float(held)


class ArrayBuffer:
    """Rows that are arrays already, each a new one.

    Args:
        cells: the values of the one array that a group holds.
    """

    def __init__(self, cells: Sequence[RecordedField]) -> None:
        self.cells = tuple(cells)
        """In the order of a row."""
        self.values: list[FloatArray] = []
        """The rows."""
        self._group, self._key = cells[0].group, cells[0].key

    @property
    def rows(self) -> int:
        """How many wait."""
        return len(self.values)

    def keep(self) -> None:
        """One more row: what the group holds now."""
        self.values.append(self._group[self._key])

    def take(self) -> FloatArray:
        """All rows, shape ``(rows, cells)``; none wait afterwards."""
        block = np.array(self.values, dtype=np.float64).reshape(-1, len(self.cells))
        self.values.clear()
        return block


class TensorBuffer:
    """Rows of one-number tensors of one type on one device, copied from there all at once.

    Reading them one by one would wait for the device at every step.

    Args:
        cells: what makes a row.
    """

    def __init__(self, cells: Sequence[RecordedField]) -> None:
        self.cells = tuple(cells)
        """In the order of a row."""
        like = cells[0].read()
        self._rows = torch.empty((CAPACITY, len(cells)), dtype=like.dtype, device=like.device)
        self._count = 0

    def keep(self) -> None:
        """One more row: what the groups hold now."""
        row = self._rows[self._count]
        held = [cell.read() for cell in self.cells]
        if all(isinstance(each, Tensor) for each in held):
            torch.stack([each.detach().reshape(()) for each in held], out=row)
        else:  # some releases of torch put numbers in the place of tensors
            row.copy_(torch.tensor([float(each) for each in held], dtype=row.dtype))
        self._count += 1

    def take(self) -> FloatArray:
        """All rows, shape ``(rows, cells)``; none wait afterwards."""
        block: FloatArray = self._rows[: self._count].cpu().to(torch.float64).numpy()
        self._count = 0
        return block


Lane = FloatBuffer | ArrayBuffer | TensorBuffer


def make_buffers(cells: Iterable[RecordedField]) -> tuple[Lane, ...]:
    """A lane for the plain numbers, one for each array, one for each device and type of tensor."""
    kinds: dict[tuple[type[Lane], object], list[RecordedField]] = {}
    for cell in cells:
        kinds.setdefault(_kind(cell), []).append(cell)
    return tuple(make(alike) for (make, _), alike in kinds.items())


def _kind(cell: RecordedField) -> tuple[type[Lane], object]:
    if cell.place is not None:
        return ArrayBuffer, id(cell.group)
    held = cell.read()
    return (
        (TensorBuffer, (held.device, held.dtype))
        if isinstance(held, Tensor)
        else (FloatBuffer, None)
    )
