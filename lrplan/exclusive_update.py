"""A lock that lets only one process at a time update a file."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from lrplan.errors import OutputError
from lrplan.text_position import printable

_PATIENCE = 20.0
_PAUSE = 0.02


@contextmanager
def exclusive_update(path: Path) -> Iterator[None]:
    """Wait until no other process updates a file in the folder of ``path``, and keep others out.

    No lock file is written: the folder itself is locked, and is free again even if the process is
    killed. If the system or the file system cannot lock folders, nothing is locked.

    Raises:
        OutputError: another process has kept it for 20 seconds.
    """
    folder = _open_folder(path)
    try:
        if folder is not None:
            _wait_for(folder, path)
        yield
    finally:
        if folder is not None:
            os.close(folder)


def _open_folder(path: Path) -> int | None:
    # A name that no file can have (a NUL in it, say) is reported where it is written.
    with suppress(OSError, ValueError):
        return os.open(os.path.dirname(os.path.realpath(path)), os.O_RDONLY)  # noqa: PTH120
    return None


def _wait_for(folder: int, path: Path) -> None:
    try:
        import fcntl  # noqa: PLC0415
    except ImportError:  # Windows
        return
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                message = f"cannot write {path}: another process is still updating it"
                raise OutputError(printable(message)) from None
            time.sleep(_PAUSE)
        except OSError:  # a file system without locks
            return
        else:
            return
