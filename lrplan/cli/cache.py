"""The commands below ``lrplan cache``."""

from __future__ import annotations

import typer

from lrplan.cli.command import SharedOptions, command
from lrplan.cli.help_text import TidyCommand, TidyGroup, examples_text
from lrplan.cli.options import quiet
from lrplan.errors import ExitStatus

cache = typer.Typer(
    cls=TidyGroup,
    no_args_is_help=True,
    epilog=examples_text(("lrplan cache info", "lrplan cache clear")),
    help="The cache of curves; for an unchanged spec, they are read without importing torch.",
)


@cache.command("dir", cls=TidyCommand)
@command()
def directory(shared: SharedOptions) -> ExitStatus:
    """Print the folder of the cache."""
    from lrplan.commands.cache import directory as run

    del shared
    return run()


@cache.command(cls=TidyCommand)
@command()
def info(shared: SharedOptions) -> ExitStatus:
    """Print the number and size of cached curves, and the limits."""
    from lrplan.commands.cache import info as run

    del shared
    return run()


@cache.command(cls=TidyCommand)
@command(quiet)
def clear(shared: SharedOptions) -> ExitStatus:
    """Remove every cached curve."""
    from lrplan.commands.cache import clear as run

    return run(shared.terminal)
