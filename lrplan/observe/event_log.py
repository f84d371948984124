"""Collects the events of a run in little memory, while it runs."""

from __future__ import annotations

import sys
from array import array

from lrplan.observe.recording_limits import RecordingLimits
from lrplan.recordings.model import EventCode, EventLog

_CHUNK = 1 << 16
"""Events that wait until they are compressed."""


class EventCollector:
    """The events so far. Each is a number that stands for all about it except its values.

    A training loop repeats itself, and so do these numbers: compressed, a million steps with four
    events each take some 100 kB.
    """

    def __init__(self, limits: RecordingLimits) -> None:
        self._limits = limits
        self.clear()

    def clear(self) -> None:
        """Begin without events, as in a process that was forked off."""
        self._least_index = 0
        self._codes: list[EventCode] = []
        self._numbers: dict[tuple[str, str, int, int, int, int], int] = {}
        self._waiting = array("I")
        self._values = array("d")
        self._log = EventLog()

    def add(
        self,
        kind: str,
        subject: str = "",
        index: int = 0,
        location: int = -1,
        *values: float,
        group: int = -1,
    ) -> None:
        """Add an event; see ``EventCode``. Events of objects that are left out are not added."""
        if index < self._least_index:
            return
        # The loop `backward(); optimizer.step(); scheduler.step()` gives three different keys, so
        # its log is 0 1 2 0 1 2 0 1 2 ..., which zlib stores in next to no room. The values, such
        # as metrics, differ from event to event and are kept apart.
        key = (kind, subject, index, location, group, len(values))
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self._codes)
            self._codes.append(EventCode(kind, subject, index, group, location, len(values)))
        self._waiting.append(number)
        if values:
            self._values.extend(values)
        if len(self._waiting) >= _CHUNK:
            self._flush()

    def close(self) -> None:
        """Stop collecting: later events are ignored."""
        self._least_index = sys.maxsize

    def finish(self) -> EventLog:
        """The log of all events."""
        self._flush()
        self._log.codes = list(self._codes)
        return self._log

    def _flush(self) -> None:
        # A program may say how many threads numpy is to use before it is loaded for the first time.
        import numpy as np

        from lrplan.recordings.column_codec import encode_table, pack_bytes

        if self._waiting:
            numbers = np.array(self._waiting, dtype="<u4")
            self._log.chunks.append(self._limits.count_bytes(pack_bytes(numbers.tobytes())))
            self._limits.take_events(len(self._waiting), len(self._codes))
            self._log.counts.append(len(self._waiting))
            self._waiting = array("I")
        if self._values:
            self._log.values.append(
                self._limits.count_bytes(encode_table([np.array(self._values)]))
            )
            self._values = array("d")
