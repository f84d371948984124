"""The file that a command writes its result to, and checks that it replaces no other file."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from lrplan.errors import OutputError
from lrplan.input_files import input_same_as, note_input
from lrplan.output import atomic_write, to_bytes
from lrplan.text_position import printable

LOCK_SUFFIX = ".lrplan.lock"
"""The ending of the name of a lock file."""

LOCK_MARK = "# What every optimizer step is given, pinned by `lrplan lock`"
"""The first bytes of a lock file, whatever its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """A file that a command writes.

    Args:
        path: the file.
        option: the option that would name this file, such as ``-o lr.png``, for messages; empty if
            the user named the file on the command line. Links are followed only then: a path made
            from the name of a spec is in a folder that may belong to somebody else.
        is_lock: what is written is a lock.
    """

    path: Path
    option: str = ""
    is_lock: bool = False

    def check(self, *inputs: str) -> None:
        """Refuse to replace a file that must stay, before any work is done.

        Args:
            inputs: files that the command is going to read, besides those noted already.

        Raises:
            OutputError: the path is an input; it is a lock and the output is not, or the reverse;
                or it is a link or no regular file, and the user has not named it; or its folder
                does not exist.
        """
        for each in inputs:
            note_input(each)
        if self.option:
            self._check_default_path()
        # If a folder is missing, `x/../spec.yaml` is not a file yet, but can be written.
        target = self.path if self.option else _resolved(self.path)
        self._check_input(target)
        self._check_lock(target)
        self._check_folder(target.parent)

    @contextmanager
    def atomic_write(self) -> Iterator[BinaryIO]:
        """Open a binary file that replaces the path when the block ends without an error.

        Raises:
            OutputError: as ``check`` does, for inputs noted since; or the file cannot be written.
        """
        self.check()
        with atomic_write(self.path, follow=not self.option) as stream:
            yield stream

    def write(self, data: bytes | str) -> None:
        """Write ``data``, text as UTF-8: all of it, or nothing.

        Raises:
            OutputError: as ``atomic_write`` does.
        """
        with self.atomic_write() as stream:
            stream.write(to_bytes(data))

    def _check_default_path(self) -> None:
        try:
            mode = self.path.lstat().st_mode
        except (OSError, ValueError):
            return  # it is not there, or writing will say what is wrong with it
        if stat.S_ISLNK(mode):
            raise self._refused(
                f"it is a symbolic link to {self.path.readlink()}, which is followed only where"
                f" you name the output yourself: {self.option}"
            )
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
            raise self._refused(
                "it is a pipe or a device, which is written only where you name the output"
                f" yourself: {self.option}"
            )

    def _check_input(self, target: Path) -> None:
        name = input_same_as(target)
        if name is None:
            return
        if name == str(self.path):
            raise self._refused("it is an input of this command; name another output")
        source = "standard input" if name == "-" else name
        raise self._refused(
            f"it is the same file as {source}, an input of this command; name another output"
        )

    def _check_folder(self, folder: Path) -> None:
        try:
            missing = not folder.exists()
        except (OSError, ValueError):
            return  # writing will say what is wrong with it
        if missing:
            raise self._refused(f"the folder {self.path.parent} does not exist")

    def _check_lock(self, target: Path) -> None:
        replaces_lock = _is_lock(target)
        if replaces_lock is None or replaces_lock == self.is_lock:
            return
        if replaces_lock:
            raise self._refused("it is a lock, which only `lrplan lock` replaces")
        raise self._refused("it is no lock, and a lock replaces nothing else; name another file")

    def _refused(self, reason: str) -> OutputError:
        return OutputError(printable(f"cannot write {self.path}: {reason}"))


def destination_of(output: str | None) -> Destination | None:
    """The file that ``-o`` names; None for standard output, or without ``-o``."""
    return None if output in (None, "-") else Destination(path=Path(str(output)))


def _resolved(path: Path) -> Path:
    try:
        return Path(os.path.realpath(path))
    except (OSError, ValueError):
        return path  # writing will say what is wrong with it


def _is_lock(path: Path) -> bool | None:
    """Return True for a lock at ``path``, damaged or not; None if there is nothing to lose."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode) or not status.st_size:
            return None
        if path.name.lower().endswith(LOCK_SUFFIX):
            return True
        with path.open("rb") as file:
            return file.read(len(LOCK_MARK)) == LOCK_MARK.encode()
    except (OSError, ValueError):
        return None  # writing will say what is wrong with it
