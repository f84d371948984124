"""``lrplan sources``."""

from __future__ import annotations

from typing import Annotated

import typer

from lrplan.cli.command import SharedOptions, command
from lrplan.cli.options import ListFormat, ListFormatOption, quiet
from lrplan.errors import ExitStatus

EXAMPLES = (
    "lrplan sources",
    "lrplan sources configs",
)
"""Command lines at the end of the help."""


@command(quiet)
def sources(
    shared: SharedOptions,
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="PATH", help="Files and folders to look through."),
    ] = None,
    output_format: ListFormatOption = ListFormat.text,
) -> ExitStatus:
    """List the configs that lrplan reads, or those in a folder and what each lacks."""
    from lrplan.commands.sources import sources as run

    return run(paths or (), shared.terminal, output_format=output_format.value)
