"""Writes the file of a recording."""

from __future__ import annotations

from pathlib import Path

from lrplan.output import atomic_write
from lrplan.recordings.file_format import pack
from lrplan.recordings.model import Recording


def write_recording(path: Path, recording: Recording, *, follow: bool = True) -> None:
    """Write ``recording`` to ``path``: all of it, or nothing.

    Args:
        path: the file.
        recording: what it is to hold.
        follow: see ``output.atomic_write``.

    Raises:
        OutputError: the file could not be written; what was there before still is.
    """
    data = pack(recording)
    with atomic_write(path, follow=follow) as stream:
        stream.write(data)
