"""``lrplan audit``."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import typer

from lrplan.cli import completion
from lrplan.cli.command import SharedOptions, command
from lrplan.cli.options import Theme, ThemeOption, columns, quiet, request, source
from lrplan.errors import ExitStatus

EXAMPLES = (
    "lrplan audit runs/42 --plan schedules.yaml:warmup-cosine",
    "lrplan audit log.csv --plan schedules.yaml --map lr=learning_rate",
    "lrplan audit log.csv --plan 'CosineAnnealingLR T_max=100 lr=0.1'",
)
"""Command lines at the end of the help."""


class AuditFormat(str, Enum):
    """Formats of the result of an audit."""

    text = "text"
    json = "json"
    github = "github"
    sarif = "sarif"
    junit = "junit"


@command(source, columns, request, quiet)
def audit(
    shared: SharedOptions,
    run: Annotated[str, typer.Argument(metavar="RUN", help="A log, or the folder of a run.")],
    plan: Annotated[
        str | None,
        typer.Option(
            "--plan",
            metavar="PLAN[:NAME]",
            help="The plan that the run had; in quotes, a scheduler with KEY=VALUE."
            "  \\[default: the config in the run's folder, or none]",
            autocompletion=completion.operand,
        ),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="OUT", help="A picture: .png, .svg or .pdf."),
    ] = None,
    theme: ThemeOption = Theme.light,
    output_format: Annotated[
        AuditFormat, typer.Option("--format", "--output-format", "-f", help="Format of the result.")
    ] = AuditFormat.text,
) -> ExitStatus:
    """Say whether a finished run got the planned rates, and if not, why; exit status 1 then.

    Without a plan it says which schedule the log is of.
    """
    from lrplan.commands.audit import AuditOptions
    from lrplan.commands.audit import audit as find
    from lrplan.render.picture_options import PictureOptions

    options = AuditOptions(
        plan=plan,
        output_format=output_format.value,
        output=output,
        picture=PictureOptions(theme=theme.value),
        request=shared.request,
    )
    return find(run, options, shared.terminal)
