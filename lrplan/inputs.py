"""The files that a command reads or is told of, so that no output takes the place of one."""

from __future__ import annotations

import os
import stat
import sys
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_STDIN = "-"
_noted: ContextVar[dict[str, None] | None] = ContextVar("inputs", default=None)


@contextmanager
def inputs_noted() -> Iterator[None]:
    """Keep what ``note_input`` is told until the end of the block, which is one command."""
    token = _noted.set({})
    try:
        yield
    finally:
        _noted.reset(token)


def note_input(path: str | Path) -> None:
    """Say that the command reads ``path``, or that an input of it names ``path``.

    The file need not exist, and is not looked at. ``-`` is standard input.
    """
    noted = _noted.get()
    if noted is not None:
        noted[str(path)] = None


def input_at(path: Path) -> str | None:
    """The input that is the same file as ``path``, as it was noted; None when none is.

    It is the same by whatever name: through links, in other spellings, as standard input.
    """
    with suppress(OSError, ValueError):
        status = path.stat()
        if stat.S_ISREG(status.st_mode):
            return next((each for each in _noted.get() or () if _is_same(each, path, status)), None)
    return None


def _is_same(name: str, path: Path, status: os.stat_result) -> bool:
    try:
        own = os.fstat(sys.stdin.fileno()) if name == _STDIN else os.stat(name)  # noqa: PTH116
    except FileNotFoundError:
        return False
    except (OSError, ValueError, AttributeError):  # a closed folder, no name of a file, no stream
        return _normalized(name) == _normalized(str(path))
    return os.path.samestat(own, status)


def _normalized(name: str) -> str:
    with suppress(OSError, ValueError):
        name = os.path.realpath(name)
    return os.path.normcase(name)
