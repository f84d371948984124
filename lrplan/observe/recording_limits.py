"""Size limits of a recording: it must fit into memory and be readable again."""

from __future__ import annotations

from collections.abc import Callable

from lrplan.limits import CALLS, GROUPS, RECORDED, RECORDING_BYTES, STEPS, Limit

_FOR_BLOBS = 0.9
"""The share of a file's bytes that events and values may take; the rest is for its header."""
_MOST_KINDS = 100_000
"""Kinds of events: each has an entry in the header of the file."""


class RecordingLimits:
    """Counts what a recording holds, and notes which limits it has met.

    Beyond the number of steps or bytes that a file may have, nothing more is recorded: ``is_full``.
    Of objects and groups, those beyond the limit are left out.
    """

    def __init__(self) -> None:
        self.objects, self.groups = RECORDED.value, GROUPS.value
        self.steps, self.events = STEPS.value, CALLS.value
        self._bytes = int(RECORDING_BYTES.value * _FOR_BLOBS)
        self.is_full = False
        self.when_full: list[Callable[[], object]] = []
        """Called once, when nothing more is to be recorded."""
        self.notes: dict[str, None] = {}
        """Sentences about what is not in the recording."""

    def count_bytes(self, data: bytes) -> bytes:
        """Count the bytes of a blob, and return it."""
        self._bytes -= len(data)
        if self._bytes < 0:
            self.fill(RECORDING_BYTES)
        return data

    def take_events(self, count: int, kinds: int) -> None:
        """Count events; ``kinds`` is the number of their kinds."""
        self.events -= count
        if self.events < 0 or kinds > _MOST_KINDS:
            self.fill(CALLS)

    def fill(self, limit: Limit) -> None:
        """Record nothing more, for this limit."""
        if not self.is_full:
            self.is_full = True
            for action in self.when_full:
                action()
            self.leave_out("nothing more was recorded", limit)

    def leave_out(self, what: str, limit: Limit = RECORDED) -> None:
        """Note that something is not recorded: ``what`` is the beginning of a sentence."""
        counts = limit.counts.partition(",")[0]
        self.notes[f"{what}: {limit.value:,} {counts} are allowed; {limit.hint}"] = None
