"""Where a command prints: results, notes and errors never mix."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


class Terminal:
    """The consoles a command is handed; colour only where a stream is a terminal.

    A console is made when it is first used: a command that prints plain text needs no rich.

    Args:
        quiet: print no notes.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet

    @cached_property
    def results(self) -> Console:
        """Standard output: what was asked for."""
        return _console()

    @cached_property
    def notes(self) -> Console:
        """Standard error: what was written where, progress; silent when quiet."""
        return _console(stderr=True, quiet=self._quiet)

    @cached_property
    def errors(self) -> Console:
        """Standard error: what went wrong; never silent."""
        return _console(stderr=True)


def _console(*, stderr: bool = False, quiet: bool = False) -> Console:
    from rich.console import Console

    class PipedConsole(Console):
        def on_broken_pipe(self) -> None:
            # rich would end the process with 1, the status that means findings.
            raise BrokenPipeError

    return PipedConsole(stderr=stderr, quiet=quiet, highlight=False)
