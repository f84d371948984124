"""A folder of cache files by key, kept below a size, a number and an age."""

from __future__ import annotations

import os
import re
import stat
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from lrplan.cache.folder import is_private, make_private
from lrplan.output import TEMPORARY_NAME

MAX_BYTES: Final = 256_000_000
"""The largest size of all files together; the least recently used is removed first."""

MAX_FILE_BYTES: Final = 32_000_000
"""The largest size of one file; a longer curve is not stored."""

MAX_FILES: Final = 20_000

MAX_AGE_DAYS: Final = 30
"""The number of days after its last use when a file is removed."""

CURVES: Final = ".curves"
"""The suffix of files with the curves of a plan."""

FINDINGS: Final = ".findings"
"""The suffix of files with the findings about a spec."""

_DAY = 86_400
_HOUR = 3_600
_OURS = re.compile(r"[0-9a-f]{64}\.(curves|findings)")
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


class CacheEntry(NamedTuple):
    """A cache file."""

    used: float
    """The time when it was last written or read, in seconds since 1970."""
    size: int
    name: str
    """The key and a suffix."""


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
    _kept: OrderedDict[str, CacheEntry] | None = None
    """The files by name as far as this store knows, the last used at the end; None: not listed."""
    _size: int = 0
    """The size of all files in ``_kept``, in bytes."""

    def read(self, key: str, suffix: str = CURVES) -> bytes | None:
        """The bytes stored under ``key``; None if there are none that can be used."""
        path = self._path(key + suffix)
        try:
            status = os.lstat(path)
            regular = stat.S_ISREG(status.st_mode)
            if not regular or status.st_size > MAX_FILE_BYTES or not is_private(self.folder):
                return None
            with open(path, "rb") as stream:  # noqa: PTH123  # thousands in a run: no Path for each
                data = stream.read()
        except (OSError, ValueError):
            return None
        with suppress(OSError):
            os.utime(path)
        self._add_entry(CacheEntry(time.time(), len(data), key + suffix))
        return data

    def write(self, key: str, data: bytes, suffix: str = CURVES) -> None:
        """Store ``data`` under ``key`` unless it is too large; older files make room for it."""
        if len(data) > MAX_FILE_BYTES or not make_private(self.folder):
            return
        if self._kept is None:
            self.prune()
        if self._replace_file(key + suffix, data):
            self._add_entry(CacheEntry(time.time(), len(data), key + suffix))
            self._make_room()

    def drop(self, key: str, suffix: str = CURVES) -> None:
        """Remove the file stored under ``key``."""
        self._drop_entry(key + suffix)
        _removed(self._path(key + suffix))

    def entries(self) -> list[CacheEntry]:
        """Every file of the cache, the last used first."""
        return sorted((each for each in self._files() if _OURS.fullmatch(each.name)), reverse=True)

    def clear(self) -> list[CacheEntry]:
        """Remove every cache file, and the folder if that leaves it empty.

        Returns:
            The files that were removed.
        """
        gone = [entry for entry in self.entries() if _removed(self._path(entry.name))]
        for entry in self._files():
            if TEMPORARY_NAME.fullmatch(entry.name):
                _removed(self._path(entry.name))
        with suppress(OSError, ValueError):
            self.folder.rmdir()
        self._kept = None
        return gone

    def prune(self) -> None:
        """List the folder, and remove files that are too old or too many."""
        self._kept, self._size = OrderedDict(), 0
        now, kept = time.time(), []
        for entry in self._files():
            if _OURS.fullmatch(entry.name):
                kept.append(entry)
            elif TEMPORARY_NAME.fullmatch(entry.name) and entry.used < now - _HOUR:
                # A file this old was left by a killed process: a running one is done at once.
                _removed(self._path(entry.name))
        for entry in sorted(kept):
            self._add_entry(entry)
        self._make_room(now - MAX_AGE_DAYS * _DAY)

    def _path(self, name: str) -> str:
        return f"{self.folder}{os.sep}{name}"

    def _add_entry(self, entry: CacheEntry) -> None:
        """Count ``entry`` as the file that was used last, if the folder has been listed."""
        if self._kept is not None:
            self._drop_entry(entry.name)
            self._kept[entry.name] = entry
            self._size += entry.size

    def _drop_entry(self, name: str) -> None:
        entry = None if self._kept is None else self._kept.pop(name, None)
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
            self._drop_entry(entry.name)
            found = self._entry(entry.name)
            if found is not None and found.used > entry.used:
                self._add_entry(found)  # it has been used since it was listed
            else:
                _removed(self._path(entry.name))

    def _files(self) -> Iterator[CacheEntry]:
        with suppress(OSError, ValueError), os.scandir(self.folder) as entries:
            for entry in entries:
                with suppress(OSError):
                    status = entry.stat(follow_symlinks=False)
                    if stat.S_ISREG(status.st_mode):
                        yield CacheEntry(status.st_mtime, status.st_size, entry.name)

    def _entry(self, name: str) -> CacheEntry | None:
        try:
            status = os.lstat(self._path(name))
        except (OSError, ValueError):
            return None
        return CacheEntry(status.st_mtime, status.st_size, name)

    def _replace_file(self, name: str, data: bytes) -> bool:
        """Replace file ``name`` by one with ``data``, whole or not at all; return True on success.

        Unlike other outputs it does not wait until the disk has it, which takes longer than many a
        simulation: what a crash of the machine cuts short fails its checksum.
        """
        temporary, is_in_place = self._path(f".lrplan-{os.urandom(8).hex()}.tmp"), False
        try:
            descriptor = os.open(temporary, _NEW_FILE, 0o600)
            try:
                written = os.write(descriptor, data)  # a stream would cost as much again
            finally:
                os.close(descriptor)
            if written == len(data):
                os.replace(temporary, self._path(name))  # noqa: PTH105  # no Path, as above
                is_in_place = True
        except (OSError, ValueError):
            return False
        finally:
            if not is_in_place:
                _removed(temporary)
        return is_in_place


@cache
def store_of_process(folder: Path) -> Store:
    """The one store of this process for ``folder``."""
    return Store(folder)


def _removed(path: str) -> bool:
    try:
        os.unlink(path)  # noqa: PTH108  # as above
    except (OSError, ValueError):
        return False
    return True
