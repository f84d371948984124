"""``lrplan init``: a commented starter spec, or the spec of a recipe."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from lrplan.commands.new_file import new_file
from lrplan.errors import ExitStatus
from lrplan.output import write_stdout
from lrplan.recipes import PREFIX, text_of
from lrplan.text_position import printable

if TYPE_CHECKING:
    from lrplan.commands.terminal import Terminal


_DEFAULT = "schedules.yaml"


def init(
    output: str | None, terminal: Terminal, *, force: bool = False, recipe: str | None = None
) -> ExitStatus:
    """Write a starter spec to ``output`` (``-``: standard output; None: ``schedules.yaml``).

    With ``recipe``, write the spec of the published recipe of that name instead.

    Raises:
        UsageError: the file is there already and ``force`` is not given, or there is no such
            recipe.
    """
    text = _starter() if recipe is None else text_of(recipe.removeprefix(PREFIX))
    if output == "-":
        write_stdout(text)
        return ExitStatus.OK
    option = "" if output is not None else f"lrplan init --force {_DEFAULT}"
    where = new_file(_DEFAULT if output is None else output, force=force, option=option)
    where.write(text)
    name = printable(str(where.path))
    terminal.notes.print(f"wrote {name}; next: lrplan plot {name}", markup=False, soft_wrap=True)
    return ExitStatus.OK


def _starter() -> str:
    return (files("lrplan") / "templates" / "starter.yaml").read_text(encoding="utf-8")
