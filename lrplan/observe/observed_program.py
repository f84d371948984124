"""Runs a program under observation, and ends its recording however the program ends."""

from __future__ import annotations

import atexit
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

from lrplan.observe.installation import Installation
from lrplan.observe.recorder import Recorder
from lrplan.observe.script import Program
from lrplan.observe.stop import Stop

AtEnd = Callable[[Recorder], int]
"""Called once with the recorder; returns the status that the process is to have instead of 0."""


class ObservedProgram:
    """A program that runs in this process, and is observed.

    The recording ends when the last function of the program has run: after threads have ended and
    what it registered with ``atexit`` has been called. A signal that ends the process at once ends
    the recording first.

    Args:
        program: what to run.
        at_end: is given the recorder.
        steps: stop after this many steps.
        epochs: stop after this many epochs.
    """

    def __init__(
        self,
        program: Program,
        at_end: AtEnd,
        *,
        steps: int | None = None,
        epochs: int | None = None,
    ) -> None:
        self.program = program
        self.recorder = Recorder(program.file)
        self.stop = Stop(self.recorder, steps, epochs)
        self._installation = Installation(self.recorder, self.stop.at_epoch)
        self._at_end = at_end
        self._process = os.getpid()
        self._is_success = False
        self._is_interrupted = False
        self._has_ended = False

    def run(self) -> None:
        """Run the program; what it raises, ``SystemExit`` among it, comes out."""
        # Registered first, so that it is called last.
        atexit.register(self._exit)
        for name in ("SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is signal.SIG_DFL:
                with suppress(ValueError, OSError):  # not in the main thread
                    signal.signal(number, self._signalled)
        _at_fork(self.recorder)
        self._installation.install()
        ending = "failed"
        try:
            self.program.run()
            ending, self._is_success = "finished", True
        except SystemExit as error:
            self._is_success = error.code in {None, 0}
            ending = "finished" if self._is_success else "failed"
            raise
        except KeyboardInterrupt:
            ending, self._is_interrupted = "interrupted", True
            raise
        finally:
            if self.recorder.ending == "unknown":
                self.recorder.ending = ending

    def _exit(self) -> None:
        status = self._end()
        if self._is_interrupted and not self.program.is_module and os.name != "nt":
            # As Python ends a script: by the signal. Started as `python -m lrplan`, it would end
            # with 1, as it does for modules.
            _flush()
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGINT)
        if status and self._is_success:
            _flush()
            # Nothing else can change the status from here.
            os._exit(status)

    def _signalled(self, number: int, _: FrameType | None) -> None:
        if os.getpid() == self._process:
            self.recorder.ending = "interrupted"
            self._is_success = False
            self._end()
        # The process dies of the signal, as it would have done.
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    def _end(self) -> int:
        """End the recording, once and in this process only; return the status asked for."""
        if self._has_ended or os.getpid() != self._process:
            return 0
        self._has_ended = True
        self._installation.remove()
        return self._at_end(self.recorder)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()


def _at_fork(recorder: Recorder) -> None:
    """Let a process that is forked off forget what its parent has recorded."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=recorder.clear)
