"""The Typer application: commands, ``--version``, and error messages that are safe in a CI log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Annotated, Any, Final

import typer

from lrplan._version import __version__
from lrplan.cli.help_text import TidyCommand, TidyGroup, examples_text
from lrplan.text_position import printable
from lrplan.workflow_commands import escape_text, standard_streams_escaped

BEFORE, DURING, AFTER, LOOK_UP = "Before the run", "During the run", "After the run", "Look up"

_PANELS: Final = {
    **dict.fromkeys(("plot", "table", "export", "validate"), BEFORE),
    **dict.fromkeys(("explain", "rules"), LOOK_UP),
    "compare": BEFORE,
    "record": DURING,
    "audit": AFTER,
    "lock": BEFORE,
    "sources": LOOK_UP,
    "import": BEFORE,
    **dict.fromkeys(("schedulers", "recipes", "schema"), LOOK_UP),
    "init": BEFORE,
}
"""The panel of each command in the help."""

COMMANDS: Final = tuple(_PANELS)
"""Every command, in the order of the help. Each is the function of a module with its name."""

ALIASES: Final = {"check": "validate"}
"""Other names of commands, which the help does not list."""

GROUPS: Final = ("cache",)
"""Every command that has commands of its own: the ``Typer`` of a module with its name."""

_MODULES: Final = {"import": "import_source"}
"""The names of the module and function of commands whose own name is a keyword of Python."""


_MARK = "\0"
"""A character that no argument of a command line can contain."""


class _Group(TidyGroup):
    """A group of commands whose messages are escaped for terminals and CI runners."""

    def main(self, *arguments: Any, **options: Any) -> Any:
        with standard_streams_escaped():
            return super().main(*arguments, **options)

    def list_commands(self, ctx: Any) -> list[str]:
        """The commands in the order of the help, panel by panel."""
        order = (BEFORE, DURING, AFTER, LOOK_UP)
        return sorted(
            super().list_commands(ctx), key=lambda name: order.index(_PANELS.get(name, LOOK_UP))
        )

    def make_context(self, info_name: Any, args: Any, parent: Any = None, **extra: Any) -> Any:
        words = tuple(args)  # parsing empties the list
        with _legible():
            return super().make_context(info_name, args, parent, **{"obj": words, **extra})

    def invoke(self, ctx: Any) -> Any:
        with _legible():
            return super().invoke(ctx)


class _Command(TidyCommand):
    """A command that may be given a schedule of standard input, ``-:NAME``, as an argument."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        # click takes every word that begins with `-` for options, whatever follows: marked words
        # begin otherwise while it reads them.
        marked = [f"{_MARK}{each}" if each.startswith("-:") else each for each in args]
        try:
            left = super().parse_args(ctx, marked)
        except Exception as error:
            _advise(error, self.name or "", args)
            raise
        ctx.params.update({name: _unmarked(value) for name, value in ctx.params.items()})
        return left


def _advise(error: Any, command: str, words: list[str]) -> None:
    """Add advice to an error message of click: how to type a schedule without a file."""
    if isinstance(getattr(error, "message", None), str):
        from lrplan.commands.typed_schedule.advice import advice

        if text := advice(command, words):
            error.message += f"\n\n{text[0].upper()}{text[1:]}"


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


def _version(value: bool) -> None:
    if value:
        typer.echo(f"lrplan {__version__}")
        raise typer.Exit


def _root(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


def application(called: str = "") -> typer.Typer:
    """The program; with all commands, unless ``called`` is one: then it has no others.

    Typer evaluates the signatures of all commands before it calls one, and a command is a module
    to import. So ``lrplan validate`` makes a program of one command, while ``lrplan --help``, a
    mistake and a completion see them all.
    """
    app = typer.Typer(
        name="lrplan",
        cls=_Group,
        callback=_root,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        help="See and check PyTorch learning-rate schedules.\n\n"
        "Before a run, lrplan draws and checks the schedule that a spec, a config or a training"
        " script has. During the run, it records what every optimizer step applied. After the run,"
        " it says whether a log has the planned learning rates, and if not, why.",
        # Decided by each command: see `errors.ExitStatus`.
        epilog="Exit status: 0 fine, 1 findings, 2 wrong usage or a spec that cannot be used, "
        "3 an internal error of lrplan.",
    )
    is_known = called in (*COMMANDS, *GROUPS, *ALIASES)
    for name in COMMANDS:
        if name == called or not is_known:
            _add(app, name)
    for alias, name in ALIASES.items():
        if alias == called or not is_known:
            _add(app, name, alias=alias)
    for name in GROUPS:
        if name == called or not is_known:
            app.add_typer(_member(name), name=name, rich_help_panel=LOOK_UP)
    return app


def _add(app: typer.Typer, name: str, *, alias: str = "") -> None:
    """Add a command to the program; under another name, it is not listed."""
    module = _module(name)
    app.command(
        alias or None,
        # `record` has a class of its own: what follows its script are words of the script.
        cls=getattr(module, "COMMAND_CLASS", _Command),
        epilog=examples_text(module.EXAMPLES),
        rich_help_panel=_PANELS[name],
        hidden=bool(alias),
    )(_member(name))


def _module(name: str) -> ModuleType:
    return import_module(f"lrplan.cli.{_MODULES.get(name, name)}")


def _member(name: str) -> Any:
    return getattr(_module(name), _MODULES.get(name, name))
