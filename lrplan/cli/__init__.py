"""The command line: options and help. Each command is imported when it is called."""

from __future__ import annotations

import sys
from contextlib import suppress

from lrplan.cli.application import application
from lrplan.cli.bash_words import whole_words
from lrplan.cli.deferred_import import defer
from lrplan.errors import ExitStatus
from lrplan.output import discard_stdout, stdout_error

__all__ = ["app", "main"]


def __getattr__(name: str) -> object:
    """``app``, the program with all its commands: made when it is first asked for."""
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = application()
    return globals()[name]


def main() -> None:
    """Run the command line; ends the process with its exit status."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character shows its escape instead of a traceback.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    defer("numpy")
    try:
        try:
            with whole_words():
                application(*sys.argv[1:2])()
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()
    except KeyboardInterrupt:
        sys.exit(int(ExitStatus.INTERRUPTED))
    except BrokenPipeError:
        discard_stdout()
        sys.exit(int(ExitStatus.OK))
    except OSError as error:  # of --help and --version; a command has its error boundary
        discard_stdout()
        with suppress(OSError, ValueError, AttributeError):
            sys.stderr.write(f"error: {stdout_error(error)}\n")
        sys.exit(int(ExitStatus.USAGE))
