"""The file of one curve: a seal, a header in JSON, then columns of numbers.

::

    16 bytes   MAGIC
    32 bytes   SHA-256 of all that follows
     8 bytes   length of the header, little-endian
               the header: JSON, ended with spaces to a multiple of 8
               the columns: little-endian float64, one after the other

The header has the key, the number of values of each column, and whatever the caller adds. There is
nothing in such a file that could be run.
"""

from __future__ import annotations

import hashlib
import json
import struct
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lrplan.trace import FloatArray

MAGIC: Final = b"lrplan curves 1\n"
_LENGTH = struct.Struct("<Q")
_SEALED = len(MAGIC) + hashlib.sha256().digest_size
_START = _SEALED + _LENGTH.size


def pack(key: str, header: dict[str, Any], columns: Sequence[FloatArray]) -> bytes:
    """The content of a file.

    Args:
        key: under which it is found.
        header: JSON values by name; ``key`` and ``columns`` are taken.
        columns: float64, of any lengths.
    """
    counts = [len(column) for column in columns]
    text = json.dumps({**header, "key": key, "columns": counts}, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    values = (np.ascontiguousarray(column, dtype="<f8").tobytes() for column in columns)
    body = b"".join((_LENGTH.pack(len(text)), text, *values))
    return b"".join((MAGIC, hashlib.sha256(body).digest(), body))


def unpack(key: str, data: bytes) -> tuple[dict[str, Any], list[FloatArray]]:
    """The header and the columns, which cannot be written to.

    Raises:
        ValueError: this is not a whole file of ours, or not the one of ``key``.
    """
    seal = data[len(MAGIC) : _SEALED]
    if not data.startswith(MAGIC) or hashlib.sha256(data[_SEALED:]).digest() != seal:
        raise ValueError("not a whole file")
    (length,) = _LENGTH.unpack_from(data, _SEALED)
    first = _START + length
    if first % 8 or first > len(data):
        raise ValueError("the header is not where it should be")
    header = json.loads(data[_START:first])
    if not isinstance(header, dict) or header.get("key") != key:
        raise ValueError("the curve of another plan")
    values = np.frombuffer(data, dtype="<f8", offset=first).astype(np.float64, copy=False)
    return header, _split(values, header["columns"])


def _split(values: FloatArray, counts: list[int]) -> list[FloatArray]:
    if any(type(count) is not int or count < 0 for count in counts) or sum(counts) != len(values):
        raise ValueError("columns that do not fill the file")
    columns, first = [], 0
    for count in counts:
        columns.append(values[first : first + count])
        first += count
    return columns
