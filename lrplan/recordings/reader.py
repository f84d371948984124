"""Reads the file of a recording."""

from __future__ import annotations

import stat
from pathlib import Path

from lrplan.errors import LrplanError
from lrplan.limits import RECORDING_BYTES
from lrplan.observation import Observation
from lrplan.recordings.column_codec import DamagedTableError
from lrplan.recordings.file_format import DamagedRecordingError, unpack
from lrplan.recordings.model import Recording
from lrplan.recordings.observed_run import observed_run
from lrplan.text_position import printable


def read_observation(path: str | Path) -> Observation:
    """The observed run in the file at ``path``.

    Raises:
        LrplanError: there is no such file, it is not a recording, or it is damaged or too large.
    """
    recording = read_recording(path)
    try:
        return observed_run(recording)
    except DamagedTableError as error:
        raise _refusal(path, str(error)) from None


def read_recording(path: str | Path) -> Recording:
    """The recording in the file at ``path``.

    Raises:
        LrplanError: as ``read_observation`` does.
    """
    try:
        status = Path(path).stat()
        if not stat.S_ISREG(status.st_mode):  # a pipe, a device: there may be no end to it
            raise _refusal(path, "cannot be read: it is no regular file")
        if status.st_size > RECORDING_BYTES.value:
            allowed = f"more than the {RECORDING_BYTES.value:,} bytes that are allowed"
            raise _refusal(path, f"this recording has {allowed}; {RECORDING_BYTES.hint}")
        data = Path(path).read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else ""
        raise _refusal(path, f"cannot be read: {(reason or str(error)).lower()}") from None
    try:
        return unpack(data)
    except DamagedRecordingError as error:
        raise _refusal(path, str(error)) from None


def _refusal(path: str | Path, reason: str) -> LrplanError:
    return LrplanError(printable(f"{path}: {reason}"))
