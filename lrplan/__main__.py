"""The entry point of ``python -m lrplan`` and of the installed command ``lrplan``."""

from __future__ import annotations

import atexit
import os
import sys
import threading
from contextlib import suppress

from lrplan.pending_program import ProcessState, is_program_pending, take_pending_program
from lrplan.signals import (
    StoppedError,
    ignore_signals,
    install_signal_handlers,
    print_interrupted,
    received_stop,
    restore_default_handlers,
)


def main() -> None:
    """Run the command line; ends the process with its exit status.

    `lrplan record` stores the user's program; it is run after the command line has returned.
    """
    state = ProcessState()
    try:
        _run_command_line()
    except SystemExit:
        if not is_program_pending():
            raise
    # Outside of the `except` block: exceptions of the program are not chained to SystemExit.
    if is_program_pending():
        state.restore()
        restore_default_handlers()
        take_pending_program()()


def _run_command_line() -> None:
    install_signal_handlers()
    try:
        # Only now: what this imports takes longer than it takes to press Ctrl-C.
        from lrplan.cli import main as run

        run()
    except SystemExit as error:
        if is_program_pending():
            raise
        if received_stop() is None and "torch" in sys.modules and isinstance(error.code, int):
            ignore_signals()
            _end_at_once(error.code)
        raise
    except BaseException as error:
        # A package may have caught the StoppedError, and failed or ended in its own way.
        stop = error if isinstance(error, StoppedError) else received_stop()
        if stop is None:
            raise
        _end(stop)
    finally:
        if not is_program_pending():
            ignore_signals()


def _end_at_once(status: int) -> None:
    """End the process without destroying its objects, because torch needs long for that.

    Functions registered with ``atexit`` are called, and running threads are waited for.
    """
    if threading.active_count() > 1:
        return
    # If something fails here, the usual way of ending fails in the same way, and reports it.
    with suppress(Exception):
        atexit._run_exitfuncs()  # noqa: SLF001  # there is no public name, and none that is older
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
        os._exit(status)


def _end(stop: StoppedError) -> None:
    ignore_signals()
    print_interrupted()
    sys.exit(stop.status)


if __name__ == "__main__":
    main()
