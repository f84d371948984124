"""Tracebacks of the user's own code, without the frames of lrplan and torch."""

from __future__ import annotations

import sysconfig
import traceback
from pathlib import Path

import torch

_LRPLAN = str(Path(__file__).parents[2])
_TORCH = str(Path(torch.__file__).parent)
_PYTHON = tuple({sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")})
_PACKAGES = ("/site-packages/", "/dist-packages/")
_FIRST, _LAST = 3, 5
_MAX_LENGTH = 500
"""Characters of a message."""


def one_line(error: BaseException) -> str:
    """An exception on one line: ``ZeroDivisionError: division by zero``."""
    kind = type(error).__name__
    if isinstance(error, SystemExit):
        return "it ends the process (SystemExit)"
    try:
        text = " ".join(str(error).split())
    except Exception:  # noqa: BLE001  # an exception's __str__ is the user's code as well
        text = ""
    text = text if len(text) <= _MAX_LENGTH else text[: _MAX_LENGTH - 3] + "..."
    return f"{kind}: {text}" if text else kind


def user_frames(error: BaseException) -> tuple[str, ...]:
    """The frames of the user's files on the way to ``error``, a line for each.

    A package's own frame is shown only when it is the last one; many frames are shortened.
    """
    frames = list(traceback.extract_tb(error.__traceback__))
    # From lrplan's call down to the raise, frames alternate: lrplan, the user's, torch's, perhaps
    # the user's again. The user's are shown, and the last frame, since that is where the error is:
    # a wrong shape given to a package's function is raised in the package.
    own_frames = [frame for frame in frames if _is_users(frame.filename)]
    if (
        own_frames
        and frames[-1] is not own_frames[-1]
        and not frames[-1].filename.startswith(_LRPLAN)
    ):
        own_frames.append(frames[-1])
    lines = [_line(frame) for frame in own_frames]
    if isinstance(error, SyntaxError) and error.filename is not None:
        lines.append(f"{_short(error.filename)}:{error.lineno}: {(error.text or '').strip()}")
    if len(lines) > _FIRST + _LAST:
        left_out = f"... {len(lines) - _FIRST - _LAST} more ..."
        lines = [*lines[:_FIRST], left_out, *lines[-_LAST:]]
    return tuple(lines)


def _is_users(file: str) -> bool:
    if file.startswith(("<", _LRPLAN, _TORCH)):
        return False
    return not is_installed(file)


def is_installed(file: str) -> bool:
    """Return True if a file is of Python or of an installed package."""
    inside = file.replace("\\", "/")
    return file.startswith(_PYTHON) or any(each in inside for each in _PACKAGES)


def _line(frame: traceback.FrameSummary) -> str:
    source = f": {frame.line}" if frame.line else ""
    return f"{_short(frame.filename)}:{frame.lineno} in {frame.name}{source}"


def _short(file: str) -> str:
    """The path of ``file``, relative to the working directory where it lies in it."""
    try:
        return str(Path(file).relative_to(Path.cwd()))
    except (ValueError, OSError):
        return file
