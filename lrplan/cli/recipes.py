"""``lrplan recipes``."""

from __future__ import annotations

from typing import Annotated

import typer

from lrplan.cli import completion
from lrplan.cli.command import SharedOptions, command
from lrplan.cli.options import ListFormat, ListFormatOption
from lrplan.errors import ExitStatus

EXAMPLES = (
    "lrplan recipes",
    "lrplan recipes vision 2022",
)
"""Command lines at the end of the help."""


@command()
def recipes(
    shared: SharedOptions,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="WORD",
            help="Parts of the name, title, field or year; a NAME gives the sources of its values.",
            autocompletion=completion.recipe,
        ),
    ] = None,
    output_format: ListFormatOption = ListFormat.text,
) -> ExitStatus:
    """List published schedules with their sources."""
    from lrplan.commands.recipes import recipes as run

    return run(words or [], shared.terminal, output_format=output_format.value)
