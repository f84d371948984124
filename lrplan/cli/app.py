"""The application that commands are registered with, and how each of them ends."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from lrplan._version import __version__
from lrplan.text_position import printable
from lrplan.workflow_commands import escape_text, standard_streams_escaped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lrplan.commands.terminal import Terminal
    from lrplan.errors import ExitStatus


class _Group(TyperGroup):
    """Prints names that come from strangers so that no terminal and no CI runner obeys them."""

    def main(self, *arguments: Any, **options: Any) -> Any:
        with standard_streams_escaped():
            return super().main(*arguments, **options)

    def make_context(self, *arguments: Any, **options: Any) -> Any:
        with _legible():
            return super().make_context(*arguments, **options)

    def invoke(self, ctx: Any) -> Any:
        with _legible():
            return super().invoke(ctx)


@contextmanager
def _legible() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        message = getattr(error, "message", None)
        if isinstance(message, str):
            # What was typed is quoted in it, and may be the name of any file.
            error.message = escape_text(printable(message))  # type: ignore[attr-defined]
        raise


app = typer.Typer(
    name="lrplan",
    cls=_Group,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="See and check PyTorch learning-rate schedules from a YAML spec, before the run.",
    epilog="Exit status: 0 fine, 1 findings, 2 wrong usage or a spec that cannot be used, "
    "3 a fault of lrplan's own.",
)


def _version(value: bool) -> None:
    if value:
        typer.echo(f"lrplan {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


def finish(
    run: Callable[[Terminal], ExitStatus], *, quiet: bool = False, debug: bool = False
) -> None:
    """Run a command with the consoles it needs; ends with its exit status."""
    from lrplan.commands.terminal import Terminal
    from lrplan.error_boundary import error_boundary

    terminal = Terminal(quiet=quiet)
    raise typer.Exit(int(error_boundary(lambda: run(terminal), terminal, debug=debug)))
