"""The commands below ``lrplan cache``."""

from __future__ import annotations

import typer

from lrplan.cli.command import SharedOptions, command
from lrplan.cli.options import quiet
from lrplan.errors import ExitStatus

cache = typer.Typer(
    no_args_is_help=True,
    help="Curves kept from earlier calls: an unchanged spec is shown without loading torch.",
)


@cache.command("dir")
@command()
def directory(shared: SharedOptions) -> ExitStatus:
    """Print the folder that curves are kept in."""
    from lrplan.commands.cache import directory as run

    del shared
    return run()


@cache.command()
@command()
def info(shared: SharedOptions) -> ExitStatus:
    """Print how many curves are kept, and how many may be."""
    from lrplan.commands.cache import info as run

    del shared
    return run()


@cache.command()
@command(quiet)
def clear(shared: SharedOptions) -> ExitStatus:
    """Remove every curve that is kept."""
    from lrplan.commands.cache import clear as run

    return run(shared.terminal)
