"""Reads text from files that a user names, and says plainly why one cannot be read."""

from __future__ import annotations

import codecs
import stat
from pathlib import Path

MAX_BYTES = 10_000_000
"""The largest file that is read, in bytes."""

_MARKS = (
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


def read_file(path: str | Path, limit: int = MAX_BYTES) -> str:
    """The text of a regular file, at most ``limit`` bytes long.

    Pipes and devices are refused: reading one may wait or go on for ever.

    Raises:
        UnreadableError: it is missing, not regular, not allowed, too large, or not text.
    """
    try:
        mode = Path(path).stat().st_mode
        if stat.S_ISREG(mode):
            with Path(path).open("rb") as file:
                return decode(file.read(limit + 1), limit)
    except FileNotFoundError:
        raise UnreadableError("there is no such file") from None
    except OSError as error:
        raise UnreadableError(f"this file cannot be read: {error.strerror or error}") from None
    except ValueError as error:
        # decode() raises no ValueError: this is a NUL or a lone surrogate in the path.
        raise UnreadableError(f"this is not the name of a file: {error}") from None
    kind = "a folder" if stat.S_ISDIR(mode) else "a pipe or a device"
    raise UnreadableError(f"this is {kind}, not a regular file")


def decode(data: bytes, limit: int = MAX_BYTES) -> str:
    """``data`` as text: UTF-8, or what its byte order mark says.

    Raises:
        UnreadableError: more than ``limit`` bytes, binary, or not valid in its encoding.
    """
    if len(data) > limit:
        raise UnreadableError(f"this is larger than {limit / 1e6:g} MB", "over-budget")
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8")
    zero = data.find(b"\0") if encoding.startswith("utf-8") else -1
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


def _position(before: bytes, encoding: str) -> tuple[int, int]:
    """Line and column, from 1, of what follows ``before``."""
    lines = (before.decode(encoding, errors="replace") + "|").splitlines()
    return len(lines), len(lines[-1])
