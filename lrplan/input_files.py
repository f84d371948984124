"""The files that a command reads or that its input names, so that no output replaces one."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path

_STDIN = "-"
_noted: ContextVar[dict[str, None] | None] = ContextVar("inputs", default=None)


@contextmanager
def record_inputs() -> Iterator[None]:
    """Record the paths given to ``note_input`` until the end of the block, which is one command."""
    token = _noted.set({})
    try:
        yield
    finally:
        _noted.reset(token)


def note_input(path: str | Path) -> None:
    """Record that the command reads ``path``, or that one of its inputs names ``path``.

    The file need not exist, and is not looked at. ``-`` is standard input.
    """
    noted = _noted.get()
    if noted is not None:
        noted[str(path)] = None


def input_same_as(path: Path) -> str | None:
    """The noted input that is the same file as ``path``; None if there is none.

    Links, other spellings and standard input count as the same file.
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
