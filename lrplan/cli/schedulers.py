"""``lrplan schedulers``."""

from __future__ import annotations

from typing import Annotated

import typer

from lrplan.cli import completion
from lrplan.cli.command import SharedOptions, command
from lrplan.cli.options import ListFormat, ListFormatOption
from lrplan.errors import ExitStatus

EXAMPLES = (
    "lrplan schedulers",
    "lrplan schedulers OneCycleLR",
)
"""Command lines at the end of the help."""


@command()
def schedulers(
    shared: SharedOptions,
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME",
            help="A scheduler or an optimizer.",
            autocompletion=completion.scheduler,
        ),
    ] = None,
    output_format: ListFormatOption = ListFormat.text,
) -> ExitStatus:
    """List what a spec can name, with arguments, defaults and units."""
    from lrplan.commands.schedulers import schedulers as run

    return run(name, shared.terminal, output_format=output_format.value)
