"""The text of an exported file, and the error for one that cannot be used."""

from __future__ import annotations

from pathlib import Path

from lrplan.errors import LrplanError
from lrplan.limits import EXPORT_BYTES
from lrplan.specfile.files import UnreadableError, read_file
from lrplan.text_position import printable


def read_export(path: str | Path) -> str:
    """The text of an exported file.

    Raises:
        LrplanError: it is missing, no regular file, or no text.
    """
    try:
        return read_file(path, EXPORT_BYTES)
    except UnreadableError as error:
        raise refusal(path, str(error)) from None


def refusal(path: str | Path, message: str, line: int | None = None) -> LrplanError:
    """An error that names the file, and the line where there is one."""
    prefix = str(path) if line is None else f"{path}:{line}"
    return LrplanError(printable(f"{prefix}: {message}"))
