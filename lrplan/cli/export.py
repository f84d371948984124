"""``lrplan export``."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import typer

from lrplan.cli.command import SharedOptions, command
from lrplan.cli.options import (
    NamesOrValues,
    Output,
    SpecOrType,
    columns,
    quiet,
    request,
    source,
    typed,
)
from lrplan.errors import ExitStatus


class ExportFormat(str, Enum):
    """Formats of ``export``."""

    json = "json"
    csv = "csv"
    pytorch = "pytorch"
    lightning = "lightning"
    transformers = "transformers"
    markdown = "markdown"


EXAMPLES = (
    "lrplan export schedules.yaml --format csv -o lr.csv",
    "lrplan export schedules.yaml warmup-cosine --format pytorch",
)
"""Command lines at the end of the help."""


@command(typed, source, columns, request, quiet)
def export(
    shared: SharedOptions,
    spec: SpecOrType,
    names: NamesOrValues = None,
    output: Output = None,
    output_format: Annotated[
        ExportFormat | None,
        typer.Option(
            "--format",
            "-f",
            help="Format of the output.  \\[default: that of OUT's suffix, or json]",
        ),
    ] = None,
    every: Annotated[
        int, typer.Option(min=1, metavar="N", help="Only every N-th step, and the last.")
    ] = 1,
    tolerance: Annotated[
        float | None,
        typer.Option(
            metavar="X",
            help="transformers: the largest difference, as a share of the peak.",
            show_default="1e-12",
        ),
    ] = None,
) -> ExitStatus:
    """Write the numbers as JSON or CSV, or code and tables that reproduce them."""
    from lrplan.commands.export import export as run
    from lrplan.commands.typed_schedule.schedule import print_spec, with_typed_words

    chosen, request = with_typed_words(spec, names or (), shared.request, shared.typed)
    if shared.typed.print_spec:
        return print_spec(request, shared.terminal)
    return run(
        spec,
        chosen,
        output,
        None if output_format is None else output_format.value,
        shared.terminal,
        request,
        every=every,
        tolerance=tolerance,
    )
