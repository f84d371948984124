"""Event files of TensorBoard: scalars, and tensors of one number as TF2's writers store them.

The file is a sequence of records: the length of the data in 8 bytes, a checksum of that in 4, the
data, and a checksum of the data in 4, all little-endian. The data of a record is an ``Event`` in
the wire format of protocol buffers. Four of its fields are read here::

    Event    2: step (varint)    5: summary
    Summary  1: value (repeated)
    Value    1: tag    2: simple_value (float32)    8: tensor
    Tensor   1: dtype    4: tensor_content    5: float_val    6: double_val
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from pathlib import Path

from lrplan.limits import LOG_BYTES
from lrplan.logs.format import (
    LR_NAME,
    ColumnNames,
    LogFormat,
    check_columns,
    check_rows,
    limit_rows,
    refuse,
)
from lrplan.logs.log import Convention, Log
from lrplan.logs.precision import FLOAT32
from lrplan.logs.rows import ColumnRows, columns_of
from lrplan.specfile.files import UnreadableError, read_bytes
from lrplan.text import quantity

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_STEP, _SUMMARY, _VALUE, _TAG, _SIMPLE, _TENSOR = 2, 5, 1, 1, 2, 8
_DTYPE, _CONTENT, _FLOATS, _DOUBLES = 1, 4, 5, 6
_DT_FLOAT, _DT_DOUBLE = 1, 2
_FLOAT, _DOUBLE = struct.Struct("<f"), struct.Struct("<d")
_LENGTH = struct.Struct("<Q")
_CONVENTION = Convention(
    "update", 0, "the step is the one that the program handed to its SummaryWriter"
)


class _MalformedError(ValueError):
    """The bytes are not a protocol buffer."""


def _read(path: Path, wanted: ColumnNames) -> Log:
    """Read the event files of one run: ``path``, and those beside it where it is a folder.

    Raises:
        LrplanError: one cannot be read, or none has a learning rate.
    """
    rows: dict[str, ColumnRows] = {}
    tags: dict[str, None] = {}
    notes: list[str] = []
    read = 0
    for file in event_files(path):
        records = limit_rows(path, _records(_bytes_of(file)))
        damaged, events = _collect(file, records, wanted, rows, tags)
        notes += damaged
        read += events
        check_rows(path, max(read, sum(len(each.values) for each in rows.values())))
    columns, more = columns_of(rows, FLOAT32)
    if not columns:
        listed = ", ".join(list(tags)[:20]) or "none"
        raise refuse(path, f"no scalar is called after the learning rate; there is {listed}")
    return Log(
        path=str(path),
        format=FORMAT.name,
        columns=columns,
        convention=_CONVENTION,
        notes=(*notes, *more),
    )


def event_files(path: Path) -> list[Path]:
    """The event files of a run, in the order in which they were begun; a file is its own."""
    if not path.is_dir():
        return [path]
    # The name has the time of creation: events.out.tfevents.1700000000.host.pid.0
    return sorted(path.glob("*tfevents*"), key=lambda file: file.name)


def _bytes_of(file: Path) -> bytes:
    try:
        return read_bytes(file, LOG_BYTES)
    except UnreadableError as error:
        raise refuse(file, str(error)) from None


def _collect(
    file: Path,
    records: Iterable[memoryview],
    wanted: ColumnNames,
    rows: dict[str, ColumnRows],
    tags: dict[str, None],
) -> tuple[list[str], int]:
    """Add the learning rates of one file to ``rows``, and its tags to ``tags``.

    Returns:
        Notes on the file, and the number of its events.
    """
    bad = count = 0
    for record in records:
        count += 1
        try:
            for step, tag, value in _scalars(record):
                tags.setdefault(tag)
                if tag in wanted.lr if wanted.lr else LR_NAME.search(tag):
                    if tag not in rows:
                        check_columns(file, len(rows) + 1)
                    rows.setdefault(tag, ColumnRows()).append(step, value)
        except (_MalformedError, struct.error, IndexError, UnicodeDecodeError):
            bad += 1
    return [f"{quantity(bad, 'damaged record')} of {file.name} left out"] if bad else [], count


def _records(data: bytes) -> Iterator[memoryview]:
    """The data of each record; a file that is cut off ends with its last whole one."""
    view, at, size = memoryview(data), 0, len(data)
    while at + 12 <= size:
        (length,) = _LENGTH.unpack_from(view, at)
        begin = at + 12
        if begin + length + 4 > size:
            return
        yield view[begin : begin + length]
        at = begin + length + 4


def _scalars(event: memoryview) -> Iterator[tuple[int, str, float]]:
    """The step, the tag and the value of each scalar of an event."""
    step, summaries = 0, []
    for field, content in _fields(event):
        if field == _STEP and isinstance(content, int):
            step = content
        elif field == _SUMMARY and isinstance(content, memoryview):
            summaries.append(content)
    for summary in summaries:
        for field, value in _fields(summary):
            if field == _VALUE and isinstance(value, memoryview):
                tag, number = _tag_and_number(value)
                if number is not None:
                    yield step, tag, number


def _tag_and_number(value: memoryview) -> tuple[str, float | None]:
    tag, number = "", None
    for field, content in _fields(value):
        if not isinstance(content, memoryview):
            continue
        if field == _TAG:
            tag = str(content, "utf-8")
        elif field == _SIMPLE:
            number = _FLOAT.unpack(content)[0]
        elif field == _TENSOR:
            number = _only_number(content)
    return tag, number


def _only_number(tensor: memoryview) -> float | None:
    """The number of a tensor that has one; None for any other tensor."""
    dtype, contents = 0, {}
    for field, content in _fields(tensor):
        if field == _DTYPE and isinstance(content, int):
            dtype = content
        elif isinstance(content, memoryview):
            contents[field] = content
    kind = {_DT_FLOAT: (_FLOAT, _FLOATS), _DT_DOUBLE: (_DOUBLE, _DOUBLES)}.get(dtype)
    if kind is None:
        return None
    unpack, own = kind
    found = contents.get(own, contents.get(_CONTENT))
    return unpack.unpack(found)[0] if found is not None and len(found) == unpack.size else None


def _fields(data: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """The fields of a message: its number, and an integer or bytes."""
    at, size = 0, len(data)
    while at < size:
        key, at = _varint(data, at)
        # The key before each field is its number times 8 plus how it is stored: 0x10 is field 2, a
        # varint (the step); 0x2A is field 5, with a length in front (the summary). Fields that are
        # not known are passed over by their length, so a newer writer does no harm.
        field, wire = key >> 3, key & 7
        if wire == _VARINT:
            value, at = _varint(data, at)
            yield field, value
            continue
        if wire == _BYTES:
            length, at = _varint(data, at)
        else:
            length = {_FIXED64: 8, _FIXED32: 4}.get(wire, -1)
        if length < 0 or at + length > size:
            raise _MalformedError
        yield field, data[at : at + length]
        at += length


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    """An integer of 7 bits a byte, the lowest first, and the position behind it."""
    value = shift = 0
    while True:
        byte = data[at]
        # 300 is 10_0101100 in binary: its lowest 7 bits first, with the top bit set because more
        # follows (0xAC), then the rest (0x02). Ten bytes are the most that an integer of 64 bits
        # takes.
        value |= (byte & 0x7F) << shift
        at += 1
        if byte < 0x80:
            return value, at
        shift += 7
        if shift > 63:
            raise _MalformedError


def _recognizes(head: str) -> bool:
    return "brain.Event:" in head


FORMAT = LogFormat(
    name="tensorboard",
    title="an event file of TensorBoard",
    files=("*tfevents*",),
    folder_of=lambda file: file.parent,
    recognizes=_recognizes,
    read=_read,
)
