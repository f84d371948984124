"""Stopping when told to, at any moment: quietly, with nothing half written left behind."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
_received: list[int] = []


class StoppedError(BaseException):
    """The process was told to stop.

    No ``KeyboardInterrupt``: packages catch that one and end the process in ways of their own.

    Args:
        number: of the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.status = 128 + number
        """What the process says when it ends; 130 for Ctrl-C."""


def install() -> None:
    """Let a signal that ends the process raise ``StoppedError``, so that files are cleaned up."""
    for each in map(_signal, _NAMES):
        # What the caller has set to be ignored (nohup) stays so.
        if each is not None and signal.getsignal(each) is not signal.SIG_IGN:
            signal.signal(each, _stop)
    sys.unraisablehook = _tell_of_the_rest


def ignore() -> None:
    """From here on it is too late to stop: what is left is to end."""
    for each in map(_signal, _NAMES):
        if each is not None:
            signal.signal(each, signal.SIG_IGN)


def received() -> StoppedError | None:
    """What was raised, be it that some package caught it and failed in another way."""
    return StoppedError(_received[0]) if _received else None


def _signal(name: str) -> signal.Signals | None:
    return getattr(signal, name, None)


def _stop(number: int, frame: FrameType | None) -> None:
    _received.append(number)
    stop = StoppedError(number)
    if _is_importing(frame):
        # C++ that is being loaded dies of an exception, loudly; nothing is being written yet.
        print_interrupted()
        os._exit(stop.status)
    raise stop


def print_interrupted() -> None:
    """Tell that the process was stopped, where there is anybody to tell."""
    with suppress(OSError, ValueError, AttributeError):
        sys.stderr.write("interrupted\n")
        sys.stderr.flush()


def _is_importing(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


def _tell_of_the_rest(unraisable: sys.UnraisableHookArgs) -> None:
    """Python writes of what it must drop, as in ``__del__``; a signal needs no such notice."""
    if not isinstance(unraisable.exc_value, StoppedError):
        sys.__unraisablehook__(unraisable)
