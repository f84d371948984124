"""The file format of a cached trace: a seal, a header in JSON, then columns of numbers.

::

    16 bytes   MAGIC
    32 bytes   SHA-256 of all that follows
     8 bytes   length of the header, little-endian
               the header: JSON, ended with spaces to a multiple of 8
               the columns: little-endian float64, one after the other

The header has the key, the number of values of each column, and whatever the caller adds::

    {"lr": {"lr": {"all": 0}}, ..., "key": "5f0c...", "columns": [3000]}

The seal is a checksum, not a signature: it finds files that a crash cut short or a disk damaged.
Files of other people are kept out by the folder, which nobody else may write to. The header ends at
a multiple of 8 so that the columns can be read in place, without a copy. There is nothing in such
a file that could be run.
"""

from __future__ import annotations

import hashlib
import json
import struct
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lrplan.arrays import FloatArray


MAGIC: Final = b"lrplan curves 1\n"
_LENGTH = struct.Struct("<Q")
_BODY_START = len(MAGIC) + hashlib.sha256().digest_size
_HEADER_START = _BODY_START + _LENGTH.size


def pack(key: str, header: dict[str, Any], columns: Sequence[FloatArray]) -> bytes:
    """The bytes of a file with a header and columns.

    Args:
        key: the key that it is stored under.
        header: JSON values by name; the names ``key`` and ``columns`` are used by this module.
        columns: float64, of any lengths.
    """
    counts = [len(column) for column in columns]
    text = json.dumps({**header, "key": key, "columns": counts}, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    values = (np.ascontiguousarray(column, dtype="<f8").tobytes() for column in columns)
    body = b"".join((_LENGTH.pack(len(text)), text, *values))
    return b"".join((MAGIC, hashlib.sha256(body).digest(), body))


def unpack(key: str, data: bytes) -> tuple[dict[str, Any], list[FloatArray]]:
    """The header and the columns, as read-only arrays, of the bytes of a file.

    Raises:
        ValueError: this is not a whole file in this format, or not the one of ``key``.
    """
    seal = data[len(MAGIC) : _BODY_START]
    if not data.startswith(MAGIC) or hashlib.sha256(data[_BODY_START:]).digest() != seal:
        raise ValueError("not a whole file")
    (length,) = _LENGTH.unpack_from(data, _BODY_START)
    columns_start = _HEADER_START + length
    if columns_start % 8 or columns_start > len(data):
        raise ValueError("the header is not where it should be")
    header = json.loads(data[_HEADER_START:columns_start])
    if not isinstance(header, dict) or header.get("key") != key:
        raise ValueError("the curve of another plan")
    values = np.frombuffer(data, dtype="<f8", offset=columns_start).astype(np.float64, copy=False)
    return header, _split(values, header["columns"])


def _split(values: FloatArray, counts: list[int]) -> list[FloatArray]:
    if any(type(count) is not int or count < 0 for count in counts) or sum(counts) != len(values):
        raise ValueError("columns that do not fill the file")
    columns, first = [], 0
    for count in counts:
        columns.append(values[first : first + count])
        first += count
    return columns
