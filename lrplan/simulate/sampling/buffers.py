"""Buffers in which rows of values wait until they are written into columns."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from lrplan.arrays import FloatArray
from lrplan.torch_objects.schedulers import read_field

CAPACITY = 2048
"""Rows that may wait."""


class RecordedField(NamedTuple):
    """A value of a row: a field of a parameter group."""

    field: str
    name: str
    """The group's."""
    group: Mapping[str, Any]
    key: str
    """The group's key for the field: momentum may be ``betas[0]``."""

    def read(self) -> Any:
        """The current value."""
        return read_field(self.group, self.key)


class FloatBuffer:
    """Rows of plain numbers.

    Args:
        fields: the values of a row.
    """

    def __init__(self, fields: Sequence[RecordedField]) -> None:
        # Plain keys first: they are read by `group[key]` alone, at every tick of the run, and only
        # entries such as `betas[0]` pay for a call. The table of the recorder follows this order,
        # by `fields`.
        whole = [each for each in fields if "[" not in each.key]
        entries = [each for each in fields if "[" in each.key]
        self.fields = (*whole, *entries)
        """The fields, in the order of a row."""
        self._pairs = [(each.group, each.key) for each in whole]
        self._entries = entries
        self._values = array("d")  # one row after the other

    def append(self) -> None:
        """Add a row of the current values.

        Raises:
            TypeError: one of them is not a real number; no row is added.
        """
        row = [group[key] for group, key in self._pairs]
        if self._entries:
            row += [each.read() for each in self._entries]
        try:
            self._values.fromlist(row)  # all of them, or none
        except TypeError:
            self._values.fromlist([_number(value) for value in row])

    def drain(self) -> FloatArray:
        """Return all rows, shape ``(rows, fields)``, and forget them."""
        block = np.array(self._values, dtype=np.float64).reshape(-1, len(self.fields))
        del self._values[:]
        return block


def _number(value: Any) -> float:
    return float("nan") if value is None else float(value)


class TensorBuffer:
    """Rows of one-number tensors of one type on one device, copied from there all at once.

    Reading them one by one would wait for the device at every step.

    Args:
        fields: the values of a row.
    """

    def __init__(self, fields: Sequence[RecordedField]) -> None:
        self.fields = tuple(fields)
        """The fields, in the order of a row."""
        like = fields[0].read()
        self._rows = torch.empty((CAPACITY, len(fields)), dtype=like.dtype, device=like.device)
        self._count = 0

    def append(self) -> None:
        """Add a row of the current values."""
        row = self._rows[self._count]
        values = [each.read() for each in self.fields]
        if all(isinstance(value, Tensor) for value in values):
            torch.stack([value.detach().reshape(()) for value in values], out=row)
        else:  # some releases of torch put numbers in the place of tensors
            row.copy_(torch.tensor([float(value) for value in values], dtype=row.dtype))
        self._count += 1

    def drain(self) -> FloatArray:
        """Return all rows, shape ``(rows, fields)``, and forget them."""
        rows = self._rows[: self._count].cpu().to(torch.float64).tolist()
        # By a list: a torch that is built for another numpy cannot hand over an array.
        block = np.array(rows, dtype=np.float64).reshape(self._count, len(self.fields))
        self._count = 0
        return block


Buffer = FloatBuffer | TensorBuffer


def make_buffers(fields: Iterable[RecordedField]) -> tuple[Buffer, ...]:
    """Return a buffer for the plain numbers, and one for each device and type of tensor."""
    kinds: dict[object, list[RecordedField]] = {}
    for each in fields:
        value = each.read()
        kind = (value.device, value.dtype) if isinstance(value, Tensor) else None
        kinds.setdefault(kind, []).append(each)
    return tuple(
        FloatBuffer(of_kind) if kind is None else TensorBuffer(of_kind)
        for kind, of_kind in kinds.items()
    )
