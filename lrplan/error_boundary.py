"""The boundary of a command, where an exception becomes a message and an exit status."""

from __future__ import annotations

import traceback
import warnings
from collections.abc import Callable

from lrplan._version import __version__
from lrplan.commands.terminal import Terminal
from lrplan.errors import ExitStatus, LrplanError, SpecError
from lrplan.input_files import record_inputs
from lrplan.signals import received_stop
from lrplan.text import pluralize
from lrplan.text_position import printable

_ARITHMETIC = "(overflow|underflow|invalid value|divide by zero) encountered"
_NO_MEMORY = "there is not enough memory for this: shorten the run, or name fewer schedules"


def error_boundary(
    command: Callable[[], ExitStatus], terminal: Terminal, *, debug: bool = False
) -> ExitStatus:
    """Run ``command``, and turn an exception into a message and an exit status.

    Args:
        command: what to run.
        terminal: where messages go.
        debug: show the traceback as well.

    Returns:
        The status that the command returns (``OK`` or ``FINDINGS``, see ``errors.ExitStatus``);
        ``USAGE`` for an ``LrplanError``, ``INTERNAL`` for any other exception, ``INTERRUPTED`` for
        Ctrl-C, ``OK`` if the reader of a pipe has closed it.

    Raises:
        StoppedError: a signal came, and what ``command`` raised may only have followed from it.
    """
    try:
        with warnings.catch_warnings():
            # Absurd numbers overflow; the curve shows the result, and rules report it.
            warnings.filterwarnings("ignore", _ARITHMETIC, RuntimeWarning)
            with record_inputs():
                return command()
    except KeyboardInterrupt:
        terminal.errors.print("interrupted")
        return ExitStatus.INTERRUPTED
    except BrokenPipeError:
        from lrplan.output import discard_stdout

        discard_stdout()
        return ExitStatus.OK
    except Exception as error:
        if (stop := received_stop()) is not None:
            raise stop from error
        if debug:
            traceback.print_exc()
        return _report(error, terminal)


def _report(error: Exception, terminal: Terminal) -> ExitStatus:
    if isinstance(error, MemoryError):
        error = LrplanError(_NO_MEMORY)
    elif isinstance(error, ImportError) and not (error.name or "lrplan").startswith("lrplan"):
        error = LrplanError(_not_importable(error))
    if isinstance(error, LrplanError):
        _print_error(error, terminal)
        return error.status
    _print_internal_error(error, terminal)
    return ExitStatus.INTERNAL


def _not_importable(error: ImportError) -> str:
    package = (error.name or "").partition(".")[0]
    return (
        f"{package} cannot be imported: {error}; lrplan needs it, and `pip install"
        f" --force-reinstall lrplan` puts it back"
    )


def _print_error(error: LrplanError, terminal: Terminal) -> None:
    if isinstance(error, SpecError):
        from lrplan.lint.runner import explain_problems
        from lrplan.render.finding_text import print_findings

        # In every command, a problem that a rule describes is shown under the name of the rule.
        print_findings(explain_problems(error.findings), terminal.errors, error.source)
        count = len(error.findings)
        terminal.errors.print(f"{count} {pluralize('problem', count)}")
    else:
        terminal.errors.print(
            f"[bold red]error[/]: {_escaped(str(error))}", soft_wrap=True, emoji=False
        )


def _escaped(text: str) -> str:
    return printable(text).replace("[", r"\[")


def _print_internal_error(error: Exception, terminal: Terminal) -> None:
    summary = _escaped(f"{type(error).__name__}: {error}")
    terminal.errors.print(
        f"[bold red]lrplan {__version__} failed[/]: {summary}\n"
        "This is a fault of lrplan, not of your spec; run again with --debug for the traceback,"
        " and please report it.",
        soft_wrap=True,
        emoji=False,
    )
