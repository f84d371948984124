"""A folder of files under keys, which never grows beyond its bounds and never gets in the way."""

from __future__ import annotations

import os
import re
import stat
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from lrplan.cache.folder import is_private, made_private
from lrplan.errors import OutputError
from lrplan.output import write

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES: Final = 256_000_000
"""Of all files together; what was longest not used goes first."""

MAX_FILE_BYTES: Final = 32_000_000
"""Of one file; a longer curve is not kept."""

MAX_FILES: Final = 10_000

MAX_AGE_DAYS: Final = 30
"""Since the last use."""

_DAY = 86_400
_HOUR = 3_600
_SUFFIX = ".curves"
_OURS = re.compile(r"[0-9a-f]{64}\.curves")
_LEFT_OVER = re.compile(r"\.lrplan-[0-9a-f]{16}\.tmp")


class Entry(NamedTuple):
    """One file."""

    used: float
    """When it was last written or read, in seconds since 1970."""
    size: int
    path: Path


@dataclass(slots=True)
class Store:
    """The files in ``folder``, which need not exist.

    Nothing here raises because of the disk: what cannot be read is not there, what cannot be
    written is not kept.
    """

    folder: Path
    _size: int | None = None
    """Of all files, once counted."""

    def read(self, key: str) -> bytes | None:
        """What is kept under ``key``."""
        path = self._path(key)
        try:
            status = path.lstat()
            regular = stat.S_ISREG(status.st_mode)
            if not regular or status.st_size > MAX_FILE_BYTES or not is_private(self.folder):
                return None
            data = path.read_bytes()
        except (OSError, ValueError):
            return None
        with suppress(OSError):
            os.utime(path)
        return data

    def write(self, key: str, data: bytes) -> None:
        """Keep ``data`` under ``key``, unless it is too much; old files make room."""
        if len(data) > MAX_FILE_BYTES or not made_private(self.folder):
            return
        with suppress(OutputError):
            write(self._path(key), data)
            self._grown(len(data))

    def drop(self, key: str) -> None:
        """Forget what is kept under ``key``."""
        _removed(self._path(key))

    def entries(self) -> list[Entry]:
        """Every curve that is kept, the last used first."""
        found = (entry for entry in self._files() if _OURS.fullmatch(entry.path.name))
        return sorted(found, reverse=True)

    def clear(self) -> list[Entry]:
        """Remove every file of ours, and the folder if that leaves it empty.

        Returns:
            The curves that are gone.
        """
        gone = [entry for entry in self.entries() if _removed(entry.path)]
        for entry in self._files():
            if _LEFT_OVER.fullmatch(entry.path.name):
                _removed(entry.path)
        with suppress(OSError, ValueError):
            self.folder.rmdir()
        self._size = None
        return gone

    def prune(self) -> None:
        """Remove what is too old, or too much: what was longest not used goes first."""
        now, room, count = time.time(), MAX_BYTES, 0
        for used, size, path in self.entries():
            room, count = room - size, count + 1
            if room < 0 or count > MAX_FILES or used < now - MAX_AGE_DAYS * _DAY:
                room += size if _removed(path) else 0
        for used, _, path in self._files():
            # A writer that was killed leaves a part of a file; a living one is done in no time.
            if _LEFT_OVER.fullmatch(path.name) and used < now - _HOUR:
                _removed(path)
        self._size = sum(entry.size for entry in self.entries())

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}{_SUFFIX}"

    def _grown(self, size: int) -> None:
        if self._size is None or self._size + size > MAX_BYTES:
            self.prune()
        else:
            self._size += size

    def _files(self) -> Iterator[Entry]:
        with suppress(OSError, ValueError), os.scandir(self.folder) as entries:
            for entry in entries:
                with suppress(OSError):
                    status = entry.stat(follow_symlinks=False)
                    if stat.S_ISREG(status.st_mode):
                        yield Entry(status.st_mtime, status.st_size, Path(entry.path))


def _removed(path: Path) -> bool:
    try:
        path.unlink()
    except (OSError, ValueError):
        return False
    return True
