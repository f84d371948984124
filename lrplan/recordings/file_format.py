"""The file of a recording: a seal, a header in JSON, and blobs.

::

    19 bytes   MAGIC
    32 bytes   SHA-256 of all that follows
     8 bytes   length of the header, little-endian
               the header: a ``Recording`` as JSON, with the number of a blob in place of bytes,
               and ``blobs``: the length of each
               the blobs, one after the other

There is nothing in such a file that could be run. The seal is a checksum, not a signature: it finds
files that were cut short or damaged.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from types import UnionType
from typing import Any, Final, get_args, get_origin, get_type_hints

from lrplan._version import __version__
from lrplan.recordings.model import Recording
from lrplan.specfile.files import RECORDING

MAGIC: Final = RECORDING + b"1\n"
_LENGTH = struct.Struct("<Q")
SEALED_FROM: Final = len(MAGIC) + hashlib.sha256().digest_size
"""Where the body begins."""
_SENSELESS = (ValueError, TypeError, LookupError, ArithmeticError, RecursionError)
"""What is raised by a header whose parts do not fit, or have numbers beyond any float."""
_LONGEST_HEADER = 100_000_000
"""Bytes: what is made of a header takes several times as much memory."""
_DEEPEST = 3
"""Levels of lists in an argument of an optimizer or scheduler."""


class DamagedRecordingError(ValueError):
    """The bytes are not a recording, or one that was damaged; the text says what is wrong."""


def pack(recording: Recording) -> bytes:
    """The bytes of the file."""
    # JSON cannot hold bytes. Each blob becomes its number in the header, `"lr":[0,1]`, and its
    # bytes come behind the header in the order of these numbers. `setdefault` gives a new blob the
    # next number, and one that was met before the number that it has.
    blobs: dict[bytes, int] = {}  # equal ones, as those of fields that change together, are one
    text = json.dumps(
        {**asdict(recording), "lrplan": __version__},
        default=lambda blob: blobs.setdefault(blob, len(blobs)),
        separators=(",", ":"),
    )
    header = f'{{"recording":{text},"blobs":{json.dumps(list(map(len, blobs)))}}}'.encode()
    body = b"".join((_LENGTH.pack(len(header)), header, *blobs))
    return seal(body)


def seal(body: bytes) -> bytes:
    """The bytes of a file with this body: a length, a header and blobs."""
    return b"".join((MAGIC, hashlib.sha256(body).digest(), body))


def unpack(data: bytes) -> Recording:
    """The recording in the bytes of a file.

    Raises:
        DamagedRecordingError: they are not a whole recording, or of a format that is not known.
    """
    if not data.startswith(RECORDING):
        raise DamagedRecordingError("this is not a recording of lrplan")
    if not data.startswith(MAGIC):
        raise DamagedRecordingError("this recording was written by a newer lrplan")
    if hashlib.sha256(data[SEALED_FROM:]).digest() != data[len(MAGIC) : SEALED_FROM]:
        raise DamagedRecordingError("this recording is damaged or incomplete")
    try:
        (length,) = _LENGTH.unpack_from(data, SEALED_FROM)
        if length > _LONGEST_HEADER:
            raise ValueError("its header is too long")
        start = SEALED_FROM + _LENGTH.size
        document = json.loads(data[start : start + length])
        blobs = _Blobs(data, start + length, document["blobs"])
        recording: Recording = _built(Recording, document["recording"], blobs, "recording")
    except (*_SENSELESS, struct.error) as error:
        raise DamagedRecordingError(f"this recording is damaged: {error}") from None
    return recording


class _Blobs:
    """The blobs at the end of a file, by number."""

    def __init__(self, data: bytes, start: int, lengths: list[int]) -> None:
        self._data = data
        self._starts = [start]
        for length in lengths:
            if type(length) is not int or length < 0:
                raise ValueError("a blob has no length")
            self._starts.append(self._starts[-1] + length)
        if self._starts[-1] != len(data):
            raise ValueError("the blobs do not fill the file")

    def __getitem__(self, index: object) -> bytes:
        if type(index) is not int or not 0 <= index < len(self._starts) - 1:
            raise ValueError(f"there is no blob {index}")
        return self._data[self._starts[index] : self._starts[index + 1]]


def _built(kind: Any, value: Any, blobs: _Blobs, name: str) -> Any:  # noqa: PLR0911
    """``value`` of the header as an object of the annotated type ``kind``."""
    if is_dataclass(kind):
        return _object(kind, value, blobs, name)
    if kind is bytes:
        return blobs[value]
    if kind is object:
        return _plain(value, name)
    if kind is float:
        return float(_typed((int, float), value, name))
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is UnionType:  # `int | None`, the only sort of union in the model
        return None if value is None else _built(arguments[0], value, blobs, name)
    if origin is list:
        return [_built(arguments[0], each, blobs, name) for each in _typed((list,), value, name)]
    if origin is dict:
        items = _typed((dict,), value, name).items()
        return {key: _built(arguments[1], each, blobs, f"{name}.{key}") for key, each in items}
    if origin is tuple:
        pairs = zip(arguments, _typed((list,), value, name), strict=True)
        return tuple(_built(each, part, blobs, name) for each, part in pairs)
    return _typed((kind,), value, name)


def _object(kind: Any, value: Any, blobs: _Blobs, name: str) -> Any:
    given: Mapping[str, Any] = _typed((dict,), value, name)
    hints = get_type_hints(kind)
    return kind(
        **{
            each.name: _built(hints[each.name], given[each.name], blobs, f"{name}.{each.name}")
            for each in fields(kind)
        }
    )


def _typed(kinds: tuple[type, ...], value: Any, name: str) -> Any:
    if type(value) not in kinds:
        raise TypeError(f"{name} is not of type {kinds[0].__name__}")
    return value


def _plain(value: Any, name: str, depth: int = 0) -> object:
    """A value that an argument may have: a number, a text, a switch, None, or a list of these."""
    if isinstance(value, list) and depth < _DEEPEST:
        return [_plain(each, name, depth + 1) for each in value]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise TypeError(f"{name} is no plain value")
