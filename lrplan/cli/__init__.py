"""The command line: options and help. Each command is imported when it is called."""

from __future__ import annotations

import sys
from contextlib import suppress

from lrplan.cli.app import app, app_with
from lrplan.cli.deferred_import import defer
from lrplan.errors import ExitStatus
from lrplan.output import discard_stdout, stdout_error

__all__ = ["app", "main"]


def main() -> None:
    """Run the command line; ends the process with its exit status."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character shows its escape instead of a traceback.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    defer("numpy")
    try:
        try:
            app_with(sys.argv[1:])()
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
