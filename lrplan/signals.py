"""Signals that end the process: Ctrl-C, SIGTERM and SIGHUP leave no half-written file.

The handler raises ``StoppedError`` wherever the process happens to be, so every ``finally`` and
``with`` runs, and the temporary file of ``output.atomic_write`` goes away. Two moments are special:
while a module is imported, C++ code may be loading, which an exception would crash, so the process
ends at once; and once the process is ending anyway, ``ignore_signals`` lets nothing interrupt that.
Some packages catch every exception and raise another one: ``received_stop`` still has the first
signal.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from types import FrameType

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
_received: list[int] = []


class StoppedError(BaseException):
    """A signal asked the process to end.

    Not a ``KeyboardInterrupt``: packages catch that one and end the process in their own way.

    Args:
        number: of the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.status = 128 + number
        """The exit status of the process: 130 for Ctrl-C, which is signal 2."""


def install_signal_handlers() -> None:
    """Let a signal that ends the process raise ``StoppedError``, so that files are cleaned up."""
    for each in map(_signal, _NAMES):
        # What the caller has set to be ignored (nohup) stays so.
        if each is not None and signal.getsignal(each) is not signal.SIG_IGN:
            signal.signal(each, _stop)
    sys.unraisablehook = _print_unraisable


def restore_default_handlers() -> None:
    """Let signals do what they do in a new process of Python, for a program of the user's."""
    for each in map(_signal, _NAMES):
        if each is not None and signal.getsignal(each) is _stop:
            is_interrupt = each == signal.SIGINT
            signal.signal(each, signal.default_int_handler if is_interrupt else signal.SIG_DFL)
    sys.unraisablehook = sys.__unraisablehook__


def ignore_signals() -> None:
    """Ignore these signals from here on: the process is ending already."""
    for each in map(_signal, _NAMES):
        if each is not None:
            signal.signal(each, signal.SIG_IGN)


def received_stop() -> StoppedError | None:
    """The first ``StoppedError`` that was raised, even if a package has caught it, or None."""
    return StoppedError(_received[0]) if _received else None


def _signal(name: str) -> signal.Signals | None:
    return getattr(signal, name, None)


def _stop(number: int, frame: FrameType | None) -> None:
    _received.append(number)
    stop = StoppedError(number)
    if _is_importing(frame):
        # An exception crashes C++ code that is being loaded. Nothing is being written at this time.
        print_interrupted()
        os._exit(stop.status)
    raise stop


def print_interrupted() -> None:
    """Print ``interrupted`` to standard error, if that still works."""
    with suppress(OSError, ValueError, AttributeError):
        sys.stderr.write("interrupted\n")
        sys.stderr.flush()


def _is_importing(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


def _print_unraisable(unraisable: sys.UnraisableHookArgs) -> None:
    """Print exceptions that Python must drop, as in ``__del__``, except for ``StoppedError``."""
    if not isinstance(unraisable.exc_value, StoppedError):
        sys.__unraisablehook__(unraisable)
