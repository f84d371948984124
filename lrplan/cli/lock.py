"""``lrplan lock``."""

from __future__ import annotations

from typing import Annotated

import typer

from lrplan.cli.command import SharedOptions, command
from lrplan.cli.options import Names, Spec, quiet, request, source
from lrplan.errors import ExitStatus

EXAMPLES = (
    "lrplan lock schedules.yaml",
    "lrplan lock schedules.yaml --check",
)
"""Command lines at the end of the help."""


@command(source, request, quiet)
def lock(
    shared: SharedOptions,
    spec: Spec,
    names: Names = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail when a curve has changed.")
    ] = False,
    output: Annotated[
        str | None,
        typer.Option(
            "--output", "-o", metavar="OUT", help="Another file than SPEC-stem.lrplan.lock."
        ),
    ] = None,
    tolerance: Annotated[
        float | None,
        typer.Option(metavar="X", help="Tolerance of later checks, as a share of the peak."),
    ] = None,
) -> ExitStatus:
    """Pin the curves of a spec in a file beside it."""
    from lrplan.commands.lock import lock as run

    return run(
        spec,
        names or (),
        shared.terminal,
        shared.request,
        check=check,
        output=output,
        tolerance=tolerance,
    )
