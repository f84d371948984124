"""``lrplan recipes``: published schedules, with their sources."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby
from typing import TYPE_CHECKING, Literal

from lrplan.catalog import nearest
from lrplan.commands.terminal import Terminal
from lrplan.errors import ExitStatus, UsageError
from lrplan.output import write_stdout
from lrplan.recipes import names
from lrplan.recipes.header import UNCHECKED, Recipe, recipe
from lrplan.recipes.header import recipes as find
from lrplan.text_position import printable

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_LEGEND = (
    "lrplan recipes NAME says where its values come from, lrplan plot recipe:NAME\n"
    "draws it, lrplan init --recipe NAME writes its spec."
)


def recipes(
    words: Sequence[str], terminal: Terminal, *, output_format: Literal["text", "json"]
) -> ExitStatus:
    """List the recipes that have each of ``words`` in their name, title, field or year.

    The name of a recipe, and words that only one recipe has, give a page about it.

    Raises:
        UsageError: no recipe has all the words.
    """
    found = [recipe(words[0])] if len(words) == 1 and words[0] in names() else find(words)
    if not found:
        raise UsageError(_nothing_found(words))
    if output_format == "json":
        write_stdout(json.dumps([asdict(each) for each in found], indent=2) + "\n")
    elif len(found) == 1:
        from lrplan.render.recipe_text import print_recipe

        print_recipe(found[0], terminal.results)
    else:
        _print(found, terminal.results)
    return ExitStatus.OK


def _nothing_found(words: Sequence[str]) -> str:
    unknown = next((word for word in words if not find([word])), None)
    if unknown is None:
        return f"no recipe has all of these words: {printable(' '.join(words))}"
    known = {word for each in find() for word in (each.name, *each.field.split())}
    close = nearest(unknown, sorted(known))
    hint = f"did you mean `{close}`?" if close else "`lrplan recipes` lists all"
    return f"no recipe has the word `{printable(unknown)}`; {hint}"


def _print(found: Sequence[Recipe], console: Console) -> None:
    from rich.text import Text

    for field, members in groupby(found, key=lambda each: each.field):
        console.print(Text(field[:1].upper() + field[1:], "bold underline"))
        console.print(_table(list(members)))
        console.print()
    unchecked = () if all(each.checked for each in found) else (UNCHECKED,)
    console.print(Text("\n".join([_LEGEND, *unchecked]), "dim"), soft_wrap=True)


def _table(members: Sequence[Recipe]) -> Table:
    """Name, year and title of each recipe; below the title, where it was published."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for each in members:
        title = Text(f"{each.title}{'' if each.checked else ' (unchecked)'}")
        table.add_row(Text(each.name, "bold"), str(each.year), title)
        table.add_row("", "", Text(each.sources[0].name, "dim"))
    return table
