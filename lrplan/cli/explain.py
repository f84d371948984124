"""``lrplan explain``."""

from __future__ import annotations

from typing import Annotated

import typer

from lrplan.cli import completion
from lrplan.cli.command import SharedOptions, command
from lrplan.errors import ExitStatus

EXAMPLES = (
    "lrplan explain cosine-past-t-max-rises",
    "lrplan explain LRP301",
)
"""Command lines at the end of the help."""


@command()
def explain(
    shared: SharedOptions,
    rule: Annotated[
        str,
        typer.Argument(
            metavar="RULE", help="A rule's name or code.", autocompletion=completion.rule
        ),
    ],
) -> ExitStatus:
    """Show a rule's page: what happens, what it costs, how to fix it."""
    from lrplan.commands.explain import explain as run

    return run(rule, shared.terminal.results)
