"""``lrplan import``."""

from __future__ import annotations

from typing import Annotated

import typer

from lrplan.cli.command import SharedOptions, command
from lrplan.cli.options import columns, quiet, source
from lrplan.errors import ExitStatus

EXAMPLES = (
    "lrplan import training_args.json -o spec.yaml",
    "lrplan import ds_config.json --set epochs=3 --set dataset_size=50000",
)
"""Command lines at the end of the help."""


@command(source, columns, quiet, name="import")
def import_source(
    shared: SharedOptions,
    path: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="A config of another framework, a training script, or a log; - reads stdin.",
        ),
    ],
    output: Annotated[
        str | None,
        typer.Option(
            "--output", "-o", metavar="SPEC", help="Where to write; standard output by default."
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite a file.")] = False,
) -> ExitStatus:
    """Convert a config of another framework, a training script or a log to a spec."""
    from lrplan.commands.import_source import import_source as run

    return run(path, output, shared.source, shared.terminal, force=force)
