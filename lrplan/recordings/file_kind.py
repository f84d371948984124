"""Tells whether a file is a recording, by its first bytes."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Final

from lrplan.specfile.files import RECORDING

SUFFIX: Final = ".lrrec"
"""The ending of the name of a recording."""


def is_recording(path: str | Path) -> bool:
    """Return True if there is a file at ``path`` that begins as a recording does."""
    with suppress(OSError, ValueError):
        if Path(path).is_file():
            with Path(path).open("rb") as file:
                return file.read(len(RECORDING)) == RECORDING
    return False
