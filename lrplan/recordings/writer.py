"""Writes the file of a recording."""

from __future__ import annotations

from pathlib import Path

from lrplan.output import atomic_write
from lrplan.recordings.file_format import pack
from lrplan.recordings.model import Recording


def write_recording(path: Path, recording: Recording) -> None:
    """Write ``recording`` to ``path``: all of it, or nothing.

    Raises:
        OutputError: the file could not be written; what was there before still is.
    """
    data = pack(recording)
    with atomic_write(path) as stream:
        stream.write(data)
