"""The consoles of a command: results, notes and errors never mix."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from lrplan.errors import OutputError
from lrplan.output import discard_stdout, stdout_error, write_stdout
from lrplan.text_position import printable

if TYPE_CHECKING:
    from rich.console import Console

    from lrplan.destination import Destination


class Terminal:
    """The consoles that a command prints to; colour only if a stream is a terminal.

    A console is made when it is first used: a command that prints plain text needs no rich.

    Args:
        quiet: print no notes.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet

    @cached_property
    def results(self) -> Console:
        """Standard output: the result."""
        return _console()

    @cached_property
    def notes(self) -> Console:
        """Standard error: notes and progress; silent with ``--quiet``."""
        return _console(stderr=True, quiet=self._quiet)

    @cached_property
    def errors(self) -> Console:
        """Standard error: problems; never silent."""
        return _console(stderr=True)


def write_picture(data: bytes, where: Destination | None, terminal: Terminal) -> None:
    """Write a picture to a file, and note that; or to standard output, if there is no file."""
    if where is None:
        write_stdout(data)
        return
    where.write(data)
    terminal.notes.print(f"wrote {printable(str(where.path))}", markup=False, soft_wrap=True)


@contextmanager
def tolerate_closed_pipe() -> Iterator[None]:
    """Stop printing results quietly when the reader closes the pipe, as ``| head`` does.

    The command goes on after the block: its exit status and its other output stay the same.
    """
    try:
        yield
    except BrokenPipeError:
        discard_stdout()


def _console(*, stderr: bool = False, quiet: bool = False) -> Console:
    from rich.console import Console

    class CarefulConsole(Console):
        """A console that reports a closed or full stream as an ``OutputError``."""

        def on_broken_pipe(self) -> None:
            # rich would end the process with 1, the status that means findings.
            raise BrokenPipeError

        def print(self, *objects: Any, **options: Any) -> None:
            try:
                super().print(*objects, **options)
            except BrokenPipeError:
                if not stderr:
                    raise
            except (OSError, ValueError, AttributeError) as error:
                # Python has no stream, or a closed one, if the shell gave none.
                closed = self.file is None or self.file.closed
                if not (closed or isinstance(error, OSError)):
                    raise
                if not stderr:
                    discard_stdout()
                    cause = error if isinstance(error, OSError) else ValueError()
                    raise OutputError(stdout_error(cause)) from error

    return CarefulConsole(stderr=stderr, quiet=quiet, highlight=False)
