"""``lrplan init``: a commented spec to start from, or the spec of a recipe."""

from __future__ import annotations

from importlib.resources import files
from pathlib import PurePath

from lrplan.commands.new_spec_file import new_spec_file
from lrplan.commands.terminal import Terminal
from lrplan.errors import ExitStatus, UsageError
from lrplan.output import write_stdout
from lrplan.recipes import PREFIX, text_of
from lrplan.text_position import printable

_DEFAULT = "schedules.yaml"
_STARTER = "starter"
"""The template that is written unless another is named."""
_SUFFIX = ".yaml"
_FOLDER = files("lrplan") / "templates"


def init(
    output: str | None,
    terminal: Terminal,
    *,
    force: bool = False,
    recipe: str | None = None,
    template: str | None = None,
) -> ExitStatus:
    """Write a spec to start from to ``output`` (``-``: standard output; None: ``schedules.yaml``).

    With ``recipe``, write the spec of the published recipe of that name, and with ``template`` the
    one of ``templates()``.

    Raises:
        UsageError: the file is there already and ``force`` is not given, there is no such recipe
            or template, or both are named.
    """
    if recipe is not None and template is not None:
        raise UsageError("--recipe and --template both name a spec: give one of them")
    text = _template(template or _STARTER) if recipe is None else _recipe(recipe)
    if output == "-":
        write_stdout(text)
        return ExitStatus.OK
    option = "" if output is not None else f"lrplan init --force {_DEFAULT}"
    where = new_spec_file(_DEFAULT if output is None else output, force=force, option=option)
    where.write(text)
    name = printable(str(where.path))
    terminal.notes.print(f"wrote {name}; next: lrplan plot {name}", markup=False, soft_wrap=True)
    return ExitStatus.OK


def list_templates() -> ExitStatus:
    """Print the templates, each with the sentence that it begins with."""
    names = templates()
    width = max(map(len, names))
    for name in names:
        first = _template(name).removeprefix("# ").partition(".")[0]
        write_stdout(f"{name:{width}}  {first}.\n")
    write_stdout("\nlrplan init --template NAME writes one; lrplan recipes lists published ones.\n")
    return ExitStatus.OK


def templates() -> tuple[str, ...]:
    """The names of all templates, sorted; the one that is written by default comes first."""
    found = (PurePath(each.name) for each in _FOLDER.iterdir())
    names = {path.stem for path in found if path.suffix == _SUFFIX}
    return (_STARTER, *sorted(names - {_STARTER}))


def _recipe(name: str) -> str:
    return text_of(name.removeprefix(PREFIX))


def _template(name: str) -> str:
    if name not in templates():
        # Here: the catalogue is not needed for a name that is right.
        from lrplan.catalog.nearest_name import nearest

        close = nearest(name, templates())
        hint = f"did you mean `{close}`?" if close else f"there is {', '.join(templates())}"
        raise UsageError(f"there is no template `{printable(name)}`; {hint}")
    return (_FOLDER / f"{name}{_SUFFIX}").read_text(encoding="utf-8")
