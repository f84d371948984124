"""What went wrong in the user's own code: their frames, and none of ours."""

from __future__ import annotations

import sysconfig
import traceback
from pathlib import Path

import torch

_OURS = str(Path(__file__).parents[2])
_TORCH = str(Path(torch.__file__).parent)
_PYTHON = tuple({sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")})
_PACKAGES = ("site-packages", "dist-packages")
_FIRST, _LAST = 3, 5
_LONGEST = 500
"""Characters of a message."""


def one_line(error: BaseException) -> str:
    """``ZeroDivisionError: division by zero``, on one line, whatever the exception is."""
    kind = type(error).__name__
    if isinstance(error, SystemExit):
        return "it ends the process (SystemExit)"
    try:
        text = " ".join(str(error).split())
    except Exception:  # noqa: BLE001  # an exception's __str__ is the user's code as well
        text = ""
    text = text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
    return f"{kind}: {text}" if text else kind


def user_frames(error: BaseException) -> tuple[str, ...]:
    """The way through the user's files to where ``error`` was raised, a line for each frame.

    A package's own frame is shown only when it is the last one; many frames are shortened.
    """
    frames = list(traceback.extract_tb(error.__traceback__))
    kept = [frame for frame in frames if _is_users(frame.filename)]
    if kept and frames[-1] is not kept[-1] and not frames[-1].filename.startswith(_OURS):
        kept.append(frames[-1])
    lines = [_line(frame) for frame in kept]
    if isinstance(error, SyntaxError) and error.filename is not None:
        lines.append(f"{_short(error.filename)}:{error.lineno}: {(error.text or '').strip()}")
    if len(lines) > _FIRST + _LAST:
        left_out = f"... {len(lines) - _FIRST - _LAST} more ..."
        lines = [*lines[:_FIRST], left_out, *lines[-_LAST:]]
    return tuple(lines)


def _is_users(file: str) -> bool:
    if file.startswith(("<", _OURS, _TORCH)):
        return False
    parts = Path(file).parts
    return not file.startswith(_PYTHON) and not any(each in parts for each in _PACKAGES)


def _line(frame: traceback.FrameSummary) -> str:
    source = f": {frame.line}" if frame.line else ""
    return f"{_short(frame.filename)}:{frame.lineno} in {frame.name}{source}"


def _short(file: str) -> str:
    """Relative to the working directory where it is inside of that."""
    try:
        return str(Path(file).relative_to(Path.cwd()))
    except (ValueError, OSError):
        return file
