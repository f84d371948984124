"""The one place where an exception becomes a message and an exit status."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING

from lrplan._version import __version__
from lrplan.errors import ExitStatus, LrplanError, SpecError
from lrplan.source import printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from lrplan.commands.terminal import Terminal


def guarded(
    command: Callable[[], ExitStatus], terminal: Terminal, *, debug: bool = False
) -> ExitStatus:
    """Run ``command``; what it raises is said in a line or two, and decides the status.

    With ``debug`` the traceback is shown as well.
    """
    try:
        return command()
    except KeyboardInterrupt:
        terminal.errors.print("interrupted")
        return ExitStatus.INTERRUPTED
    except BrokenPipeError:
        from lrplan.output import forget_stdout

        forget_stdout()
        return ExitStatus.OK
    except LrplanError as error:
        if debug:
            traceback.print_exc()
        _say(error, terminal)
        return error.status
    except Exception as error:  # noqa: BLE001  # whatever is left is our fault
        return _own_fault(error, terminal, debug=debug)


def _say(error: LrplanError, terminal: Terminal) -> None:
    if isinstance(error, SpecError):
        from lrplan.render.findings import print_findings

        print_findings(error.findings, terminal.errors, error.source)
        count = len(error.findings)
        terminal.errors.print(f"{count} problem{'' if count == 1 else 's'}")
    else:
        terminal.errors.print(
            f"[bold red]error[/]: {_escaped(str(error))}", soft_wrap=True, emoji=False
        )


def _escaped(text: str) -> str:
    return printable(text).replace("[", r"\[")


def _own_fault(error: Exception, terminal: Terminal, *, debug: bool) -> ExitStatus:
    if debug:
        traceback.print_exc()
    summary = _escaped(f"{type(error).__name__}: {error}")
    terminal.errors.print(
        f"[bold red]lrplan {__version__} failed[/]: {summary}\n"
        "This is a fault of lrplan, not of your spec; run again with --debug for the traceback,"
        " and please report it.",
        soft_wrap=True,
        emoji=False,
    )
    return ExitStatus.INTERNAL
