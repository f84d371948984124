"""``lrplan rules``."""

from __future__ import annotations

from lrplan.cli.command import SharedOptions, command
from lrplan.cli.options import ListFormat, ListFormatOption
from lrplan.errors import ExitStatus

EXAMPLES = (
    "lrplan rules",
    "lrplan rules --format json",
)
"""Command lines at the end of the help."""


@command()
def rules(shared: SharedOptions, output_format: ListFormatOption = ListFormat.text) -> ExitStatus:
    """List every rule, by family."""
    from lrplan.commands.rules import rules as run

    return run(shared.terminal.results, output_format=output_format.value)
