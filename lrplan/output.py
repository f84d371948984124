"""Atomic writing of files, and writing to standard output that may be closed, full or a pipe."""

from __future__ import annotations

import errno
import os
import re
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, TextIO

from lrplan.errors import OutputError
from lrplan.text_position import printable
from lrplan.workflow_commands import EscapingStream

_REASONS = {
    errno.ENOENT: "the folder {folder} does not exist",
    errno.ENOTDIR: "{folder} is not a folder",
    errno.EISDIR: "it is a folder",
    errno.ENOSPC: "no space is left on the disk",
    errno.EDQUOT: "the disk quota is used up",
    errno.EROFS: "the file system is read-only",
    errno.ELOOP: "its symbolic links go round in a circle",
}
_NO_PERMISSION = {errno.EACCES, errno.EPERM}
_NOT_OFFERED = {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOTTY}
"""The errors of a file system that does not have an operation at all."""

TEMPORARY_NAME = re.compile(r"\.lrplan-[0-9a-f]{16}\.tmp")
_ABANDONED_SECONDS = 3600
"""A temporary file that was not written to for this long was left by a process that was killed."""


def write(path: Path, data: bytes | str) -> None:
    """Write ``data`` to ``path``: all of it, or nothing.

    Args:
        path: the file to write; a symbolic link is followed.
        data: the content; text is written as UTF-8 with its line ends as they are.

    Raises:
        OutputError: the file could not be written; what was there before still is.
    """
    with atomic_write(path) as stream:
        stream.write(to_bytes(data))


@contextmanager
def atomic_write(path: Path, *, follow: bool = True) -> Iterator[BinaryIO]:
    """Open a binary file that replaces ``path`` when the block ends without an error.

    The bytes are written to a new file in the same folder, which is renamed at the end: a reader
    sees the old content or the new, never a part. An existing file keeps its permissions, a new one
    follows the umask, a symbolic link keeps pointing where it did. What cannot be replaced (a
    device, a named pipe) is written directly.

    Args:
        path: where the file is to be.
        follow: write what a symbolic link points to, and devices. Otherwise the new file replaces
            whatever is there, also a link that was created a moment ago.

    Raises:
        OutputError: a file operation failed, in the block or here. Any exception that leaves the
            block also leaves the old file untouched, and no new one.
    """
    try:
        with _open(path, follow=follow) as stream:
            yield stream
    except OSError as error:
        message = f"cannot write {printable(str(path))}: {_reason(path, error)}"
        raise OutputError(message) from error
    except ValueError as error:
        if not _is_invalid_name(path):
            raise
        raise OutputError(f"{printable(str(path))} is not the name of a file") from error


def write_stdout(data: bytes | str) -> bool:
    """Write ``data`` to standard output, text as UTF-8.

    When the reader has closed the pipe (``| head``), the rest is dropped without an error.

    Returns:
        False if there is no reader any more, so that the caller can stop.

    Raises:
        OutputError: standard output is closed or full, or is a terminal and ``data`` is binary.
    """
    stdout: TextIO | None = sys.stdout
    if stdout is None:
        raise OutputError("cannot write to standard output: it is closed")
    content = to_bytes(data)
    if b"\0" in content and stdout.isatty():
        raise OutputError("binary output is not for a terminal: redirect it, or name a file")
    try:
        _send(stdout, content)
    except BrokenPipeError:
        discard_stdout()
        return False
    except (OSError, ValueError) as error:  # ValueError: the stream has been closed
        discard_stdout()
        raise OutputError(stdout_error(error)) from error
    return True


def stdout_error(error: OSError | ValueError) -> str:
    """The message for an ``error`` that writing to standard output raised."""
    reason = _reason_of(error) if isinstance(error, OSError) else "it is closed"
    return f"cannot write to standard output: {reason}"


def discard_stdout() -> None:
    """Redirect standard output to the null device, after writing to it has failed.

    What is still buffered would fail once more when the interpreter flushes it at its exit, with a
    traceback. ``dup2`` lets the same file descriptor, which the buffer belongs to, lead to the null
    device, so that the flush succeeds.
    """
    with suppress(AttributeError, OSError, ValueError):  # closed, or not a real file
        descriptor = sys.stdout.fileno()
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), descriptor)


def _is_invalid_name(path: Path) -> bool:
    """Return True if no file can have this name: it holds a NUL, or a lone surrogate."""
    try:
        return b"\0" in os.fsencode(path)
    except ValueError:
        return True


def to_bytes(data: bytes | str) -> bytes:
    """The bytes of ``data``, text as UTF-8."""
    # A name taken from a spec may hold lone surrogates, which UTF-8 has no bytes for.
    return data.encode("utf-8", "backslashreplace") if isinstance(data, str) else data


@contextmanager
def _open(path: Path, *, follow: bool) -> Iterator[BinaryIO]:
    existing = _status(path, follow=follow)
    if not follow:
        with _open_temporary(path, existing) as stream:
            yield stream
    elif existing is None or stat.S_ISREG(existing.st_mode):
        # Of a link it is the target that is replaced: the temporary file has to be in its folder,
        # since a file moves in one go only within a file system.
        with _open_temporary(Path(os.path.realpath(path)), existing) as stream:
            yield stream
    else:
        with path.open("wb") as stream:
            yield stream


def _status(path: Path, *, follow: bool) -> os.stat_result | None:
    try:
        return path.stat() if follow else path.lstat()
    except FileNotFoundError:
        return None


@contextmanager
def _open_temporary(target: Path, existing: os.stat_result | None) -> Iterator[BinaryIO]:
    """Open a new file beside ``target`` that replaces it when the block ends without an error.

    Writing ``a/out.csv``: all bytes go to ``a/.lrplan-5f0c....tmp``, which nobody else can have
    opened (``x``: it must be new), and which gets the permissions of the old file. ``fsync`` has
    them on the disk before the name changes hands, so that a power cut leaves the old file or the
    new one. ``replace`` then renames it over ``a/out.csv`` in one step, on Windows too. On a file
    system without ``fsync`` or permissions, these are left out.
    """
    replaced = None if existing is None or not stat.S_ISREG(existing.st_mode) else existing
    if replaced is not None and not os.access(target, os.W_OK):
        # Replacing needs a writable folder only; a file made read-only is meant to stay.
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    _remove_abandoned(target.parent)
    temporary = target.with_name(f".lrplan-{os.urandom(8).hex()}.tmp")
    try:
        with temporary.open("xb") as stream:
            if replaced is not None:
                # A file of one's own takes any permissions, unless its file system has none.
                with _ignore_unsupported(errno.EPERM):
                    temporary.chmod(stat.S_IMODE(replaced.st_mode))
            yield stream
            stream.flush()
            with _ignore_unsupported():
                os.fsync(stream.fileno())
        temporary.replace(target)
    finally:
        # Already renamed if nothing failed; a failed clean-up must not hide the first failure.
        with suppress(OSError):
            temporary.unlink()


def _remove_abandoned(folder: Path) -> None:
    """Remove temporary files that killed processes have left in ``folder``."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if TEMPORARY_NAME.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                age = time.time() - entry.stat(follow_symlinks=False).st_mtime
                if age > _ABANDONED_SECONDS:
                    with suppress(OSError):
                        Path(entry.path).unlink()


@contextmanager
def _ignore_unsupported(*also: int) -> Iterator[None]:
    """Ignore the errors of a file system without this operation, and those in ``also``."""
    try:
        yield
    except OSError as error:
        if error.errno not in {*_NOT_OFFERED, *also}:
            raise


def _reason(path: Path, error: OSError) -> str:
    folder = path.parent
    if error.errno in _NO_PERMISSION:
        blocked = "the file" if os.access(folder, os.W_OK) else f"the folder {folder}"
        return printable(f"no permission to write to {blocked}")
    if error.errno == errno.ENOENT and folder.is_dir():
        return "no file can be made there"  # as in /proc, or behind a link to nowhere
    return printable(_reason_of(error).replace("{folder}", str(folder)))


def _reason_of(error: OSError) -> str:
    reason = _REASONS.get(error.errno) if error.errno is not None else None
    return reason or (error.strerror or str(error)).lower()


def _send(stdout: TextIO, content: bytes) -> None:
    stdout.flush()
    binary = getattr(stdout, "buffer", None)
    if binary is None:
        # Formats for programs are escaped already, or contain such commands on purpose.
        text = content.decode("utf-8", "replace")
        (stdout.stream if isinstance(stdout, EscapingStream) else stdout).write(text)
    else:
        rest = memoryview(content)
        while rest:  # an unbuffered stream (python -u) may take a part at a time
            rest = rest[binary.write(rest) :]
    stdout.flush()
