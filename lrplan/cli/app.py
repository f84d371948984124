"""The Typer application: commands, ``--version``, and error messages that are safe in a CI log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from lrplan._version import __version__
from lrplan.cli.cache import cache
from lrplan.cli.compare import compare
from lrplan.cli.explain import explain
from lrplan.cli.export import export
from lrplan.cli.import_source import import_source
from lrplan.cli.init import init
from lrplan.cli.lock import lock
from lrplan.cli.plot import plot
from lrplan.cli.recipes import recipes
from lrplan.cli.rules import rules
from lrplan.cli.schedulers import schedulers
from lrplan.cli.schema import schema
from lrplan.cli.sources import sources
from lrplan.cli.table import table
from lrplan.cli.validate import validate
from lrplan.text_position import printable
from lrplan.workflow_commands import escape_text, standard_streams_escaped

if TYPE_CHECKING:
    from typer.models import CommandInfo


_MARK = "\0"
"""No word of a command line has it."""


class _Group(TyperGroup):
    """A group of commands whose messages show names as text that no terminal or CI runner obeys."""

    def main(self, *arguments: Any, **options: Any) -> Any:
        with standard_streams_escaped():
            return super().main(*arguments, **options)

    def make_context(self, info_name: Any, args: Any, parent: Any = None, **extra: Any) -> Any:
        words = tuple(args)  # parsing empties the list
        with _legible():
            return super().make_context(info_name, args, parent, **{"obj": words, **extra})

    def invoke(self, ctx: Any) -> Any:
        with _legible():
            return super().invoke(ctx)


class _Command(TyperCommand):
    """A command that may be given a schedule of standard input, ``-:NAME``, as an argument."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        # click takes every word that begins with `-` for options, whatever follows: marked words
        # begin otherwise while it reads them.
        marked = [f"{_MARK}{each}" if each.startswith("-:") else each for each in args]
        left = super().parse_args(ctx, marked)
        ctx.params.update({name: _unmarked(value) for name, value in ctx.params.items()})
        return left


def _unmarked(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return type(value)(map(_unmarked, value))
    return value.removeprefix(_MARK) if type(value) is str else value


@contextmanager
def _legible() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        message = getattr(error, "message", None)
        if isinstance(message, str):
            # What was typed is quoted in it, and may be the name of any file.
            error.message = escape_text(printable(message))  # type: ignore[attr-defined]
        raise


app = typer.Typer(
    name="lrplan",
    cls=_Group,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="See and check PyTorch learning-rate schedules before the run, from a spec or a config.",
    epilog="Exit status: 0 fine, 1 findings, 2 wrong usage or a spec that cannot be used, "
    "3 an internal error of lrplan.",
)


def _version(value: bool) -> None:
    if value:
        typer.echo(f"lrplan {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


COMMANDS = (
    plot,
    table,
    export,
    validate,
    explain,
    rules,
    compare,
    lock,
    sources,
    import_source,
    schedulers,
    recipes,
    schema,
    init,
)
"""Every command, in the order of the help."""

for _command in COMMANDS:
    app.command(cls=_Command)(_command)
app.add_typer(cache, name="cache")


def app_with(words: Sequence[str]) -> typer.Typer:
    """The application for one call: where ``words`` begin with a command, it has no others.

    Typer evaluates the signatures of all commands before it calls one.
    """
    called = words[0] if words else ""
    commands = [each for each in app.registered_commands if _name(each) == called]
    groups = [each for each in app.registered_groups if each.name == called]
    if not commands and not groups:  # help, a mistake, a completion
        return app
    only = copy(app)
    only.registered_commands, only.registered_groups = commands, groups
    return only


def _name(command: CommandInfo) -> str:
    return str(command.name or getattr(command.callback, "__name__", ""))
