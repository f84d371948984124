"""``lrplan compare``."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import typer

from lrplan.cli import completion
from lrplan.cli.command import SharedOptions, command
from lrplan.cli.options import (
    Fields,
    ListFormat,
    Theme,
    ThemeOption,
    columns,
    quiet,
    request,
    source,
    split_commas,
)
from lrplan.errors import ExitStatus


class Alignment(str, Enum):
    """Units by which the steps of two runs are matched."""

    step = "step"
    epoch = "epoch"
    progress = "progress"


EXAMPLES = (
    "lrplan compare old.yaml new.yaml -o difference.png",
    "lrplan compare schedules.yaml:warmup-cosine recipe:llama1 --align progress",
)
"""Command lines at the end of the help."""


@command(source, columns, request, quiet)
def compare(
    shared: SharedOptions,
    operands: Annotated[
        list[str],
        typer.Argument(
            metavar="A [B]",
            help="Specs, configs, SPEC:NAME, recipe:NAME, locks, or CSV and JSON exports; one spec"
            " alone compares its first schedule with the others. Or, in quotes, a scheduler with"
            " KEY=VALUE and --epochs N.",
            autocompletion=completion.operand,
        ),
    ],
    align: Annotated[
        Alignment, typer.Option(help="Align runs by step, by epoch, or by share of the run.")
    ] = Alignment.step,
    group: Annotated[
        list[str] | None,
        typer.Option("--group", metavar="A=B", help="Match group A of a run with B of the other."),
    ] = None,
    tolerance: Annotated[
        float | None,
        typer.Option(metavar="X", help="Largest difference allowed, as a share of the peak."),
    ] = None,
    field: Fields = None,
    output_format: Annotated[
        ListFormat, typer.Option("--format", "-f", help="Format of the report.")
    ] = ListFormat.text,
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="OUT", help="A picture: .png, .svg or .pdf."),
    ] = None,
    theme: ThemeOption = Theme.light,
) -> ExitStatus:
    """Say in words and numbers how curves differ; exit status 1 when they differ."""
    from lrplan.commands.compare import CompareOptions
    from lrplan.commands.compare import compare as run
    from lrplan.comparison import TOLERANCE
    from lrplan.render.picture_options import PictureOptions

    options = CompareOptions(
        align=align.value,
        groups=split_commas(group),
        fields=split_commas(field),
        tolerance=TOLERANCE if tolerance is None else tolerance,
        output_format=output_format.value,
        output=output,
        picture=PictureOptions(theme=theme.value),
        request=shared.request,
    )
    return run(operands, options, shared.terminal)
