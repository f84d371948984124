"""The command line: options and help. Each command is imported when it is called."""

from __future__ import annotations

import sys

from lrplan.cli import curves, findings, names
from lrplan.cli.app import app
from lrplan.errors import ExitStatus

__all__ = ["app", "curves", "findings", "main", "names"]


def main() -> None:
    """Run the command line; ends the process with its exit status."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character shows its escape instead of a traceback.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(int(ExitStatus.INTERRUPTED))
