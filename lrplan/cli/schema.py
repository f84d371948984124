"""``lrplan schema``."""

from __future__ import annotations

from lrplan.cli.command import SharedOptions, command
from lrplan.cli.options import Output
from lrplan.errors import ExitStatus

EXAMPLES = ("lrplan schema -o lrplan.schema.json",)
"""Command lines at the end of the help."""


@command()
def schema(shared: SharedOptions, output: Output = None) -> ExitStatus:
    """Write the JSON Schema of a spec, so that editors complete and check it."""
    from lrplan.commands.schema import schema as run

    del shared
    return run(output)
