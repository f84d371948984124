"""Compresses columns of doubles without loss, as *tables* of rows and columns.

A table is the values of some steps, one column a parameter group::

    4 bytes  rows          4 bytes  columns        both little-endian, like all numbers here
    each column: one byte that says its kind, then

    CONSTANT  8 bytes: the value of every row
    COPY      4 bytes: the column of the same table that it is equal to
    SCALED    4 bytes: another column; 8 bytes: a factor; packed bytes: by how many of the smallest
              possible differences (ulp) each value is above the product
    PLAIN     packed bytes: the second differences of the bit patterns, as integers

*Packed bytes* are 4 bytes for their length and what zlib makes of them. The bits of a double, read
as an integer, grow with its value: a smooth curve has small second differences, and groups whose
learning rates keep their ratio differ from the product by its rounding only.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from enum import IntEnum
from typing import Any

import numpy as np

from lrplan.arrays import FloatArray, IntArray
from lrplan.errors import LrplanError
from lrplan.limits import Limit

_SHAPE = struct.Struct("<II")
_KIND = struct.Struct("<B")
_VALUE = struct.Struct("<d")
_INDEX = struct.Struct("<I")
_SCALE = struct.Struct("<Id")
_LEVEL = 6
_MOST_REFERENCES = 4
"""Columns that a column is compared with, before it is stored by itself."""
_SAMPLE = 64
"""Rows that decide whether the whole column is worth a comparison."""
_LARGEST_RESIDUAL = 127


class DamagedTableError(LrplanError):
    """The bytes of a recording make no sense; the text says which."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the recording is damaged: {reason}")


class TooLargeRecordingError(DamagedTableError):
    """A recording has more of something than is allowed; the text says how to allow more."""

    def __init__(self, limit: Limit) -> None:
        counts = limit.counts.partition(",")[0]
        LrplanError.__init__(
            self, f"the recording has more than {limit.value:,} {counts}; {limit.hint}"
        )


class _Kind(IntEnum):
    CONSTANT = 0
    COPY = 1
    SCALED = 2
    PLAIN = 3


_MAY_FOLLOW: dict[int, set[int]] = {
    _Kind.COPY: {_Kind.SCALED, _Kind.PLAIN},
    _Kind.SCALED: {_Kind.PLAIN},
}
"""The kinds of column that one may refer to."""


def encode_table(columns: Sequence[FloatArray], rows: int = 0) -> bytes:
    """The bytes of a table of columns of one length; ``rows`` is that length if there are none."""
    rows = len(columns[0]) if columns else rows
    parts = [_SHAPE.pack(rows, len(columns))]
    seen: dict[bytes, int] = {}
    references: list[int] = []
    for index, column in enumerate(columns):
        content = column.tobytes()
        bits = column.view(np.int64)
        if rows == 0 or (bits == bits[0]).all():
            parts += _KIND.pack(_Kind.CONSTANT), _VALUE.pack(column[0] if rows else 0.0)
        elif content in seen:
            parts += _KIND.pack(_Kind.COPY), _INDEX.pack(seen[content])
        else:
            scaled = _scaled(column, [(each, columns[each]) for each in references])
            if scaled is None:
                references = [*references, index][-_MOST_REFERENCES:]
                scaled = _KIND.pack(_Kind.PLAIN) + _packed(_shuffled(_second_differences(bits)))
            parts.append(scaled)
        seen.setdefault(content, index)
    return b"".join(parts)


class EncodedTable:
    """The columns of a table; each is decoded when it is read.

    Args:
        data: the bytes.
        most_values: the most values, rows times columns, that it may have.

    Raises:
        DamagedTableError: the bytes are not a table, or it is larger than allowed.
    """

    def __init__(self, data: bytes, most_values: int) -> None:
        self._data = memoryview(data)
        self._next = 0
        self.rows, self.width = self._read(_SHAPE)
        if self.rows * max(self.width, 1) > most_values:
            raise DamagedTableError("a table that is too large")
        self._starts: list[int] = []
        for _ in range(self.width):
            self._starts.append(self._next)
            self._skip_column()
        if self._next != len(data):
            raise DamagedTableError("bytes that belong to no column")

    def column(self, index: int) -> FloatArray:
        """The values of a column, shape ``(rows,)``.

        Raises:
            DamagedTableError: its bytes make no sense.
        """
        self._next = self._starts[index]
        (kind,) = self._read(_KIND)
        if kind == _Kind.CONSTANT:
            return np.full(self.rows, self._read(_VALUE)[0], dtype=np.float64)
        if kind == _Kind.COPY:
            return self.column(self._read(_INDEX)[0])
        if kind == _Kind.SCALED:
            reference, factor = self._read(_SCALE)
            # Kept for later: to decode the other column moves on to its bytes.
            residual = np.frombuffer(self._unpacked(self.rows), np.int8)
            return _shifted(factor * self.column(reference), residual)
        return _summed_twice(_unshuffled(self._unpacked(8 * self.rows))).view(np.float64)

    def _skip_column(self) -> None:
        index = len(self._starts) - 1
        (kind,) = self._read(_KIND)
        if kind == _Kind.CONSTANT:
            self._read(_VALUE)
        elif kind in {_Kind.COPY, _Kind.SCALED}:
            reference = self._read(_INDEX if kind == _Kind.COPY else _SCALE)[0]
            # An earlier column that follows from no other, so that decoding ends, and soon.
            allowed = _MAY_FOLLOW[kind]
            if reference >= index or self._data[self._starts[reference]] not in allowed:
                raise DamagedTableError("a column that follows from none before it")
        elif kind != _Kind.PLAIN:
            raise DamagedTableError("a kind of column that does not exist")
        if kind in {_Kind.SCALED, _Kind.PLAIN}:
            (length,) = self._read(_INDEX)
            self._bytes(length)

    def _read(self, layout: struct.Struct) -> tuple[Any, ...]:
        return layout.unpack(self._bytes(layout.size))

    def _bytes(self, count: int) -> memoryview:
        start, self._next = self._next, self._next + count
        if self._next > len(self._data):
            raise DamagedTableError("a table that ends too early")
        return self._data[start : self._next]

    def _unpacked(self, size: int) -> bytes:
        (length,) = self._read(_INDEX)
        return unpack_bytes(self._bytes(length), size)


def pack_bytes(data: bytes) -> bytes:
    """Compress ``data``."""
    return zlib.compress(data, _LEVEL)


def unpack_bytes(data: bytes | memoryview, size: int) -> bytes:
    """The ``size`` bytes that ``pack_bytes`` has compressed.

    Raises:
        DamagedTableError: it is another number of bytes, or they cannot be decompressed.
    """
    decompressor = zlib.decompressobj()
    try:
        # One byte more than there should be: a small file cannot fill the memory.
        unpacked = decompressor.decompress(data, size + 1)
    except zlib.error as error:
        raise DamagedTableError(f"bytes that cannot be decompressed: {error}") from None
    if len(unpacked) != size:
        raise DamagedTableError("another number of values than stated")
    return unpacked


def _packed(data: bytes) -> bytes:
    content = pack_bytes(data)
    return _INDEX.pack(len(content)) + content


def _scaled(column: FloatArray, references: Sequence[tuple[int, FloatArray]]) -> bytes | None:
    """``column`` as a multiple of one of ``references``; None where that is not worth it."""
    if not np.isfinite(column).all():
        return None  # the bits of NaN in a product depend on the processor
    # Two groups with lr 0.1 and 0.01 under one scheduler: the second is 0.1 times the first, but
    # for rounding. The factor is taken where the reference is largest, so that its own rounding
    # matters least; some 64 rows refute most references before all rows are compared.
    step = max(len(column) // _SAMPLE, 1)
    for index, reference in reversed(references):
        highest = int(np.abs(reference).argmax())
        if not np.isfinite(reference).all() or reference[highest] == 0:
            continue
        factor = float(column[highest] / reference[highest])
        if _residual(column[::step], factor * reference[::step]) is None:
            continue
        residual = _residual(column, factor * reference)
        if residual is not None:
            scale = _KIND.pack(_Kind.SCALED) + _SCALE.pack(index, factor)
            return scale + _packed(residual.astype(np.int8).tobytes())
    return None


def _residual(column: FloatArray, product: FloatArray) -> IntArray | None:
    """By how many ulp each value is above the product; None where that is not a small number."""
    # Far apart, the difference of two integers of 64 bits overflows, and may look small: such
    # values differ in sign.
    if (np.signbit(column) != np.signbit(product)).any():
        return None
    # The bits of neighbouring doubles, read as integers, are neighbours too: 0.1 is
    # 0x3FB999999999999A, and the next larger double ends in 9B. So this difference counts the
    # doubles between two values, and a product that is rounded otherwise differs by 1 or 2 of them.
    residual = column.view(np.int64) - product.view(np.int64)
    if len(residual) and (
        residual.min() < -_LARGEST_RESIDUAL or residual.max() > _LARGEST_RESIDUAL
    ):
        return None
    return residual


def _shifted(product: FloatArray, residual: np.ndarray) -> FloatArray:
    return np.asarray((product.view(np.int64) + residual).view(np.float64))


def _second_differences(bits: IntArray) -> IntArray:
    """Integers from which ``_summed_twice`` makes ``bits`` again; overflow wraps around in both.

    Example: 5, 7, 9, 12 becomes 5, -3, 0, 1: the differences of the differences 5, 2, 2, 3.
    """
    return np.diff(np.diff(bits, prepend=0), prepend=0)


def _summed_twice(differences: IntArray) -> IntArray:
    return np.cumsum(np.cumsum(differences))


def _shuffled(values: IntArray) -> bytes:
    """The first bytes of all values, then the second ones ...: zlib finds more that is equal."""
    shuffled = np.ascontiguousarray(values, "<i8").view(np.uint8).reshape(-1, 8).T
    return bytes(shuffled.tobytes())


def _unshuffled(data: bytes) -> IntArray:
    values = np.frombuffer(data, np.uint8).reshape(8, -1).T.copy().view("<i8").ravel()
    return np.asarray(values, np.int64)
