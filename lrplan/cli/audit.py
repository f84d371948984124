"""``lrplan audit``."""

from __future__ import annotations

from typing import Annotated

import typer

from lrplan.cli.command import SharedOptions, command
from lrplan.cli.options import Listing, quiet, request, source
from lrplan.errors import ExitStatus, UsageError


@command(source, request, quiet)
def audit(
    shared: SharedOptions,
    run: Annotated[str, typer.Argument(metavar="RUN", help="A log, or the folder of a run.")],
    plan: Annotated[
        str, typer.Option("--plan", metavar="PLAN[:NAME]", help="The plan that the run had.")
    ],
    mapping: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="lr=COLUMN", help="The column of the lr, or of the step."),
    ] = None,
    output_format: Annotated[
        Listing, typer.Option("--format", "-f", help="Format of the result.")
    ] = Listing.text,
) -> ExitStatus:
    """Say whether a finished run got the planned rates, and if not, why; exit status 1 then."""
    from lrplan.commands.audit import AuditOptions
    from lrplan.commands.audit import audit as find
    from lrplan.logs.format import ColumnNames

    names: dict[str, list[str]] = {}
    for text in mapping or ():
        key, equals, column = text.partition("=")
        if key not in {"lr", "step"} or not equals or not column:
            raise UsageError(f"--map {text!r}: write lr=COLUMN or step=COLUMN")
        names.setdefault(key, []).append(column)
    options = AuditOptions(
        plan=plan,
        columns=ColumnNames.parse(names),
        output_format=output_format.value,
        request=shared.request,
    )
    return find(run, options, shared.terminal)
