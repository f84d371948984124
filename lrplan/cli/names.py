"""Commands about what a spec can say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from lrplan.cli.app import app, finish
from lrplan.cli.options import (
    Debug,
    Listing,
    Output,
    Quiet,
)

if TYPE_CHECKING:
    from lrplan.commands.terminal import Terminal
    from lrplan.errors import ExitStatus


@app.command()
def schedulers(
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="A scheduler or an optimizer."),
    ] = None,
    output_format: Annotated[
        Listing, typer.Option("--format", "-f", help="How to list.")
    ] = Listing.text,
    debug: Debug = False,
) -> None:
    """List what a spec can name, with arguments, defaults and units."""

    def run(terminal: Terminal) -> ExitStatus:
        from lrplan.commands.schedulers import schedulers as command

        return command(name, terminal, output_format=output_format.value)

    finish(run, debug=debug)


@app.command()
def schema(output: Output = None, debug: Debug = False) -> None:
    """Write the JSON Schema of a spec, so that editors complete and check it."""

    def run(_: Terminal) -> ExitStatus:
        from lrplan.commands.schema import schema as command

        return command(output)

    finish(run, debug=debug)


@app.command()
def init(
    output: Annotated[
        str | None,
        typer.Argument(
            metavar="SPEC",
            help="Where to write; - is standard output.  \\[default: schedules.yaml]",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite a file.")] = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Write a commented starter spec."""

    def run(terminal: Terminal) -> ExitStatus:
        from lrplan.commands.init import init as command

        return command(output, terminal, force=force)

    finish(run, quiet=quiet, debug=debug)
