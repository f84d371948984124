"""The commands below ``lrplan cache``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from lrplan.cli.app import app, finish
from lrplan.cli.options import Debug, Quiet

if TYPE_CHECKING:
    from lrplan.commands.terminal import Terminal
    from lrplan.errors import ExitStatus

cache = typer.Typer(
    no_args_is_help=True,
    help="Curves known from earlier calls, by which an unchanged spec needs no torch.",
)
app.add_typer(cache, name="cache")


@cache.command("dir")
def directory(debug: Debug = False) -> None:
    """Print the folder that curves are kept in."""

    def run(_: Terminal) -> ExitStatus:
        from lrplan.commands.cache import directory as command

        return command()

    finish(run, debug=debug)


@cache.command()
def info(debug: Debug = False) -> None:
    """Say how many curves are kept, and how many may be."""

    def run(_: Terminal) -> ExitStatus:
        from lrplan.commands.cache import info as command

        return command()

    finish(run, debug=debug)


@cache.command()
def clear(quiet: Quiet = False, debug: Debug = False) -> None:
    """Remove every curve that is kept."""

    def run(terminal: Terminal) -> ExitStatus:
        from lrplan.commands.cache import clear as command

        return command(terminal)

    finish(run, quiet=quiet, debug=debug)
