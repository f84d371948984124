"""Text of the files that a user names, read within limits, or the reason why it cannot be."""

from __future__ import annotations

import codecs
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from lrplan.errors import SpecError
from lrplan.finding import spec_problem
from lrplan.limits import FILE_BYTES, Limit
from lrplan.recipes import name_in, text_of
from lrplan.specfile.path_hint import hint_for
from lrplan.text_position import InputText, TextPosition, printable

MAX_BYTES = FILE_BYTES.default
"""The largest file that is read, in bytes, unless the environment says otherwise."""

RECORDING = b"lrplan recording "
"""The first bytes of a recording of any format."""

STDIN = "-"
"""The path that means standard input."""

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8-sig"),
)
# UTF-32 first: its mark begins with the one of UTF-16.


class UnreadableError(Exception):
    """A file that cannot be read as text.

    Args:
        message: why, without the name of the file.
        name: the problem's name in ``SPEC_PROBLEMS``.
        position: line and column of the trouble, in characters from 1.
    """

    def __init__(
        self, message: str, name: str = "unreadable-file", position: tuple[int, int] = (1, 1)
    ) -> None:
        super().__init__(message)
        self.name = name
        self.position = position


def is_file(path: str | Path) -> bool:
    """Return True if ``path`` is a regular file; False too for a name that no file can have."""
    with suppress(OSError, ValueError):
        return stat.S_ISREG(_mode(path))
    return False


def exists(path: str | Path) -> bool:
    """Return True if there is a file, a folder or anything else at ``path``."""
    with suppress(OSError, ValueError):
        _mode(path)
        return True
    return False


def is_folder(path: str | Path) -> bool:
    """Return True if ``path`` is a folder; False too for a name that no folder can have."""
    with suppress(OSError, ValueError):
        return stat.S_ISDIR(_mode(path))
    return False


def read_file(path: str | Path, limit: Limit = FILE_BYTES) -> str:
    """The text of a regular file, at most ``limit`` bytes long.

    Pipes and devices are refused: reading one may wait or go on for ever. So are virtual files
    such as those in ``/proc``, whose content is generated when they are read.

    Raises:
        UnreadableError: it is missing, not regular, not allowed, too large, or not text.
    """
    return decode(read_bytes(path, limit), limit)


def read_bytes(path: str | Path, limit: Limit = FILE_BYTES) -> bytes:
    """The content of a regular file, at most ``limit`` bytes long.

    Raises:
        UnreadableError: it is missing, not regular, not allowed, virtual, or too large.
    """
    with _explained(), _opened(path) as (file, size):
        if size > limit.value:
            raise _too_large(limit)
        # A virtual file reports size 0 and still gives bytes: one byte shows it.
        data: bytes | None = file.read(limit.value + 1 if size else 1)
    if data is None:  # there may be something to read later
        raise UnreadableError("this has nothing to read, like a pipe or a device")
    if data and not size:
        raise UnreadableError("this is a virtual file of the system, not a regular file")
    if len(data) > limit.value:
        raise _too_large(limit)
    return data


def read_head(path: str | Path, size: int) -> bytes:
    """The first ``size`` bytes of a regular file, however large it is; none of a virtual file.

    Raises:
        UnreadableError: it is missing, not regular, or not allowed.
    """
    with _explained(), _opened(path) as (file, whole):
        # Nothing of a virtual file: reading one, such as /proc/kmsg, may wait for ever.
        return file.read(size) if whole else b""


def read_text(path: str | Path) -> InputText:
    """The text of a spec.

    Args:
        path: a regular file, ``recipe:NAME``, or ``-`` for standard input.

    Raises:
        SpecError: it cannot be read, is not text, or is larger than ``limits.FILE_BYTES``. UTF-8 is
            expected; UTF-16 and UTF-32 are read when they begin with a byte order mark.
        UsageError: there is no such recipe.
    """
    if (recipe := name_in(path)) is not None:
        return InputText(str(path), text_of(recipe))
    piped = str(path) == STDIN
    name = "<stdin>" if piped else str(path)
    try:
        return InputText(name, _read_stdin(sys.stdin) if piped else read_file(path))
    except UnreadableError as error:
        line, column = error.position
        place = TextPosition(line, column, line, column + 1)
        fix = "" if piped else hint_for(path)
        finding = spec_problem(error.name, str(error), place=place, file=name, fix=fix)
        raise SpecError([finding]) from None


@contextmanager
def _opened(path: str | Path) -> Iterator[tuple[IO[bytes], int]]:
    """A regular file, open for reading, and the size that it reports."""
    _check_kind(_mode(path))  # before it is opened: that may wait
    # O_NONBLOCK: opening a pipe would wait for a writer. The path was checked a moment ago, but a
    # pipe may have taken the file's place since, so the open file is checked once more.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags), "rb") as file:
        status = os.fstat(file.fileno())
        _check_kind(status.st_mode)
        yield file, status.st_size


@contextmanager
def _explained() -> Iterator[None]:
    """Turn what the file system raises into the reason why a file cannot be read."""
    try:
        yield
    except FileNotFoundError:
        raise UnreadableError("there is no such file") from None
    except OSError as error:
        raise UnreadableError(f"this file cannot be read: {error.strerror or error}") from None
    except ValueError as error:
        # A NUL or a lone surrogate in the path.
        reason = printable(str(error))
        raise UnreadableError(f"this is not the name of a file: {reason}") from None


def _mode(path: str | Path) -> int:
    if not str(path):  # pathlib takes the empty name for the working directory
        raise FileNotFoundError
    return Path(path).stat().st_mode


def _check_kind(mode: int) -> None:
    if not stat.S_ISREG(mode):
        kind = "a folder" if stat.S_ISDIR(mode) else "a pipe or a device"
        raise UnreadableError(f"this is {kind}, not a regular file")


def _too_large(limit: Limit) -> UnreadableError:
    message = f"this is larger than {limit.value / 1e6:g} MB; {limit.hint}"
    return UnreadableError(message, "over-budget")


def decode(data: bytes, limit: Limit = FILE_BYTES) -> str:
    """``data`` as text: UTF-8, or what its byte order mark says.

    Raises:
        UnreadableError: more than ``limit`` bytes, binary, or not valid in its encoding.
    """
    if len(data) > limit.value:
        raise _too_large(limit)
    encoding = next((name for mark, name in _BYTE_ORDER_MARKS if data.startswith(mark)), "utf-8")
    # Binary files are often valid UTF-8 for a while; a zero byte shows them, except in UTF-16 and
    # -32, where every other byte of plain English is one.
    zero = data.find(b"\0") if encoding.startswith("utf-8") else -1
    if data.startswith(RECORDING):
        raise UnreadableError("this is a recording of lrplan, which has curves and no plan")
    if zero >= 0:
        raise UnreadableError(
            f"this is a binary file, not text (byte {zero + 1} is zero)",
            position=_position(data[:zero], encoding),
        )
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableError(
            f"this is not valid {encoding.removesuffix('-sig').upper()}"
            f" (byte {error.start + 1}: 0x{data[error.start]:02x})",
            position=_position(data[: error.start], encoding),
        ) from None


def _read_stdin(stdin: IO[str] | IO[bytes] | None) -> str:
    if stdin is None:
        raise UnreadableError("standard input is closed")
    try:
        data = getattr(stdin, "buffer", stdin).read(FILE_BYTES.value + 1)
    except (OSError, ValueError) as error:
        raise UnreadableError(f"standard input cannot be read: {error}") from None
    # A pipe that does not block gives None when nothing has arrived.
    return decode(data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data or b"")


def _position(preceding: bytes, encoding: str) -> tuple[int, int]:
    """Line and column, from 1, of the byte after ``preceding``."""
    lines = (preceding.decode(encoding, errors="replace") + "|").splitlines()
    return len(lines), len(lines[-1])
