"""The file format of the cache: a seal, a header in JSON, then bytes.

::

    16 bytes   MAGIC
    32 bytes   SHA-256 of all that follows
     8 bytes   length of the header, little-endian
               the header: JSON, ended with spaces to a multiple of 8
               the rest: columns of numbers, or nothing

The header has the key, and whatever the caller adds::

    {"lr": {"lr": {"all": 0}}, ..., "key": "5f0c..."}

The seal is a checksum, not a signature: it finds files that a crash cut short or a disk damaged.
Files of other people are kept out by the folder, which nobody else may write to. The header ends at
a multiple of 8 so that columns can be read in place, without a copy. There is nothing in such a
file that could be run.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Iterable
from typing import Any, Final

MAGIC: Final = b"lrplan curves 1\n"
_ENCODER = json.JSONEncoder(separators=(",", ":"))
_LENGTH = struct.Struct("<Q")
_BODY_START = len(MAGIC) + hashlib.sha256().digest_size
_HEADER_START = _BODY_START + _LENGTH.size


def pack(key: str, header: dict[str, Any], rest: Iterable[bytes] = ()) -> bytes:
    """The bytes of a file.

    Args:
        key: the key that it is stored under.
        header: JSON values by name; the name ``key`` is used by this module.
        rest: what comes after it.
    """
    text = _ENCODER.encode({**header, "key": key}).encode()
    text += b" " * (-len(text) % 8)
    body = b"".join((_LENGTH.pack(len(text)), text, *rest))
    return b"".join((MAGIC, hashlib.sha256(body).digest(), body))


def unpack(key: str, data: bytes) -> tuple[dict[str, Any], int]:
    """The header in the bytes of a file, and where the rest begins, a multiple of 8.

    Raises:
        ValueError: this is not a whole file in this format, or not the one of ``key``.
        RecursionError: its header is nested too deep.
    """
    seal = data[len(MAGIC) : _BODY_START]
    if not data.startswith(MAGIC) or hashlib.sha256(data[_BODY_START:]).digest() != seal:
        raise ValueError("not a whole file")
    if len(data) < _HEADER_START:
        raise ValueError("it has no header")
    (length,) = _LENGTH.unpack_from(data, _BODY_START)
    rest_start: int = _HEADER_START + length
    if rest_start % 8 or rest_start > len(data):
        raise ValueError("the header is not where it should be")
    header = json.loads(data[_HEADER_START:rest_start])
    if not isinstance(header, dict) or header.get("key") != key:
        raise ValueError("the file of another key")
    return header, rest_start


def require_type(kind: type[Any], value: Any) -> Any:
    """``value`` from a header.

    Raises:
        TypeError: it is not exactly of that type.
    """
    if type(value) is not kind:
        raise TypeError(f"{value!r} is not of type {kind.__name__}")
    return value
