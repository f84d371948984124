"""A folder of cache files by key, kept below a size, a number and an age."""

from __future__ import annotations

import os
import re
import stat
import time
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from lrplan.cache.folder import is_private, make_private

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES: Final = 256_000_000
"""The largest size of all files together; the least recently used is removed first."""

MAX_FILE_BYTES: Final = 32_000_000
"""The largest size of one file; a longer curve is not stored."""

MAX_FILES: Final = 10_000

MAX_AGE_DAYS: Final = 30
"""The number of days after its last use when a file is removed."""

_DAY = 86_400
_HOUR = 3_600
_SUFFIX = ".curves"
_OURS = re.compile(r"[0-9a-f]{64}\.curves")
_LEFT_OVER = re.compile(r"\.lrplan-[0-9a-f]{16}\.tmp")


class Entry(NamedTuple):
    """A cache file."""

    used: float
    """When it was last written or read, in seconds since 1970."""
    size: int
    path: Path


@dataclass(slots=True)
class Store:
    """The files in ``folder``, which need not exist.

    Nothing here raises because of the disk: a file that cannot be read is treated as missing, and
    one that cannot be written is not stored.

    The folder is listed once, before the first file is written. From then on the store keeps count
    itself, so that a file costs the same however many there are. What other processes write in the
    meantime counts from the next process on.
    """

    folder: Path
    _kept: OrderedDict[Path, Entry] | None = None
    """The files as far as this store knows, the last used at the end; None: not listed yet."""
    _size: int = 0
    """Of all files in ``_kept``."""

    def read(self, key: str) -> bytes | None:
        """The bytes stored under ``key``; None where there are none that can be used."""
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
        self._count(Entry(time.time(), len(data), path))
        return data

    def write(self, key: str, data: bytes) -> None:
        """Store ``data`` under ``key`` unless it is too large; older files make room for it."""
        if len(data) > MAX_FILE_BYTES or not make_private(self.folder):
            return
        if self._kept is None:
            self.prune()
        path = self._path(key)
        if _written(path, data):
            self._count(Entry(time.time(), len(data), path))
            self._make_room()

    def drop(self, key: str) -> None:
        """Remove the file stored under ``key``."""
        self._discount(self._path(key))
        _removed(self._path(key))

    def entries(self) -> list[Entry]:
        """Every file of the cache, the last used first."""
        found = (entry for entry in self._files() if _OURS.fullmatch(entry.path.name))
        return sorted(found, reverse=True)

    def clear(self) -> list[Entry]:
        """Remove every cache file, and the folder if that leaves it empty.

        Returns:
            The files that were removed.
        """
        gone = [entry for entry in self.entries() if _removed(entry.path)]
        for entry in self._files():
            if _LEFT_OVER.fullmatch(entry.path.name):
                _removed(entry.path)
        with suppress(OSError, ValueError):
            self.folder.rmdir()
        self._kept = None
        return gone

    def prune(self) -> None:
        """List the folder, and remove what is too old, or too much."""
        self._kept, self._size = OrderedDict(), 0
        now, kept = time.time(), []
        for entry in self._files():
            if _OURS.fullmatch(entry.path.name):
                kept.append(entry)
            elif _LEFT_OVER.fullmatch(entry.path.name) and entry.used < now - _HOUR:
                # A writer that was killed leaves a part of a file; a living one is done in no time.
                _removed(entry.path)
        for entry in sorted(kept):
            self._count(entry)
        self._make_room(now - MAX_AGE_DAYS * _DAY)

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}{_SUFFIX}"

    def _count(self, entry: Entry) -> None:
        """Take ``entry`` for the file that was used last, once the folder is listed."""
        if self._kept is not None:
            self._discount(entry.path)
            self._kept[entry.path] = entry
            self._size += entry.size

    def _discount(self, path: Path) -> None:
        entry = None if self._kept is None else self._kept.pop(path, None)
        self._size -= 0 if entry is None else entry.size

    def _make_room(self, oldest: float = 0.0) -> None:
        """Remove the least recently used files until the rest is within the bounds.

        Args:
            oldest: files last used before it are removed in any case.
        """
        # `_kept` is in the order of use, so the first is the least recently used as far as this
        # process knows. Another one may have used it since: reading a file sets its time.
        while self._kept:
            entry = next(iter(self._kept.values()))
            within = self._size <= MAX_BYTES and len(self._kept) <= MAX_FILES
            if within and entry.used >= oldest:
                return
            self._discount(entry.path)
            found = _entry(entry.path)
            if found is not None and found.used > entry.used:
                self._count(found)  # it has been used since it was listed
            else:
                _removed(entry.path)

    def _files(self) -> Iterator[Entry]:
        with suppress(OSError, ValueError), os.scandir(self.folder) as entries:
            for entry in entries:
                with suppress(OSError):
                    status = entry.stat(follow_symlinks=False)
                    if stat.S_ISREG(status.st_mode):
                        yield Entry(status.st_mtime, status.st_size, Path(entry.path))


@cache
def store_of_process(folder: Path) -> Store:
    """The one store of this process for ``folder``."""
    return Store(folder)


def _entry(path: Path) -> Entry | None:
    try:
        status = path.lstat()
    except (OSError, ValueError):
        return None
    return Entry(status.st_mtime, status.st_size, path)


def _written(path: Path, data: bytes) -> bool:
    """Replace ``path`` by a file with ``data``, whole or not at all; return True on success.

    Unlike other outputs it does not wait until the disk has it, which takes longer than many a
    simulation: what a crash of the machine cuts short fails its checksum.
    """
    temporary = path.with_name(f".lrplan-{os.urandom(8).hex()}.tmp")
    try:
        with temporary.open("xb") as stream:
            stream.write(data)
        temporary.replace(path)
    except OSError:
        return False
    finally:
        _removed(temporary)  # gone already when all went well
    return True


def _removed(path: Path) -> bool:
    try:
        path.unlink()
    except (OSError, ValueError):
        return False
    return True
