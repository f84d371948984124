"""Recognizes a recording by its first bytes."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Final

from lrplan.specfile.files import RECORDING, UnreadableError, read_head

SUFFIX: Final = ".lrrec"
"""The ending of the name of a recording."""


def is_recording(path: str | Path) -> bool:
    """Return True if there is a file at ``path`` that begins as a recording does."""
    with suppress(UnreadableError):
        return read_head(path, len(RECORDING)) == RECORDING
    return False
