"""``lrplan init``: a commented starter spec, or the spec of a recipe."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from lrplan.destination import Destination
from lrplan.errors import ExitStatus, UsageError
from lrplan.output import write_stdout
from lrplan.recipes import PREFIX, text_of
from lrplan.specfile.files import is_folder
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
    if output == "":
        raise UsageError("the name of the spec to write is empty")
    if output == "-":
        write_stdout(text)
        return ExitStatus.OK
    option = "" if output is not None else f"lrplan init --force {_DEFAULT}"
    path = Path(_DEFAULT if output is None else output)
    name = printable(str(path))
    if is_folder(path):
        raise UsageError(f"{name} is a folder; name a file in it")
    if _is_there(path) and not force:
        raise UsageError(f"{name} is there already; name another file, or overwrite with --force")
    Destination(path=path, option=option).write(text)
    terminal.notes.print(f"wrote {name}; next: lrplan plot {name}", markup=False, soft_wrap=True)
    return ExitStatus.OK


def _starter() -> str:
    return (files("lrplan") / "templates" / "starter.yaml").read_text(encoding="utf-8")


def _is_there(path: Path) -> bool:
    """Return True if there is a file to overwrite: a broken link counts, ``/dev/null`` does not."""
    try:
        return path.is_symlink() or (path.exists() and not path.is_char_device())
    except (OSError, ValueError):
        return False  # writing will say what is wrong with the name
