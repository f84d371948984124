"""The events of a recording, decoded while they are gone through."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from lrplan.arrays import FloatArray, IntArray
from lrplan.events import Event
from lrplan.limits import VALUES
from lrplan.recordings.column_codec import DamagedTableError, EncodedTable, unpack_bytes
from lrplan.recordings.model import EventLog

LARGEST_CHUNK = 1 << 20
"""Events of a chunk."""
_BYTES = 4


class EventStream:
    """The events of a run: goes through the log once for each iteration.

    Args:
        log: the events as they were recorded.
        translate: makes the translator of one iteration: a function from the number of a code and
            the values of the event to the event that users see, or None where they see none.
    """

    def __init__(
        self,
        log: EventLog,
        translate: Callable[[], Callable[[int, Sequence[float]], Event | None]],
    ) -> None:
        self._log = log
        self._translate = translate

    def __iter__(self) -> Iterator[Event]:
        translate = self._translate()
        # Codes and values are two streams: a code says how many values belong to it, and as many
        # are taken from the other stream. A tick with a metric takes one, a plain tick none, so the
        # values of an event can only be found by going through all events before it.
        values = _values(self._log)
        takes = [code.values for code in self._log.codes]
        for chunk in code_chunks(self._log):
            for code in chunk.tolist():
                given = [next(values) for _ in range(takes[code])]
                event = translate(code, given)
                if event is not None:
                    yield event


def code_chunks(log: EventLog) -> Iterator[IntArray]:
    """The numbers of the codes of all events, in chunks.

    Raises:
        DamagedTableError: a chunk is damaged, or has the number of a code that does not exist.
    """
    if len(log.chunks) != len(log.counts):
        raise DamagedTableError("events whose number is not known")
    for data, count in zip(log.chunks, log.counts, strict=True):
        if not 0 <= count <= LARGEST_CHUNK:
            raise DamagedTableError("a chunk of events that is too large")
        codes = np.frombuffer(unpack_bytes(data, _BYTES * count), "<u4").astype(np.int64)
        if count and codes.max() >= len(log.codes):
            raise DamagedTableError("an event of a sort that does not exist")
        yield codes


def _values(log: EventLog) -> Iterator[float]:
    for data in log.values:
        table = EncodedTable(data, VALUES.value)
        column: FloatArray = table.column(0) if table.width else np.empty(0)
        yield from column.tolist()
    raise DamagedTableError("events without their values")
