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
    NamesOrValues,
    SpecOrType,
    columns,
    quiet,
    request,
    resume,
    source,
    split_commas,
    typed,
)
from lrplan.errors import ExitStatus

EXAMPLES = (
    "lrplan table schedules.yaml --rows 20",
    "lrplan table WarmupStableDecay warmup=500st decay=20% lr=3e-4 --steps 50000",
)
"""Command lines at the end of the help."""


@command(typed, resume, source, columns, request, quiet)
def table(
    shared: SharedOptions,
    spec: SpecOrType,
    names: NamesOrValues = None,
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
    from lrplan.commands.typed_schedule.schedule import print_spec, with_typed_words

    request = replace(shared.request, get_lr=get_lr)
    chosen, request = with_typed_words(spec, names or (), request, shared.typed)
    if shared.typed.print_spec:
        return print_spec(request, shared.terminal)
    return run(
        spec,
        chosen,
        shared.terminal,
        request,
        fields=split_commas(field) or ("lr",),
        every=every,
        rows=rows,
        findings=findings,
        resume=shared.resume,
    )
