"""``lrplan init``."""

from __future__ import annotations

from typing import Annotated

import typer

from lrplan.cli import completion
from lrplan.cli.command import SharedOptions, command
from lrplan.cli.options import quiet
from lrplan.errors import ExitStatus

EXAMPLES = (
    "lrplan init",
    "lrplan init --template llm-pretraining",
    "lrplan init --recipe llama1 llama.yaml",
)
"""Command lines at the end of the help."""


@command(quiet)
def init(
    shared: SharedOptions,
    output: Annotated[
        str | None,
        typer.Argument(
            metavar="SPEC",
            help="Where to write; - is standard output.  \\[default: schedules.yaml]",
        ),
    ] = None,
    recipe: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Write this recipe instead; `lrplan recipes` lists them.",
            autocompletion=completion.recipe,
        ),
    ] = None,
    template: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Write this template instead: vision, fine-tuning, llm-pretraining, gan, plateau.",
            autocompletion=completion.template,
        ),
    ] = None,
    list_them: Annotated[
        bool, typer.Option("--list", help="List the templates, and write nothing.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite a file.")] = False,
) -> ExitStatus:
    """Write a commented spec to start from, or the spec of a recipe."""
    from lrplan.commands.init import init as run
    from lrplan.commands.init import list_templates

    if list_them:
        return list_templates()
    return run(output, shared.terminal, force=force, recipe=recipe, template=template)
