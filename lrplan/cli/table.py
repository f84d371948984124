"""``lrplan table``."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from lrplan.cli.command import SharedOptions, command
from lrplan.cli.options import (
    Fields,
    Findings,
    GetLr,
    Names,
    Spec,
    quiet,
    request,
    resume,
    source,
    split_commas,
)
from lrplan.errors import ExitStatus


@command(resume, source, request, quiet)
def table(
    shared: SharedOptions,
    spec: Spec,
    names: Names = None,
    every: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="A row for every N-th step."),
    ] = None,
    rows: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="At most N rows, the most important ones."),
    ] = None,
    field: Fields = None,
    get_lr: GetLr = False,
    findings: Findings = True,
) -> ExitStatus:
    """Print the important steps of each parameter group, and a summary."""
    from lrplan.commands.table import table as run

    return run(
        spec,
        names or (),
        shared.terminal,
        replace(shared.request, get_lr=get_lr),
        fields=split_commas(field) or ("lr",),
        every=every,
        rows=rows,
        findings=findings,
        resume=shared.resume,
    )
