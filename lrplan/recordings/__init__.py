"""Recordings of training runs: the file, and the observed run that it amounts to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lrplan.observation import Observation


def read(path: str | Path) -> Observation:
    """The observed run that the file at ``path`` holds.

    Raises:
        LrplanError: there is no such file, it is not a recording, or it is damaged or too large.
    """
    # Only now: the model of this package is also used while a program runs, which may want to load
    # numpy in its own time.
    from lrplan.recordings.reader import read_observation

    return read_observation(path)
